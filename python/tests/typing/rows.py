"""For the type checker: the adapter and every rendered handler are what their protocols say."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from types import ModuleType

from ml_serving.handler import RowsHandler
from ml_serving.rows import adapter
from ml_serving.scripts import adapter as scripts
from ml_serving.scripts.adapter import Rest
from ml_serving.worker.adapter import Adapter
from tests.rendered.handlers import (
    sklearn_joblib,
    sklearn_pkl,
    sklearn_script,
    sklearn_skops,
    xgboost_json,
    xgboost_script,
    xgboost_ubj,
)

ADAPTER: Adapter = adapter
SCRIPTS: Adapter = scripts
REST: list[Callable[[ModuleType, AbstractSet[str]], Rest]] = [
    sklearn_script.SCRIPT,
    xgboost_script.SCRIPT,
]
HANDLERS: list[RowsHandler] = [
    sklearn_joblib,
    sklearn_pkl,
    sklearn_script,
    sklearn_skops,
    xgboost_json,
    xgboost_script,
    xgboost_ubj,
]
