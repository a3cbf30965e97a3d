"""python code/serve check FILE: whether the server answers rows of a file as the model itself does.

The model is asked as in a notebook, with the data frame that pandas reads; the server in each content type: each row
by itself, all in one request, and many requests at the same time.
"""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, cast

import numpy as np
import orjson

from ml_serving.errors import first_line
from ml_serving.handler import RowsHandler, checked, returned
from ml_serving.rows.adapter import features_of
from ml_serving.rows.checking.data_files import DataError, as_rows, model_frame
from ml_serving.rows.checking.notebook import answers_in_notebook
from ml_serving.rows.checking.started import Reply, Started
from ml_serving.rows.features import Features
from ml_serving.rows.forms.encoders import encode_json
from ml_serving.rows.forms.negotiated import request_types
from ml_serving.worker.negotiation import RequestType

MOST_ROWS = 1000
# At the same time, in the round of many requests.
CLIENTS = 16
# Models are rounded otherwise in batches of other sizes.
RELATIVE, ABSOLUTE = 1e-6, 1e-9


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
    """No answer of the model, and why."""

    why: str

    def __repr__(self) -> str:
        return f"refuses it: {self.why}"


class Expected(NamedTuple):
    """What the model answers, or that it refuses: each row by itself, and all at once."""

    alone: list[Any]
    together: list[Any] | Refused


def check(path: Path, model_dir: Path, handler: ModuleType) -> int:
    """Says what was found; the exit code. Raises StartError."""
    rows_handler = checked(handler, RowsHandler)
    model = returned(rows_handler.load(model_dir))
    features = features_of(rows_handler, model, model_dir)
    frame = model_frame(path, features.known).head(MOST_ROWS)
    rows = as_rows(frame, features.known)
    expected = answers_of(rows_handler, model, features, frame)
    types, left_out = carriers(request_types(rows_handler), features, rows)
    for name in left_out:
        print(f"{name} cannot carry these rows")
    if not types:
        raise DataError(f"no content type of the server can carry the rows of {path}")
    with Started(model_dir) as server:
        found = first_difference(server, types, features, rows, expected)
    if found:
        print(in_words(found, list(frame.columns), rows))
        return 1
    names = ", ".join(one.name for one in types)
    print(f"{len(rows)} rows, {len(types)} content types ({names}), 0 differences")
    return 0


def answers_of(
    handler: RowsHandler, model: Any, features: Features, frame: Any
) -> Expected:
    def ask(some: Any) -> list[Any] | Refused:
        try:
            return plain(answers_in_notebook(handler, model, features, some))
        except (TypeError, ValueError) as error:
            return Refused(first_line(error))

    single = [ask(frame.iloc[[place]]) for place in range(len(frame))]
    return Expected(
        [one if isinstance(one, Refused) else one[0] for one in single], ask(frame)
    )


def plain(predictions: Any) -> list[Any]:
    """As an answer in JSON has them."""
    dense = predictions.toarray() if hasattr(predictions, "toarray") else predictions
    return predictions_in(encode_json(np.asarray(dense)))


def predictions_in(body: bytes) -> list[Any]:
    """Of an answer in JSON, whether it is a bare list or not."""
    document = orjson.loads(body)
    return document if body.startswith(b"[") else document["predictions"]


def carriers(
    types: Sequence[RequestType[Any]], features: Features, rows: Sequence[Any]
) -> tuple[list[RequestType[Any]], list[str]]:
    """The content types that can carry the rows, and the names of the others that are known to write rows."""
    written = [one for one in types if one.example]
    able = [one for one in written if body_of(one, features, rows) is not None]
    return able, [one.name for one in written if one not in able]


def body_of(
    one: RequestType[Any], features: Features, rows: Sequence[Any]
) -> bytes | None:
    return one.example(features.names, rows, features.is_text) if one.example else None


def first_difference(
    server: Started,
    types: Sequence[RequestType[Any]],
    features: Features,
    rows: Sequence[Any],
    expected: Expected,
) -> Difference | None:
    def asked(one: RequestType[Any], which: Sequence[int], how: str) -> Asked:
        body = body_of(one, features, [rows[place] for place in which])
        return Asked(one.name, which, body or b"", how)

    every = range(len(rows))
    alone = [asked(one, [place], "by itself") for one in types for place in every]
    for question in alone:
        if found := compared(
            question, server.ask(question.content_type, question.body), expected
        ):
            return found
    for one in types:
        question = asked(one, every, "all rows in one request")
        if found := compared(
            question, server.ask(question.content_type, question.body), expected
        ):
            return found
    # Each time in the same order, so that what was found is found again.
    how = f"among {CLIENTS} requests at the same time"
    mixed = [one._replace(how=how) for one in alone]
    random.Random(0).shuffle(mixed)
    types_of, bodies = [one.content_type for one in mixed], [one.body for one in mixed]
    with ThreadPoolExecutor(CLIENTS) as clients:
        replies = clients.map(server.ask, types_of, bodies)
        return next(differences(mixed, replies, expected), None)


def differences(
    questions: Sequence[Asked], replies: Iterator[Reply], expected: Expected
) -> Iterator[Difference]:
    for question, reply in zip(questions, replies, strict=True):
        if found := compared(question, reply, expected):
            yield found


def compared(asked: Asked, reply: Reply, expected: Expected) -> Difference | None:
    """What differs in an answer, if anything does."""
    first = asked.rows[0]
    wanted = expected.together if len(asked.rows) > 1 else [expected.alone[first]]
    if reply.status != 200:
        refused = isinstance(wanted, Refused) or isinstance(wanted[0], Refused)
        if refused and reply.status == 400:
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
