"""Your model: how it is loaded and how it predicts. The file to edit.

ml_serving/handler.py says what the server asks of it.
"""

from pathlib import Path
from typing import Any, cast

import numpy as np
from ml_serving.rows.features import Features
from ml_serving.settings import settings
from ml_serving.sklearn.columns import model_features
from ml_serving.sklearn.skops_files import read_model
from ml_serving.sklearn.usable import check_usable
from ml_serving.sklearn.workers import settle

# Which kind of model it is: one that predicts for rows of values.
KIND = "rows"
# The model's file, in the folder that SageMaker unpacks.
MODEL_FILE = "model.skops"
# Types beyond scikit-learn's, numpy's and scipy's that the model may hold, such as
# "my_package.MyTransformer". Add one only if you trust the code behind it.
TRUSTED_TYPES: list[str] = []


def load(model_dir: Path) -> Any:
    """Loads the model, once, when the container starts."""
    model = read_model(model_dir, MODEL_FILE, TRUSTED_TYPES)
    check_usable(model, settings.probabilities)
    return model


def features(model: Any) -> Features:
    """What the rows of a request must hold: requests that differ are refused with 400.

    Types of columns are what the model itself tells, unless model/input_schema.json declares
    them.
    """
    return model_features(model)


def prepare(model: Any) -> None:
    """Called by each worker when it starts: threads do not survive a fork."""
    settle(model)


def predict(model: Any, data: Any) -> Any:
    """Predicts for what the model was trained on: a (rows, features) array, a data frame, or
    a list of texts. One entry of the result for each row.

    With the environment variable SERVER_PROBABILITIES=true a row's entry is its class
    probabilities, in the order of model.classes_, and its label otherwise.
    """
    if not settings.probabilities:
        return model.predict(data)
    shares = model.predict_proba(data)
    # With several outputs there is an array for each: they go side by side.
    if isinstance(shares, list):
        return np.hstack(cast(list[np.ndarray], shares))
    return shares


def classes(model: Any) -> Any:
    """What the columns of probabilities are for: answers in JSON name them."""
    return getattr(model, "classes_", None)
