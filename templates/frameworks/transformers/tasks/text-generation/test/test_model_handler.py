"""Texts that are generated together, without a server."""

import json
from typing import Any

import orjson

JSON = b"application/json"


def answers(predicting: Any, *documents: Any) -> list[tuple[int, Any]]:
    """Statuses and answers of requests that come at the same time."""
    bodies = [orjson.dumps(document) for document in documents]
    predicting.take(
        [(number, body, JSON, None, None) for number, body in enumerate(bodies)]
    )
    found: dict[int, tuple[int, Any]] = {}
    while not predicting.idle:
        for number, _, _, (status, _, body, _) in predicting.step():
            found[number] = status, json.loads(body)
    return [found[number] for number in range(len(documents))]


def test_each_request_gets_the_text_that_it_gets_alone(
    predicting: Any, inputs: list, parameters: dict
) -> None:
    batch = [
        {"inputs": given, "parameters": parameters}
        for given in (inputs, inputs[0], inputs[::-1])
    ]
    together = answers(predicting, *batch)
    assert [status for status, _ in together] == [200] * 3
    assert together == [answers(predicting, one)[0] for one in batch]


def test_a_seed_gives_the_same_text_again(predicting: Any, inputs: list) -> None:
    parameters = {"max_new_tokens": 10, "temperature": 1.5, "seed": 7}
    document = {"inputs": inputs[0], "parameters": parameters}
    assert answers(predicting, document) == answers(predicting, document)


def test_a_bad_request_fails_alone(
    predicting: Any, inputs: list, parameters: dict
) -> None:
    good = {"inputs": inputs, "parameters": parameters}
    found = answers(predicting, good, good | {"inputs": None}, good)
    assert [status for status, _ in found] == [200, 400, 200]


def test_an_unknown_parameter_is_refused(predicting: Any, inputs: list) -> None:
    document = {"inputs": inputs, "parameters": {"colour": "red"}}
    [(status, answer)] = answers(predicting, document)
    assert status == 400
    assert "colour" in answer["error"]
