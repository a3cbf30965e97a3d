"""For handlers that were written before columns had types, and edited since."""

from typing import Any

from ml_serving.sklearn.columns import model_features


def text_columns(model: Any) -> frozenset[int]:
    """Indices (from 0) of the columns that hold text, as the model tells."""
    columns = model_features(model).columns or ()
    return frozenset(
        index for index, column in enumerate(columns) if column.type == "str"
    )
