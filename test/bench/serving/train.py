"""Trains the models of the benchmark: usage: train.py FOLDER.

Writes a folder for each with the model's file, and rows.json with 1,000 rows and each model's own predictions.
"""

import json
import sys
from pathlib import Path

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from xgboost import XGBClassifier

SEED = 0


def main() -> None:
    folder = Path(sys.argv[1])
    X, y = make_classification(n_samples=5000, n_features=8, n_informative=6, flip_y=0.05, random_state=SEED)
    # Rounded before the models see them: every server's decoder then reads the same numbers.
    X = np.round(X, 4)
    train, rows = X[1000:], X[:1000]
    labels = y[1000:]

    forest = RandomForestClassifier(n_estimators=100, n_jobs=None, random_state=SEED)
    models = {
        "logistic": LogisticRegression(),
        "forest": forest,
        "forest-jobs": clone(forest).set_params(n_jobs=-1),
        "xgboost": XGBClassifier(n_estimators=100, random_state=SEED),
    }
    predictions = {}
    for name, model in models.items():
        model.fit(train, labels)
        predictions[name] = model.predict(rows).tolist()
        (folder / name).mkdir(parents=True)
        if isinstance(model, XGBClassifier):
            model.save_model(folder / name / "model.json")
        else:
            joblib.dump(model, folder / name / "model.pkl")
    # The constant servers answer 1: a first row of class 0 tells a model from them.
    first = next(i for i in range(len(rows)) if all(answers[i] == 0 for answers in predictions.values()))
    rows = np.roll(rows, -first, axis=0)
    predictions = {name: np.roll(answers, -first).tolist() for name, answers in predictions.items()}
    (folder / "rows.json").write_text(json.dumps({"rows": rows.tolist(), "predictions": predictions}))


main()
