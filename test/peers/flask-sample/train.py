"""A forest on the iris flowers, and CSV without a header, as the sample takes it."""

from pathlib import Path

import joblib
import pandas as pd
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

X, y = load_iris(return_X_y=True)
model = RandomForestClassifier(n_estimators=20, n_jobs=1, random_state=0).fit(X, y)

Path("model").mkdir(exist_ok=True)
joblib.dump(model, "model/model.joblib")

Path("payloads").mkdir(exist_ok=True)  # 8 rows, classes 0 0 0 1 1 2 2 2; the server takes no JSON
pd.DataFrame(X[::20]).to_csv("payloads/payload.csv", header=False, index=False)
