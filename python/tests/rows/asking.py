"""Asks a predictor as the server does."""

from typing import Any, NamedTuple

from ml_serving.rows.adapter import Predictor
from tests.projects import handler_of

SKLEARN, XGBOOST = handler_of("sklearn_pkl"), handler_of("xgboost_json")


class Answer(NamedTuple):
    status: int
    content_type: str
    body: bytes
    rows: int


def serving(model: Any) -> Predictor:
    """A worker with a model of scikit-learn."""
    return Predictor(SKLEARN, model, SKLEARN.features(model))


def answer_to(
    predictor: Predictor, body: bytes, content_type: str, accept: str | None = None, encoding: str | None = None
) -> Answer:
    headers = (None if header is None else header.encode() for header in (content_type, encoding, accept))
    return Answer(*predictor.answer([(body, *headers)])[0][0])
