"""python code/serve check FILE: whether the server answers rows of a file as the model itself does.

The model is asked as in a notebook, with the data frame that pandas reads; the server in each content type: each row
by itself, all in one request, and many requests at the same time.
"""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

from ml_serving.rows.checking.comparing import (
    Asked,
    Difference,
    Expected,
    Refused,
    compared,
    in_words,
    plain,
)
from ml_serving.rows.checking.data_files import (
    DataError,
    Frame,
    as_rows,
    model_frame,
    objects_in,
)
from ml_serving.rows.checking.notebook import Notebook, opened
from ml_serving.rows.checking.plainly_read import remark_on_texts
from ml_serving.rows.checking.progress import Progress
from ml_serving.rows.checking.refusals import why_refused
from ml_serving.rows.checking.started import Started
from ml_serving.rows.features import Features
from ml_serving.worker.negotiation import RequestType

MOST_ROWS = 1000
# At the same time, in the round of many requests.
CLIENTS = 16


def check(path: Path, model_dir: Path, handler: ModuleType) -> int:
    """Says what was found; the exit code. Raises StartError."""
    progress = Progress()
    progress.say("loading the model")
    try:
        notebook = opened(handler, model_dir)
        features = notebook.features
        frame, rows = rows_of(path, features)
        expected = answers_of(notebook, frame, progress)
        on_texts = remark_on_texts(path, notebook, frame, expected)
        types, left_out = carriers(notebook.types, features, rows)
        if not types:
            raise DataError(
                f"no content type of the server can carry the rows of {path}"
            )
        progress.say("starting the server")
        with Started(model_dir) as server:
            asked = questions(types, features, rows)
            found = first_difference(server, asked, expected, progress)
    finally:
        progress.clear()
    for remark in filter(None, (notebook.remark, on_texts)):
        print(remark)
    if left_out:
        # What they cannot carry, and what takes a package that is not there.
        print(f"these rows cannot be written here as {', '.join(left_out)}")
    if found:
        print(in_words(found, list(frame.columns), rows))
        return 1
    refused = [one for one in expected.alone if isinstance(one, Refused)]
    if refused:
        print(
            f"rows that the model itself refuses, as the server does: {len(refused)} ({refused[0].why})"
        )
    names = ", ".join(one.name for one in types)
    print(f"{len(rows)} rows, {len(types)} content types ({names}), 0 differences")
    return 0


def rows_of(path: Path, features: Features) -> tuple[Frame, list[list[Any]]]:
    """A frame as the model is asked for it, and its rows as JSON has their values. Raises DataError."""
    if features.form == "dicts":
        frame = objects_in(path).head(MOST_ROWS)
        return frame, [[one] for one in frame["object"]]
    frame = model_frame(path, features.known).head(MOST_ROWS)
    return frame, as_rows(frame, features.known)


def answers_of(notebook: Notebook, frame: Frame, progress: Progress) -> Expected:
    """Raises DataError where the model refuses most rows: it was not trained on such."""

    def ask(some: Frame) -> list[Any] | Refused:
        try:
            return plain(notebook.ask(some))
        # A model may have code of anyone's.
        except Exception as error:  # noqa: BLE001
            return Refused(error)

    alone: list[Any] = []
    for place in range(len(frame)):
        progress.say("asking the model: row", place + 1, len(frame))
        one = ask(frame.iloc[[place]])
        alone.append(one if isinstance(one, Refused) else one[0])
    refused = [one for one in alone if isinstance(one, Refused)]
    if len(refused) > len(alone) / 2:
        words = f"{len(refused)} of {len(alone)} rows"
        raise DataError(why_refused(refused[0].error, words, notebook.features, frame))
    return Expected(alone, ask(frame))


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
    single = features.is_text or features.form == "dicts"
    return one.example(features.names, rows, single) if one.example else None


def questions(
    types: Sequence[RequestType[Any]], features: Features, rows: Sequence[Any]
) -> tuple[list[Asked], list[Asked]]:
    """Those of one row, and those of all."""

    def asked(one: RequestType[Any], which: Sequence[int], how: str) -> Asked:
        body = body_of(one, features, [rows[place] for place in which])
        return Asked(one.name, which, body or b"", how)

    every = range(len(rows))
    alone = [asked(one, [place], "by itself") for one in types for place in every]
    return alone, [asked(one, every, "all rows in one request") for one in types]


def first_difference(
    server: Started,
    asked: tuple[list[Asked], list[Asked]],
    expected: Expected,
    progress: Progress,
) -> Difference | None:
    alone, together = asked
    # Each time in the same order, so that what was found is found again.
    how = f"among {CLIENTS} requests at the same time"
    mixed = [one._replace(how=how) for one in alone]
    random.Random(0).shuffle(mixed)
    count = len(alone) + len(together) + len(mixed)
    answered = replies(server, [*alone, *together], mixed)
    for done, (question, reply) in enumerate(answered, 1):
        progress.say("asking the server: request", done, count)
        if found := compared(question, reply, expected):
            return found
    return None


def replies(
    server: Started, in_turn: Sequence[Asked], at_once: Sequence[Asked]
) -> Iterator[tuple[Asked, Any]]:
    for one in in_turn:
        yield one, server.ask(one.content_type, one.body)
    types, bodies = [one.content_type for one in at_once], [one.body for one in at_once]
    with ThreadPoolExecutor(CLIENTS) as clients:
        try:
            yield from zip(at_once, clients.map(server.ask, types, bodies), strict=True)
        finally:
            clients.shutdown(cancel_futures=True)
