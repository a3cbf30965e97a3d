"""A forest on the iris flowers, as MLflow saves it: https://mlflow.org/docs/latest/ml/model/"""

import json
import shutil
from pathlib import Path

import mlflow.sklearn
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

X, y = load_iris(return_X_y=True, as_frame=True)
model = RandomForestClassifier(n_estimators=20, n_jobs=1, random_state=0).fit(X, y)

shutil.rmtree("model", ignore_errors=True)
mlflow.sklearn.save_model(
    model,
    "model",
    signature=infer_signature(X, model.predict(X)),
    skops_trusted_types=["sklearn.tree._tree.Tree"],  # what save_model's own error message asks for
)

rows = X[::20]  # 8 rows, classes 0 0 0 1 1 2 2 2
Path("payloads").mkdir(exist_ok=True)
split = {"columns": list(rows.columns), "data": rows.values.tolist()}
Path("payloads/payload.json").write_text(json.dumps({"dataframe_split": split}))
rows.to_csv("payloads/payload.csv", index=False)
