"""Models of rows: from batches of request bodies to their answers."""

import socket
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from ml_serving import wire
from ml_serving.errors import RequestError, first_line
from ml_serving.handler import RowsHandler, checked, returned
from ml_serving.rows.columns.declared import with_schema
from ml_serving.rows.columns.schema import FILE, Schema, read_schema
from ml_serving.rows.columns.table import Rows, Table, joined
from ml_serving.rows.description import described, log_columns
from ml_serving.rows.features import Features
from ml_serving.rows.forms.content_types import Decode, Encode
from ml_serving.rows.forms.negotiated import negotiation, request_types
from ml_serving.rows.predictions import entries
from ml_serving.rows.suspect import not_dates, not_declared, raised_by_library, suspect
from ml_serving.settings import settings
from ml_serving.wire import Answer
from ml_serving.worker.adapter import Loaded, attempt, work_in_batches
from ml_serving.worker.negotiation import Negotiation, fitting
from ml_serving.worker.unpacking import unpacked


def loader(handler: ModuleType) -> Callable[[Path], Loaded]:
    """See Adapter in worker/adapter.py."""
    rows_handler = checked(handler, RowsHandler)
    # Once here, so that a mistake in them stops the start, and not each worker.
    negotiation(rows_handler)

    def load(model_dir: Path) -> Loaded:
        model = returned(rows_handler.load(model_dir))
        schema = read_schema(model_dir)
        features = features_of(rows_handler, model, schema)
        log_columns(features)

        def work(server: socket.socket) -> None:
            work_in_batches(server, Predictor(rows_handler, model, features))

        types = fitting(request_types(rows_handler), features)
        return Loaded(work, described(features, types, schema and schema.example))

    return load


def features_of(handler: RowsHandler, model: Any, schema: Schema | None) -> Features:
    """Of a loaded model, with what input_schema.json declares. Raises ModelError."""
    return with_schema(handler.features(model), schema and schema.columns)


class Question(NamedTuple):
    """A request that has been read. place: which one of the batch it is."""

    place: int
    rows: Rows
    content_type: str
    encode: Encode


# Of a model whose own code gets the columns.
NAMELESS = (
    "the columns have no names: send rows as objects, CSV with a header and text/csv; header=present, or declare the "
    f"columns in model/{FILE}"
)
# What was predicted for the tables of requests.
Predicted = dict[Table, "np.ndarray[Any, Any]"]


class Predictor:
    def __init__(
        self,
        handler: RowsHandler,
        model: Any,
        features: Features,
        types: Negotiation[Decode, Encode] | None = None,
    ) -> None:
        self.model = model
        self.features = features
        self._handler = handler
        self._types = types or negotiation(handler, model=model, features=features)
        handler.prepare(model)

    def answer(self, batch: Sequence[wire.Request]) -> tuple[Sequence[Answer], float]:
        """Answers requests, and says how many seconds the model took for all."""
        answers: list[Any] = [
            attempt(self._read, place, *request) for place, request in enumerate(batch)
        ]
        questions = [one for one in answers if isinstance(one, Question)]
        started = perf_counter()
        predicted: Predicted = {}
        # A request's own tables are of different types.
        several = questions if len(questions) > 1 else []
        for group in groups(several, self.features.own_code):
            predicted |= self._together(group)
        for question in questions:
            answers[question.place] = attempt(self._finish, question, predicted)
        return answers, perf_counter() - started

    def predicted(self, rows: Rows) -> np.ndarray:
        """For rows that have been read already. Raises RequestError where the model refuses them."""
        tables = range(len(rows.tables))
        return rows.in_order([self._alone(rows, index) for index in tables])

    def _read(
        self,
        place: int,
        body: bytes,
        content_type: bytes | None,
        encoding: bytes | None,
        accept: bytes | None,
    ) -> Question:
        decode, parameters, in_batch = self._types.decoder(content_type)
        accepted, encode = self._types.encoder(accept, in_batch)
        rows = as_rows(
            decode(unpacked(body, encoding), parameters, self.features), self.features
        )
        return Question(place, rows, accepted, encode)

    def _together(self, group: list[Table]) -> Predicted:
        """The predictions of several in one call. Empty if that fails: whoever is to
        blame must not take the others along."""
        if len(group) == 1:
            return {}
        found: Predicted = {}
        with suppress(Exception):
            predictions = self._predict(joined(group))
            start = 0
            for table in group:
                end = start + len(table)
                found[table] = predictions[start:end]
                start = end
        return found

    def _finish(self, question: Question, predicted: Predicted) -> Answer:
        rows = question.rows
        parts = [
            predicted[table] if table in predicted else self._alone(rows, index)
            for index, table in enumerate(rows.tables)
        ]
        predictions = rows.in_order(parts)
        encode = question.encode
        if rows.as_json and question.content_type == "application/json":
            encode = rows.as_json
        return 200, question.content_type, encode(predictions), len(predictions)

    def _alone(self, rows: Rows, index: int) -> np.ndarray:
        table = rows.tables[index]
        try:
            return self._predict(table)
        except (IndexError, KeyError, AttributeError) as error:
            raise self._own_code_failed(rows, index, error) from error
        except (TypeError, ValueError) as error:
            # The way in which numpy, scikit-learn and XGBoost refuse values.
            said = first_line(error)
            where = self._where(rows, index, said)
            advice = not_dates(table, self.features, error) if not where else None
            if self.features.lacks_names(table):
                advice = NAMELESS
            raise RequestError(
                400,
                f"the model refused these rows{where}: {said}"
                + (f"; {advice}" if advice and self.features.own_code else ""),
            ) from error

    def _own_code_failed(self, rows: Rows, index: int, error: Exception) -> Exception:
        """What is to be raised: whether rows are to blame that code of the user's was not
        written for, or that code."""
        said = f"{type(error).__name__}: {first_line(error)}"
        table = rows.tables[index]
        if self.features.lacks_names(table):
            return RequestError(400, f"the model's own code failed: {said}; {NAMELESS}")
        where = self._where(rows, index, "missing")
        advice = not_dates(table, self.features, error)
        advice = advice or (None if where else not_declared(self.features))
        if advice:
            return RequestError(400, f"the model's own code failed: {said}; {advice}")
        if where and self.features.own_code:
            return RequestError(400, f"the model's own code failed{where}: {said}")
        if not isinstance(error, AttributeError) and raised_by_library(error):
            return RequestError(400, f"the model refused these rows{where}: {said}")
        return error

    def _where(self, rows: Rows, index: int, words: str) -> str:
        found = suspect(rows.tables[index], self.features, words)
        if found is None:
            return ""
        row, column, kind = found
        name = self.features.name(column)
        return f" (row {rows.place(index, row) + 1}, feature {name} is {kind})"

    def _predict(self, table: Table) -> np.ndarray:
        given = self._handler.predict(self.model, self.features.ready(table))
        return entries(given, len(table))


def as_rows(given: "Rows | np.ndarray[Any, Any]", features: Features) -> Rows:
    """What a decoder gave: one of a handler's own may give an array. Raises RequestError."""
    return features.numbers(given) if isinstance(given, np.ndarray) else given


def groups(questions: list[Question], own_code: bool) -> Iterator[list[Table]]:
    """Those that are predicted together: of equal types, and up to SERVER_BATCH_ROWS rows.

    own_code: whether what the model makes of a row may depend on the other rows: none joins with another request's.
    """
    alike: dict[Hashable, list[Table]] = {}
    rows: dict[Hashable, int] = {}
    for question in questions:
        for table in question.rows.tables:
            kind = (table.kind, question.place) if own_code else table.kind
            group = alike.get(kind)
            size = len(table)
            if group is not None and rows[kind] + size > settings.batch_rows:
                yield group
                group = None
            if group is None:
                alike[kind] = group = []
                rows[kind] = 0
            group.append(table)
            rows[kind] += size
    yield from alike.values()
