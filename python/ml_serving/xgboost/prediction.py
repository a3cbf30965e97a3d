"""The shorter way through XGBoost to the same predictions: without a DMatrix."""

import functools
import json
import logging
from contextlib import suppress

import numpy as np
import xgboost as xgb

from ml_serving.settings import settings

log = logging.getLogger(__name__)

# XGBoost computes in float32. A DMatrix refuses what is larger.
LARGEST = float(np.finfo(np.float32).max)


def settle(model: xgb.Booster) -> None:
    """What only a worker may do: start threads, and predict."""
    model.set_param({"nthread": settings.threads})
    if not can_predict_in_place(model):
        log.info("the model is asked through a DMatrix")


def raw_predictions(
    model: xgb.Booster, data: np.ndarray, trees: tuple[int, int], margins: bool = False
) -> np.ndarray:
    """Scores, or margins, by the trees of a range of iterations; (0, 0) for all."""
    if not can_predict_in_place(model):
        return by_matrix(model, data, trees, margins)
    return in_place(model, data, trees, margins)


def in_place(
    model: xgb.Booster, data: np.ndarray, trees: tuple[int, int], margins: bool
) -> np.ndarray:
    if (np.abs(data) > LARGEST).any():
        raise ValueError("infinity, or a value that is too large")
    kind = "margin" if margins else "value"
    # The number of features was checked when the request was read.
    return model.inplace_predict(
        data, iteration_range=trees, predict_type=kind, validate_features=False
    )


def by_matrix(
    model: xgb.Booster, data: np.ndarray, trees: tuple[int, int], margins: bool
) -> np.ndarray:
    matrix = xgb.DMatrix(
        data,
        feature_names=model.feature_names,
        feature_types=model.feature_types,
        enable_categorical=True,
    )
    return model.predict(matrix, iteration_range=trees, output_margin=margins)


@functools.cache
def can_predict_in_place(model: xgb.Booster) -> bool:
    """Whether both ways give exactly the same on rows made for the model: whole numbers,
    which categories are, fractions, and missing values. Of dart, they differ in the last
    digit, and scikit-learn's API goes this way."""
    config = json.loads(model.save_config())["learner"]["learner_train_param"]
    if config["booster"] == "dart" and model.attr("scikit_learn"):
        return True
    chance = np.random.default_rng(0)
    shape = (64, model.num_features())
    rows = np.where(chance.random(shape) < 0.5, chance.integers(0, 5, shape), 0.0)
    rows += np.where(chance.random(shape) < 0.3, chance.normal(size=shape), 0.0)
    rows[chance.random(shape) < 0.1] = np.nan
    with suppress(Exception):
        first = in_place(model, rows, (0, 0), False)
        second = by_matrix(model, rows, (0, 0), False)
        return np.array_equal(first, second, equal_nan=True)
    return False
