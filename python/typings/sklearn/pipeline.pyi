from typing import Any

from sklearn.base import BaseEstimator

class Pipeline(BaseEstimator):
    steps: list[tuple[str, Any]]
    def __getitem__(self, index: int) -> Any: ...

class FeatureUnion(BaseEstimator):
    transformer_list: list[tuple[str, Any]]
