"""A model as it is asked where it was trained: with data frames, and without the server."""

import importlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, cast

import numpy as np

from ml_serving.handler import RowsHandler, checked, returned
from ml_serving.rows.adapter import features_of
from ml_serving.rows.checking.data_files import Frame
from ml_serving.rows.checking.scripts import ScriptedModel
from ml_serving.rows.checking.trained_on import as_trained
from ml_serving.rows.columns.schema import read_schema
from ml_serving.rows.features import Features
from ml_serving.rows.forms.negotiated import request_types
from ml_serving.settings import settings
from ml_serving.worker.negotiation import RequestType

# What asks models whose own answers are no labels, by their classes: by name, since only some projects have it.
OWN = {"xgboost.core.Booster": "ml_serving.xgboost.notebook"}


class Notebook(NamedTuple):
    """features: what the model takes. types: that requests may come in. ask: its answers for a data frame with the
    model's columns, as they were in training; raises whatever the model raises. remark: what to know of them."""

    features: Features
    types: Sequence[RequestType[Any]]
    ask: Callable[[Frame], Any]
    remark: str | None = None


def opened(handler: ModuleType, model_dir: Path) -> Notebook:
    """Raises StartError where the model cannot be loaded, or not be asked so."""
    rows_handler = checked(handler, RowsHandler)
    types = request_types(rows_handler)
    if hasattr(handler, "SCRIPT"):
        script = ScriptedModel(handler, model_dir)
        return Notebook(script.features, types, script.ask)
    model = returned(rows_handler.load(model_dir))
    features = features_of(rows_handler, model, read_schema(model_dir))
    if own := OWN.get(f"{type(model).__module__}.{type(model).__name__}"):
        module: Any = importlib.import_module(own)
        return Notebook(features, types, partial(module.answers, model, features.known))
    method = "predict_proba" if settings.probabilities else "predict"
    predict, remark = getattr(model, method, None), None
    if predict is None:
        predict = partial(rows_handler.predict, model)
        remark = (
            f"{type(model).__name__} has no {method} of its own: what model_handler.predict makes of the file's rows is "
            "taken for right, and only the way from a request to it is checked"
        )
    ask = partial(own_answers, predict, model, features)
    return Notebook(features, types, ask, remark)


def own_answers(
    predict: Callable[[Any], Any], model: Any, features: Features, frame: Frame
) -> Any:
    given = predict(as_trained(model, features, frame))
    if settings.probabilities and isinstance(given, list):
        # With several outputs there is an array for each.
        return np.hstack(cast("list[Any]", given))
    return given
