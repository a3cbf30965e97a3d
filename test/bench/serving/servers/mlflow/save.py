"""Saves a model as MLflow serves it: https://mlflow.org/docs/latest/ml/model/ usage: save.py FOLDER

Without a signature: MLflow reads no CSV for one of arrays, and makes frames of all JSON for one of columns, which costs
time and are not what the model was trained on.
"""

import sys

import mlflow.sklearn
import mlflow.xgboost
from load_model import load_model

model = load_model()
if type(model).__module__.startswith("xgboost"):
    mlflow.xgboost.save_model(model, sys.argv[1])
else:
    # What save_model's own error message asks for.
    mlflow.sklearn.save_model(model, sys.argv[1], skops_trusted_types=["sklearn.tree._tree.Tree"])
