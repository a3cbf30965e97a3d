"""What a model got in training, of a data frame with its columns."""

from typing import Any

import numpy as np

from ml_serving.rows.checking.data_files import Frame
from ml_serving.rows.features import Features


def as_trained(model: Any, features: Features, frame: Frame) -> Any:
    if features.form in ("texts", "dicts"):
        return frame.iloc[:, 0].tolist()
    if features.form == "series":
        return frame.iloc[:, 0]
    if features.form == "codes":
        return as_codes(features, frame)
    named = features.form == "frame" or hasattr(model, "feature_names_in_")
    return frame if named else frame.to_numpy()


def as_codes(features: Features, frame: Frame) -> Any:
    """(rows, columns) of float64: of a category the number of its level, NaN where it is missing."""
    import pandas as pd

    columns: list[Any] = []
    for index, column in enumerate(features.known):
        values = frame.iloc[:, index]
        if column.type == "category":
            codes = pd.Series(values.cat.codes)
            values = codes.where(codes >= 0)
        columns.append(values.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.column_stack(columns)
