"""Your model: how it is loaded and how it predicts. The file to edit.

ml_serving/handler.py says what the server asks of it.
"""

from pathlib import Path
from typing import Any, cast

import numpy as np
from ml_serving.errors import ModelError
from ml_serving.rows.features import Features
from ml_serving.settings import settings
from ml_serving.sklearn.pickled import read_model
from ml_serving.sklearn.text_columns import text_columns
from ml_serving.sklearn.workers import needs_frame, settle

# Which kind of model it is: one that predicts for rows of values.
KIND = "rows"
# The model's file, in the folder that SageMaker unpacks.
MODEL_FILE = "model.joblib"


def load(model_dir: Path) -> Any:
    """Loads the model, once, when the container starts."""
    model = read_model(model_dir, MODEL_FILE)
    method = "predict_proba" if settings.probabilities else "predict"
    if not hasattr(model, method):
        raise ModelError(f"the model, {type(model).__name__}, has no {method}")
    return model


def features(model: Any) -> Features:
    """What the rows of a request must hold: requests that differ are refused with 400."""
    names = getattr(model, "feature_names_in_", None)
    texts = text_columns(model)
    return Features(
        count=getattr(model, "n_features_in_", None),
        names=None if names is None else names.tolist(),
        # Columns with names may hold text that no encoder in the model tells of.
        text=names is not None or bool(texts),
        text_columns=texts,
    )


def prepare(model: Any) -> None:
    """Called by each worker when it starts: threads do not survive a fork."""
    settle(model)


def predict(model: Any, data: np.ndarray) -> np.ndarray:
    """Predicts for a (rows, features) array; one entry of the result for each row.

    With the environment variable SERVER_PROBABILITIES=true a row's entry is its class
    probabilities, in the order of model.classes_, and its label otherwise.
    """
    names = getattr(model, "feature_names_in_", None)
    if names is not None and (data.dtype == object or needs_frame(model)):
        data = named(data, names)
    if not settings.probabilities:
        return model.predict(data)
    shares = model.predict_proba(data)
    # With several outputs there is an array for each: they go side by side.
    if isinstance(shares, list):
        return np.hstack(cast(list[np.ndarray], shares))
    return shares


def named(data: np.ndarray, names: np.ndarray) -> Any:
    """The data frame that a model needs which was fitted on one."""
    # Imported here: only such models need it.
    import pandas as pd

    frame = pd.DataFrame(data, columns=names)
    if data.dtype == object:
        # NaN where a value is missing, as pandas reads files. A column without any value
        # stays one of objects: encoders of text want that.
        frame = frame.where(frame.notna(), np.nan)
        some = frame.columns[frame.notna().any()]
        frame = frame.astype(object)
        frame[some] = frame[some].infer_objects()
    return frame
