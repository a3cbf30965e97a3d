from typing import Any

from sklearn.base import BaseEstimator

class ColumnTransformer(BaseEstimator):
    # Of each part: its name, the transformer or what stands for one, its columns.
    transformers_: list[tuple[str, Any, list[Any] | slice | str | int]]
    output_indices_: dict[str, slice]
