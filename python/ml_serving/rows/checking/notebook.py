"""What a model answers where it was trained: without the server, and without model_handler.py."""

from typing import Any, cast

from ml_serving.handler import RowsHandler
from ml_serving.rows.features import Features
from ml_serving.settings import settings


def answers_in_notebook(
    handler: RowsHandler, model: Any, features: Features, frame: Any
) -> Any:
    """frame: the model's columns, as it got them in training."""
    data = as_trained(model, features, frame)
    method = "predict_proba" if settings.probabilities else "predict"
    if type(model).__module__.startswith("sklearn.") or hasattr(model, "get_params"):
        given = getattr(model, method)(data)
        # With several outputs there is an array for each.
        return (
            side_by_side(cast("list[Any]", given)) if isinstance(given, list) else given
        )
    # Such as a Booster, whose own answers are no labels: the handler knows what they mean.
    return handler.predict(model, data)


def as_trained(model: Any, features: Features, frame: Any) -> Any:
    if features.form == "texts":
        return frame.iloc[:, 0].tolist()
    if features.form == "series":
        return frame.iloc[:, 0]
    if features.form == "codes":
        return as_codes(features, frame)
    named = features.form == "frame" or hasattr(model, "feature_names_in_")
    return frame if named else frame.to_numpy()


def as_codes(features: Features, frame: Any) -> Any:
    """(rows, columns) of float64: of a category the number of its level, NaN where it is missing."""
    import numpy as np
    import pandas as pd

    columns: list[Any] = []
    for index, column in enumerate(features.known):
        values = frame.iloc[:, index]
        if column.type == "category":
            levels = list(column.categories or ())
            codes = pd.Series(pd.Categorical(values, categories=levels).codes)
            values = codes.where(codes >= 0)
        columns.append(values.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.column_stack(columns)


def side_by_side(shares: list[Any]) -> Any:
    import numpy as np

    return np.hstack(shares)
