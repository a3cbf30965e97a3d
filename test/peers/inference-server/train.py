"""A forest on the iris flowers, and rows as JSON."""

import json
from pathlib import Path

import joblib
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

X, y = load_iris(return_X_y=True)
model = RandomForestClassifier(n_estimators=20, n_jobs=1, random_state=0).fit(X, y)

Path("model").mkdir(exist_ok=True)
joblib.dump(model, "model/model.joblib")

Path("payloads").mkdir(exist_ok=True)  # 8 rows, classes 0 0 0 1 1 2 2 2
request = X[::20].tolist()
Path("payloads/payload.json").write_text(json.dumps(request))
