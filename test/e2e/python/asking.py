"""Asks a predictor as the server does."""

from typing import NamedTuple

from worker.predictor import Predictor


class Answer(NamedTuple):
    status: int
    content_type: str
    body: bytes
    rows: int


def answer_to(
    predictor: Predictor, body: bytes, content_type: str, accept: str | None = None, encoding: str | None = None
) -> Answer:
    headers = (None if header is None else header.encode() for header in (content_type, encoding, accept))
    return Answer(*predictor.answer([(body, *headers)])[0][0])
