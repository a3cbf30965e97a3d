"""Requests that are predicted together, without a server."""

import gzip
import json

from ml_serving.rows.adapter import Predictor

Request = tuple[bytes, bytes, bytes | None, None]


def request(rows: list, encoding: bytes | None = None) -> Request:
    body = json.dumps(rows).encode()
    packed = gzip.compress(body) if encoding else body
    return packed, b"application/json", encoding, None


def test_each_request_gets_the_answer_that_it_gets_alone(
    predictor: Predictor, rows: list
) -> None:
    batch = [request(rows), request(rows[:1]), request(rows[::-1])]
    together, _ = predictor.answer(batch)
    assert together == [predictor.answer([one])[0][0] for one in batch]


def test_a_bad_request_fails_alone(predictor: Predictor, rows: list) -> None:
    answers, _ = predictor.answer([request(rows), request([[]]), request(rows)])
    assert [status for status, *_ in answers] == [200, 400, 200]
    assert answers[0] == answers[2]


def test_a_compressed_body_is_unpacked(predictor: Predictor, rows: list) -> None:
    plain, packed = predictor.answer([request(rows), request(rows, b"gzip")])[0]
    assert plain == packed


def test_a_body_that_unpacks_to_more_than_the_limit_is_refused(
    predictor: Predictor,
) -> None:
    bomb = gzip.compress(bytes(2**30 // 8))
    [answer], _ = predictor.answer([(bomb, b"application/json", b"gzip", None)])
    assert answer[0] == 413
