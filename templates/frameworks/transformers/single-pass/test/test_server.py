"""The server, started as SageMaker starts it."""

import json
from typing import Any

import pytest


def test_ping_answers_200_with_an_empty_body(server: Any) -> None:
    answer = server.get("/ping")
    assert (answer.status, answer.body) == (200, b"")


def test_there_is_an_answer_to_each_input(
    server: Any, inputs: list, body: bytes
) -> None:
    answer = server.invoke(body, Content_Type="application/json")
    assert answer.status == 200, answer.body
    assert len(json.loads(answer.body)) == len(inputs)


def test_lines_are_answered_by_lines(
    server: Any, inputs: list, parameters: dict
) -> None:
    lines = [
        json.dumps({"inputs": one, "parameters": parameters}).encode() for one in inputs
    ]
    answer = server.invoke(
        b"\n".join(lines),
        Content_Type="application/jsonlines",
        Accept="application/jsonlines",
    )
    assert answer.status == 200, answer.body
    assert len(answer.body.splitlines()) == len(inputs)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {"Content_Type": "application/json"}, 400),
        (b'{"inputs": []}', {"Content_Type": "application/json"}, 400),
        (b'{"inputs": 1}', {"Content_Type": "application/json"}, 400),
        (b"{}", {"Content_Type": "application/pdf"}, 415),
        (b"{}", {"Content_Type": "application/json", "Accept": "image/png"}, 406),
    ],
)
def test_what_cannot_be_answered_gets_its_status_and_a_reason(
    server: Any, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = server.invoke(content, **headers)
    assert answer.status == status
    assert json.loads(answer.body)["error"]


def test_another_method_and_another_path_are_refused(server: Any) -> None:
    assert server.get("/invocations").status == 405
    assert server.get("/").status == 404
