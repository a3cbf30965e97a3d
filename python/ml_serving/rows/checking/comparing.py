"""Answers of the server are held against those of the model."""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import orjson

from ml_serving.errors import first_line
from ml_serving.rows.checking.started import Reply
from ml_serving.rows.forms.encoders import encode_json

# Models are rounded otherwise in batches of other sizes.
RELATIVE, ABSOLUTE = 1e-6, 1e-9
# By which the server says that the model refuses rows, or fails on them.
REFUSALS = (400, 500)


class Asked(NamedTuple):
    """A request to the server. rows: which of the file, from 0. how: in words."""

    content_type: str
    rows: Sequence[int]
    body: bytes
    how: str


class Difference(NamedTuple):
    asked: Asked
    row: int
    model: str
    server: str


class Refused(NamedTuple):
    """No answer of the model, and what it raises instead."""

    error: Exception

    @property
    def why(self) -> str:
        return f"{type(self.error).__name__}: {first_line(self.error)}"

    def __repr__(self) -> str:
        return f"refuses it: {self.why}"


class Expected(NamedTuple):
    """What the model answers, or that it refuses: each row by itself, and all at once."""

    alone: list[Any]
    together: list[Any] | Refused


def plain(predictions: Any) -> list[Any]:
    """As an answer in JSON has them."""
    dense = predictions.toarray() if hasattr(predictions, "toarray") else predictions
    return predictions_in(encode_json(np.asarray(dense)))


def predictions_in(body: bytes) -> list[Any]:
    """Of an answer in JSON, whether it is a bare list or not."""
    document = orjson.loads(body)
    return document if body.startswith(b"[") else document["predictions"]


def compared(asked: Asked, reply: Reply, expected: Expected) -> Difference | None:
    """What differs in an answer, if anything does."""
    first = asked.rows[0]
    wanted = expected.together if len(asked.rows) > 1 else [expected.alone[first]]
    if reply.status != 200:
        refused = isinstance(wanted, Refused) or isinstance(wanted[0], Refused)
        if refused and reply.status in REFUSALS:
            return None
        model = wanted if isinstance(wanted, Refused) else wanted[0]
        body = reply.body[:500].decode(errors="replace")
        return Difference(asked, first, repr(model), f"{reply.status} {body}")
    given = predictions_in(reply.body)
    if isinstance(wanted, Refused):
        return Difference(asked, first, repr(wanted), repr(given[0]))
    for row, mine, theirs in zip(asked.rows, wanted, given, strict=True):
        if not alike(mine, theirs):
            return Difference(asked, row, repr(mine), repr(theirs))
    return None


def alike(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        ours, theirs = cast("list[Any]", one), cast("list[Any]", other)
        return len(ours) == len(theirs) and all(map(alike, ours, theirs))
    return same(one, other)


def same(one: Any, other: Any) -> bool:
    numbers = all(type(value) in (int, float) for value in (one, other))
    if numbers and float in (type(one), type(other)):
        return bool(np.isclose(one, other, rtol=RELATIVE, atol=ABSOLUTE))
    return bool(one == other and (type(one) is bool) == (type(other) is bool))


def in_words(found: Difference, names: Sequence[Any], rows: Sequence[Any]) -> str:
    columns = [str(name) for name in names]
    width = max(len(name) for name in (*columns, "server"))
    lines = [
        (name, repr(value))
        for name, value in zip(columns, rows[found.row], strict=True)
    ]
    lines += [("", ""), ("model", found.model), ("server", found.server)]
    where = f"as {found.asked.content_type}, {found.asked.how}"
    return "\n".join(
        [
            f"row {found.row + 1} differs, {where}:",
            *(f"  {name:{width}}  {text}".rstrip() for name, text in lines),
        ]
    )
