"""From batches of request bodies to their answers."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import model_handler
import numpy as np
import orjson
from errors import RequestError, first_line
from settings import settings
from worker.content_types import Encoder, choose_decoder, choose_encoder
from worker.fast_paths import prepare
from worker.features import Features
from worker.suspect import suspect
from worker.unpacking import unpacked

log = logging.getLogger(__name__)

# Status, content type, body, and how many rows there were.
Answer = tuple[int, str, bytes, int]


def load(model_dir: Path) -> tuple[Any, Features]:
    """The model, and the features that it was trained on: what a Predictor is made of."""
    model = model_handler.load(model_dir)
    return model, model_handler.features(model)


class Question(NamedTuple):
    """A request that has been read. place: which one of the batch it is."""

    place: int
    rows: np.ndarray
    content_type: str
    encode: Encoder


class Predictor:
    def __init__(self, model: Any, features: Features) -> None:
        self.model = model
        self.features = features
        prepare(model)

    def answer(self, batch: Sequence[tuple]) -> tuple[list[Answer], float]:
        """Answers requests, and says how many seconds the model took for all.

        A request is its body, and its Content-Type, Content-Encoding and Accept.
        """
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
        decode, parameters, in_batch = choose_decoder(content_type)
        accepted, encode = choose_encoder(accept, in_batch)
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
        predictions = np.asarray(model_handler.predict(self.model, rows))
        if predictions.ndim == 0 or len(predictions) != len(rows):
            raise RuntimeError(f"{predictions.shape} predictions for {len(rows)} rows")
        return predictions


def groups(questions: list[Question]) -> Iterator[list[Question]]:
    """Those that are predicted together: of one kind, and up to SERVER_BATCH_ROWS rows."""
    alike: dict[tuple, list[Question]] = defaultdict(list)
    rows: Counter[tuple] = Counter()
    for question in questions:
        kind = (question.rows.dtype.kind, question.rows.shape[1])
        rows[kind] += len(question.rows)
        if rows[kind] > settings.batch_rows and alike[kind]:
            yield alike.pop(kind)
            rows[kind] = len(question.rows)
        alike[kind].append(question)
    yield from alike.values()


def attempt(part: Callable[..., Any], *arguments: Any) -> Any:
    """What part of the work gives, or the answer that says why it failed."""
    try:
        return part(*arguments)
    except RequestError as error:
        status, message = error.status, error.message
    except Exception:
        log.exception("the model failed")
        status, message = 500, "the model failed; the container's log says why"
    return status, "application/json", orjson.dumps({"error": message}), 0
