"""For the type checker: the adapter and every rendered handler are what their protocols say."""

from ml_serving.handler import RowsHandler
from ml_serving.rows import adapter
from ml_serving.worker.adapter import Adapter
from tests.rendered.handlers import (
    sklearn_joblib,
    sklearn_pkl,
    sklearn_skops,
    xgboost_json,
    xgboost_ubj,
)

ADAPTER: Adapter = adapter
HANDLERS: list[RowsHandler] = [
    sklearn_joblib,
    sklearn_pkl,
    sklearn_skops,
    xgboost_json,
    xgboost_ubj,
]
