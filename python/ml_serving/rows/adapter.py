"""Models of rows: from batches of request bodies to their answers."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any, NamedTuple, cast

import numpy as np

from ml_serving import wire
from ml_serving.errors import ModelError, RequestError, first_line
from ml_serving.handler import RowsHandler, checked, returned
from ml_serving.rows.content_types import (
    REQUEST_TYPES,
    RESPONSE_TYPES,
    Decode,
    Encode,
)
from ml_serving.rows.features import Features
from ml_serving.rows.predictions import entries
from ml_serving.rows.suspect import suspect
from ml_serving.settings import settings
from ml_serving.wire import Answer
from ml_serving.worker.adapter import Work, attempt, work_in_batches
from ml_serving.worker.negotiation import Negotiation, RequestType
from ml_serving.worker.unpacking import unpacked


def loader(handler: ModuleType) -> Callable[[Path], Work]:
    """See Adapter in worker/adapter.py."""
    rows_handler = checked(handler, RowsHandler)
    # Once here, so that a mistake in them stops the start, and not each worker.
    negotiation(rows_handler)

    def load(model_dir: Path) -> Work:
        model = returned(rows_handler.load(model_dir))
        features = rows_handler.features(model)
        return lambda server: work_in_batches(
            server, Predictor(rows_handler, model, features)
        )

    return load


class Question(NamedTuple):
    """A request that has been read. place: which one of the batch it is."""

    place: int
    rows: np.ndarray
    content_type: str
    encode: Encode


class Predictor:
    def __init__(self, handler: RowsHandler, model: Any, features: Features) -> None:
        self.model = model
        self.features = features
        self._handler = handler
        self._types = negotiation(handler)
        handler.prepare(model)

    def answer(self, batch: Sequence[wire.Request]) -> tuple[Sequence[Answer], float]:
        """Answers requests, and says how many seconds the model took for all."""
        answers: list[Any] = [
            attempt(self._read, place, *request) for place, request in enumerate(batch)
        ]
        questions = [one for one in answers if isinstance(one, Question)]
        seconds = 0.0
        for group in groups(questions):
            started = perf_counter()
            predictions = self._together(group) or [None] * len(group)
            for question, predicted in zip(group, predictions, strict=True):
                answers[question.place] = attempt(self._finish, question, predicted)
            seconds += perf_counter() - started
        return answers, seconds

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
        rows = decode(unpacked(body, encoding), parameters, self.features)
        return Question(place, rows, accepted, encode)

    def _together(self, group: list[Question]) -> list[np.ndarray] | None:
        """The predictions of several in one call. None if that fails: whoever is to
        blame must not take the others along."""
        if len(group) == 1:
            return None
        rows = [question.rows for question in group]
        with suppress(Exception):
            predictions = self._predict(np.concatenate(rows))
            return np.split(predictions, np.cumsum([len(one) for one in rows[:-1]]))
        return None

    def _finish(self, question: Question, predicted: np.ndarray | None) -> Answer:
        if predicted is None:
            predicted = self._alone(question.rows)
        body = question.encode(predicted)
        return 200, question.content_type, body, len(question.rows)

    def _alone(self, rows: np.ndarray) -> np.ndarray:
        try:
            return self._predict(rows)
        except (TypeError, ValueError) as error:
            # The way in which numpy, scikit-learn and XGBoost refuse values.
            where = suspect(rows, self.features)
            raise RequestError(
                400, f"the model refused these rows{where}: {first_line(error)}"
            ) from error

    def _predict(self, rows: np.ndarray) -> np.ndarray:
        return entries(self._handler.predict(self.model, rows), len(rows))


def negotiation(handler: RowsHandler) -> Negotiation[Decode, Encode]:
    """Raises ModelError."""
    return Negotiation((*REQUEST_TYPES, *further_types(handler)), RESPONSE_TYPES)


def further_types(handler: RowsHandler) -> Sequence[RequestType[Decode]]:
    """The content types that a handler reads beside ours. Raises ModelError."""
    given = cast("Sequence[object]", getattr(handler, "REQUEST_TYPES", ()))
    listed = isinstance(given, tuple | list)
    if not listed or not all(isinstance(one, RequestType) for one in given):
        raise ModelError(
            f"model_handler.py: REQUEST_TYPES is {given!r}, not a tuple of RequestType "
            "(see ml_serving/rows/content_types.py)"
        )
    return cast("Sequence[RequestType[Decode]]", given)


def groups(questions: list[Question]) -> Iterator[list[Question]]:
    """Those that are predicted together: of one kind, and up to SERVER_BATCH_ROWS rows."""
    alike: dict[tuple[str, int], list[Question]] = defaultdict(list)
    rows: Counter[tuple[str, int]] = Counter()
    for question in questions:
        kind = (question.rows.dtype.kind, question.rows.shape[1])
        rows[kind] += len(question.rows)
        if rows[kind] > settings.batch_rows and alike[kind]:
            yield alike.pop(kind)
            rows[kind] = len(question.rows)
        alike[kind].append(question)
    yield from alike.values()
