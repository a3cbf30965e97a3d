from typing import Any

from sklearn.base import BaseEstimator

class FunctionTransformer(BaseEstimator):
    func: Any
    inverse_func: Any

class OneHotEncoder(BaseEstimator):
    categories_: list[Any]

class OrdinalEncoder(BaseEstimator):
    categories_: list[Any]

class TargetEncoder(BaseEstimator):
    categories_: list[Any]
