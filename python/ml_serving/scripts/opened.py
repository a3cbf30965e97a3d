"""A model with its script, outside of the server: for commands that ask it themselves."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from ml_serving.scripts.adapter import Rest, loaded
from ml_serving.scripts.context import Context
from ml_serving.scripts.functions import read_script


class Opened(NamedTuple):
    """functions: the names of those that the script has. predict: its predict_fn, for data and the model."""

    functions: frozenset[str]
    rest: Rest
    model: Any
    predict: Callable[[Any, Any], Any] | None


def opened(handler: ModuleType, model_dir: Path) -> Opened:
    """handler: has SCRIPT. Raises ModelError."""
    functions = read_script()
    names = frozenset(functions)
    rest: Rest = handler.SCRIPT(handler, names)
    model = loaded(functions, rest, model_dir)
    predict = functions.get("predict_fn")
    context = Context(str(model_dir))
    return Opened(names, rest, model, predict and partial(predict, context=context))
