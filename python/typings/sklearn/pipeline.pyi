from typing import Any

from sklearn.base import BaseEstimator

class Pipeline(BaseEstimator):
    def __getitem__(self, index: int) -> Any: ...
