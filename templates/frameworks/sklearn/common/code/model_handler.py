"""Your model: how it is loaded and how it predicts. The file to edit."""

from pathlib import Path
from typing import Any

import model_file
import numpy as np
from errors import ModelError
from features import Features
from settings import settings


def load(model_dir: Path) -> Any:
    """Loads the model, once, when the container starts."""
    model = model_file.read(model_dir)
    if settings.probabilities and not hasattr(model, "predict_proba"):
        kind = type(model).__name__
        raise ModelError(f"SERVER_PROBABILITIES is on, but {kind} has no predict_proba")
    return model


def features(model: Any) -> Features:
    """What the rows of a request must hold: requests that differ are refused with 400."""
    names = getattr(model, "feature_names_in_", None)
    return Features(
        count=getattr(model, "n_features_in_", None),
        names=None if names is None else names.tolist(),
        # Columns with names may hold text, for instance for a OneHotEncoder.
        text=names is not None,
    )


def predict(model: Any, data: np.ndarray) -> np.ndarray:
    """Predicts for a (rows, features) array; one entry of the result for each row.

    With the environment variable SERVER_PROBABILITIES=true a row's entry is its class
    probabilities, in the order of model.classes_, and its label otherwise.
    """
    names = getattr(model, "feature_names_in_", None)
    if names is not None:
        # Imported here: only models that were fitted on named columns need it.
        import pandas as pd

        data = pd.DataFrame(data, columns=names).infer_objects()
    return model.predict_proba(data) if settings.probabilities else model.predict(data)
