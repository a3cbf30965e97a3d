"""Requests that are answered together, without a server."""

import json
from typing import Any

import pytest

Request = tuple[bytes, bytes, None, None]


def request(given: Any, parameters: dict[str, Any]) -> Request:
    document = {"inputs": given, "parameters": parameters}
    return json.dumps(document).encode(), b"application/json", None, None


def test_each_request_gets_the_answer_that_it_gets_alone(
    predicting: Any, inputs: list, parameters: dict
) -> None:
    batch = [request(given, parameters) for given in (inputs, inputs[0], inputs[::-1])]
    together, _ = predicting.answer(batch)
    alone = [predicting.answer([one])[0][0] for one in batch]
    assert [status for status, *_ in together] == [200] * 3
    for one, other in zip(together, alone, strict=True):
        assert_alike(json.loads(one[2]), json.loads(other[2]))


def test_a_bad_request_fails_alone(
    predicting: Any, inputs: list, parameters: dict
) -> None:
    good, bad = request(inputs, parameters), request(None, parameters)
    answers, _ = predicting.answer([good, bad, good])
    assert [status for status, *_ in answers] == [200, 400, 200]


def test_an_unknown_parameter_is_refused(predicting: Any, inputs: list) -> None:
    [answer], _ = predicting.answer([request(inputs, {"colour": "red"})])
    assert answer[0] == 400
    assert "colour" in json.loads(answer[2])["error"]


def assert_alike(one: Any, other: Any) -> None:
    """Equal, but for the last digits: what a text is padded with moves those."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        one, other = list(one.values()), [other[key] for key in one]
    if isinstance(one, list):
        assert len(one) == len(other)
        for pair in zip(one, other, strict=True):
            assert_alike(*pair)
    else:
        assert other == (pytest.approx(one, abs=1e-5) if type(one) is float else one)
