"""KServe's Open Inference Protocol (version 2): tensors in JSON, and answers in the same form."""

import base64
import math
from collections.abc import Mapping
from functools import partial
from typing import Any, TypeGuard

import numpy as np

from ml_serving.documents import Json
from ml_serving.errors import RequestError
from ml_serving.rows.columns.table import Array, Rows
from ml_serving.rows.features import Features
from ml_serving.rows.forms.encoders import plain, to_json
from ml_serving.settings import settings

# By the protocol's names of types: numpy's. BYTES are texts.
TYPES = {
    "BOOL": "bool",
    **{f"INT{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
    **{f"FP{bits}": f"float{bits}" for bits in (16, 32, 64)},
    "BYTES": "object",
}
NAMES = {numpy: name for name, numpy in TYPES.items()}


def is_tensors(given: Json, features: Features) -> TypeGuard[list[dict[str, Json]]]:
    """Whether the values of "inputs" are tensors, not rows."""
    if not isinstance(given, list) or not given or "datatype" in (features.names or ()):
        return False
    return all(
        isinstance(one, dict) and {"name", "shape", "datatype", "data"} <= one.keys()
        for one in given
    )


def from_tensors(
    given: list[dict[str, Json]], around: Mapping[str, Json], features: Features
) -> Rows:
    """Rows from a tensor of (rows, features), or from several of (rows,) or (rows, 1), each a feature of that name.
    They are answered as the protocol has it. Raises RequestError."""
    tensors = {str(one["name"]): tensor(one) for one in given}
    if len(tensors) < len(given):
        raise RequestError(400, "two of the inputs have the same name")
    lengths = {len(one) for one in tensors.values()}
    if len(lengths) > 1:
        raise RequestError(400, "the inputs have different numbers of rows")
    if len(tensors) == 1:
        [(name, one)] = tensors.items()
        rows = whole_table(name, one, features)
    else:
        wide = [name for name, one in tensors.items() if one.size != len(one)]
        if wide:
            raise RequestError(
                400,
                f"input {wide[0]!r} has several columns: expected one tensor with all, or a tensor for each",
            )
        columns = [column(one) for one in tensors.values()]
        rows = features.from_columns(columns, list(tensors))
    return rows.answered(partial(encode, identity=around.get("id")))


def whole_table(name: str, table: Array, features: Features) -> Rows:
    """One tensor: all columns; or the one column that there is."""
    if table.ndim < 2:
        names = [name] if name in (features.names or ()) else None
        return features.from_columns([column(table)], names)
    if table.ndim > 2:
        raise RequestError(400, f"expected 2 dimensions, got {table.ndim}")
    if table.dtype.kind in "biuf":
        return features.numbers(table)
    return features.from_rows(table.tolist())


def column(values: Array) -> Any:
    flat = values.reshape(-1)
    return flat.tolist() if flat.dtype == object else flat


def tensor(given: Mapping[str, Json]) -> Array:
    """One of the inputs as an array, of objects where values are texts or missing."""
    name, kind, shape = given["name"], given["datatype"], given["shape"]
    where = f"input {str(name)[:100]!r}"
    if not isinstance(kind, str) or kind not in TYPES:
        raise RequestError(
            400, f"{where}: datatype is {kind!r}, not one of {', '.join(TYPES)}"
        )
    sizes = shape if isinstance(shape, list) else []
    whole = [one for one in sizes if type(one) is int and 0 <= one < 2**31]
    if not whole or len(whole) < len(sizes):
        raise RequestError(400, f"{where}: shape is {shape!r}, not a list of sizes")
    values = flat(given["data"], whole, where)
    if len(values) != math.prod(whole):
        raise RequestError(
            400, f"{where}: data has {len(values)} values, and its shape {shape} others"
        )
    expected = ALLOWED[kind.rstrip("0123456789")]
    for place, value in enumerate(values):
        if value is not None and type(value) not in expected:
            raise RequestError(
                400, f"{where}: value {place + 1} is {value!r}, which is no {kind}"
            )
    about = given.get("parameters")
    if (
        kind == "BYTES"
        and isinstance(about, dict)
        and about.get("content_type") == "base64"
    ):
        values = [from_base64(one, where) for one in values]
    return typed(values, kind, where).reshape(whole)


def from_base64(value: Any, where: str) -> str | None:
    """The text that MLServer's codec of that name has written so. Raises RequestError."""
    if value is None:
        return None
    try:
        return base64.b64decode(value, validate=True).decode()
    except ValueError as error:
        raise RequestError(
            400,
            f"{where}: {value[:40]!r} is no text in base64, as its content_type says",
        ) from error


def typed(values: list[Any], kind: str, where: str) -> Array:
    """What is missing changes nothing of the others: each is rounded to the type, and must be in its range."""
    present = [value for value in values if value is not None]
    try:
        with np.errstate(over="raise"):
            array = np.array(present, dtype=np.dtype(TYPES[kind]))
    except (OverflowError, FloatingPointError) as error:
        raise RequestError(400, f"{where}: a value is too large for {kind}") from error
    if len(present) == len(values):
        return array
    some = np.full(len(values), None, dtype=object)
    some[[value is not None for value in values]] = array.astype(object)
    return some


# By the protocol's names of types, without their sizes: what values are in JSON.
ALLOWED: Mapping[str, set[type]] = {
    "BOOL": {bool},
    "INT": {int},
    "UINT": {int},
    "FP": {int, float},
    "BYTES": {str},
}


def flat(data: Json, shape: list[int], where: str) -> list[Json]:
    """A tensor's values, row by row: as they come in one list, or nested exactly as its shape is."""
    if not isinstance(data, list):
        return [data]
    if not any(isinstance(part, list) for part in data):
        return data
    level: list[Json] = [data]
    # Not by recursion: it may be nested as deep as the sender likes.
    for size in shape:
        lists = [part for part in level if isinstance(part, list)]
        if len(lists) < len(level) or any(len(part) != size for part in lists):
            raise other_shape(where, shape)
        level = [value for part in lists for value in part]
    if any(isinstance(value, list) for value in level):
        raise other_shape(where, shape)
    return level


def other_shape(where: str, shape: list[int]) -> RequestError:
    what = f"data is nested otherwise than its shape {shape} says"
    return RequestError(
        400, f"{where}: {what}: nest it so, or send all values in one list, row by row"
    )


def encode(predictions: Array, identity: Json) -> bytes:
    """An answer to tensors: one tensor with an entry for each row."""
    values = plain(predictions.reshape(-1))
    number = predictions.dtype.kind in "biuf"
    output = {
        "name": "predict_proba" if settings.probabilities else "predict",
        "shape": list(predictions.shape),
        "datatype": NAMES[predictions.dtype.name] if number else "BYTES",
        # What MLServer's clients go by.
        **({} if number else {"parameters": {"content_type": "str"}}),
        "data": values if number else [as_text(value) for value in values],
    }
    document = {"model_name": "model", "id": identity, "outputs": [output]}
    return to_json({key: value for key, value in document.items() if value is not None})


def as_text(value: Any) -> Any:
    return value if isinstance(value, str | None) else to_json(value).decode()
