"""Your model: how it is loaded and how it predicts. The file to edit.

ml_serving/handler.py says what the server asks of it.
"""

import functools
import json
from pathlib import Path

import numpy as np
import xgboost as xgb
from ml_serving.errors import ModelError
from ml_serving.rows.features import Features
from ml_serving.settings import settings
from ml_serving.xgboost.columns import model_features
from ml_serving.xgboost.libsvm import LIBSVM
from ml_serving.xgboost.model_file import read_model
from ml_serving.xgboost.prediction import raw_predictions, settle

# Which kind of model it is: one that predicts for rows of values.
KIND = "rows"
# The model's file, in the folder that SageMaker unpacks.
MODEL_FILE = "model.json"
# Content types that requests may come in, beside those for all models of rows.
REQUEST_TYPES = LIBSVM


def load(model_dir: Path) -> xgb.Booster:
    """Loads the model, once, when the container starts."""
    model = read_model(model_dir, MODEL_FILE)
    if settings.probabilities and not is_classifier(model):
        raise ModelError(
            f"SERVER_PROBABILITIES is on, but {objective(model)} has no classes"
        )
    return model


def features(model: xgb.Booster) -> Features:
    """What the rows of a request must hold: requests that differ are refused with 400.

    Categories are sent as they were in training, where the model's file names them.
    """
    return model_features(model)


def prepare(model: xgb.Booster) -> None:
    """Called by each worker when it starts: threads do not survive a fork."""
    settle(model)


def predict(model: xgb.Booster, data: np.ndarray) -> np.ndarray:
    """Predicts for a (rows, features) array, categories as the numbers of their levels; one
    entry of the result for each row.

    Answers what the object that was saved would: an XGBClassifier its labels, a Booster
    its raw predictions (for binary:logistic, the probability of class 1). With the
    environment variable SERVER_PROBABILITIES=true both give every class's probability.
    """
    trees = best_iterations(model)
    scores = raw_predictions(model, data, trees)
    if settings.probabilities:
        return class_probabilities(model, data, scores)
    return labels(model, scores) if estimator_type(model) == "classifier" else scores


@functools.cache
def best_iterations(model: xgb.Booster) -> tuple[int, int]:
    """The trees to use: for scikit-learn's API, those up to early stopping's best."""
    best = model.attr("best_iteration")
    if best is None or estimator_type(model) is None:
        return (0, 0)
    return (0, int(best) + 1)


def class_probabilities(
    model: xgb.Booster, data: np.ndarray, scores: np.ndarray
) -> np.ndarray:
    if objective(model) == "multi:softmax":
        # Its scores are labels already: start again from the margins.
        margins = raw_predictions(model, data, best_iterations(model), margins=True)
        powers = np.exp(margins - margins.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
    return scores if scores.ndim == 2 else np.column_stack([1 - scores, scores])


def labels(model: xgb.Booster, scores: np.ndarray) -> np.ndarray:
    if objective(model) == "multi:softprob":
        return scores.argmax(axis=1)
    if objective(model) == "multi:softmax":
        return scores.astype(int)
    # Margins turn at 0, probabilities at a half; several labels have a column each.
    return (scores > (0 if objective(model) == "binary:logitraw" else 0.5)).astype(int)


@functools.cache
def estimator_type(model: xgb.Booster) -> str | None:
    """What scikit-learn's API noted in the file: classifier, regressor, ranker."""
    noted = json.loads(model.attr("scikit_learn") or "{}")
    return noted.get("_estimator_type")


def is_classifier(model: xgb.Booster) -> bool:
    return objective(model) in ("binary:logistic", "multi:softprob", "multi:softmax")


@functools.cache
def objective(model: xgb.Booster) -> str:
    """Such as binary:logistic."""
    config = json.loads(model.save_config())
    return config["learner"]["objective"]["name"]
