"""From a request's body to the answer's: all of it that does not depend on the web stack."""

import logging
import threading
from dataclasses import dataclass
from typing import Any

import model_handler
import numpy as np
import orjson
from content_types import choose_decoder, choose_encoder
from errors import RequestError, first_line
from features import Features

log = logging.getLogger("predictor")


@dataclass(frozen=True)
class Answer:
    body: bytes
    content_type: str
    status: int = 200


class Predictor:
    def __init__(self, model: Any, features: Features) -> None:
        self.model = model
        self.features = features
        # There is a worker for each CPU: predictions side by side in one would only
        # slow each other down.
        self.one_at_a_time = threading.Lock()

    def answer(
        self, body: bytes, content_type: str | None, accept: str | None
    ) -> Answer:
        """Answers one /invocations request, whatever it holds."""
        try:
            accepted, encode = choose_encoder(accept)
            decode, parameters = choose_decoder(content_type)
            rows = decode(body, parameters, self.features)
            return Answer(encode(self.predict(rows)), accepted)
        except RequestError as error:
            return error_answer(error.status, error.message)
        except Exception:
            log.exception("the model failed")
            return error_answer(500, "the model failed; the container's log says why")

    def predict(self, rows: np.ndarray) -> np.ndarray:
        try:
            with self.one_at_a_time:
                predictions = model_handler.predict(self.model, rows)
        except (TypeError, ValueError) as error:
            # The way in which numpy, scikit-learn and XGBoost refuse values.
            log.warning("the model refused a request: %s", type(error).__name__)
            suspect = self.features.suspect(rows)
            raise RequestError(
                400, f"the model refused these rows{suspect}: {first_line(error)}"
            ) from error
        predictions = np.asarray(predictions)
        if len(predictions) != len(rows):
            raise RuntimeError(f"{len(predictions)} predictions for {len(rows)} rows")
        return predictions


def error_answer(status: int, message: str) -> Answer:
    return Answer(orjson.dumps({"error": message}), "application/json", status)
