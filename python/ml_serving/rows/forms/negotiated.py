"""The content types of a handler's requests and answers: ours, and what it says itself."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

from ml_serving.errors import ModelError
from ml_serving.handler import RowsHandler
from ml_serving.rows.features import Features
from ml_serving.rows.forms.content_types import (
    REQUEST_TYPES,
    RESPONSE_TYPES,
    Decode,
    Encode,
)
from ml_serving.rows.forms.encoders import encode_json
from ml_serving.rows.predictions import settled_value
from ml_serving.settings import settings
from ml_serving.worker.negotiation import Negotiation, RequestType


def negotiation(
    handler: RowsHandler,
    any_default: bool = False,
    model: Any = None,
    features: Features | None = None,
) -> Negotiation[Decode, Encode]:
    """model, and what it takes: once it is there, answers may name its classes, and refusals the types that it takes.
    Raises ModelError."""
    classes = None if model is None else classes_of(handler, model)
    in_json = partial(encode_json, classes=classes)
    written = [
        replace(one, encode=in_json) if one.encode is encode_json else one
        for one in RESPONSE_TYPES
    ]
    return Negotiation(request_types(handler), written, any_default, features)


def classes_of(handler: RowsHandler, model: Any) -> object:
    """What a handler says of probabilities' columns; None where it says nothing, or there are none."""
    classes = getattr(handler, "classes", None)
    if not settings.probabilities or classes is None:
        return None
    return settled_value(classes(model))


def request_types(handler: RowsHandler) -> Sequence[RequestType[Decode]]:
    """The content types that requests come in. Raises ModelError."""
    return (*REQUEST_TYPES, *further_types(handler))


def further_types(handler: RowsHandler) -> Sequence[RequestType[Decode]]:
    """The content types that a handler reads beside ours. Raises ModelError."""
    given = cast("Sequence[object]", getattr(handler, "REQUEST_TYPES", ()))
    listed = isinstance(given, tuple | list)
    if not listed or not all(isinstance(one, RequestType) for one in given):
        raise ModelError(
            f"model_handler.py: REQUEST_TYPES is {given!r}, not a tuple of RequestType "
            "(see ml_serving/rows/forms/content_types.py)"
        )
    return cast("Sequence[RequestType[Decode]]", given)
