"""The server, started as SageMaker starts it."""

import json
from typing import Any

import pytest
from ml_serving.rows.features import Features
from ml_serving.rows.forms.examples import csv_body


def test_ping_answers_200_with_an_empty_body(server: Any) -> None:
    answer = server.get("/ping")
    assert (answer.status, answer.body) == (200, b"")


def test_rows_in_json_are_predicted(server: Any, rows: list, body: bytes) -> None:
    answer = server.invoke(body, Content_Type="application/json")
    assert answer.status == 200, answer.body
    assert len(json.loads(answer.body)["predictions"]) == len(rows)


def test_rows_in_csv_with_a_charset_are_predicted(
    server: Any, features: Features, rows: list
) -> None:
    text = csv_body(features.names, rows, features.is_text)
    answer = server.invoke(text, Content_Type="text/csv; charset=utf-8")
    assert answer.status == 200, answer.body


def test_the_answer_comes_in_the_type_that_accept_asks_for(
    server: Any, rows: list, body: bytes
) -> None:
    answer = server.invoke(body, Content_Type="application/json", Accept="text/csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert len(answer.body.splitlines()) == len(rows)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {"Content_Type": "application/json"}, 400),
        (b"[[0], [0, 0]]", {"Content_Type": "application/json"}, 400),
        (b"[[0]]", {"Content_Type": "application/pdf"}, 415),
        (b"[[0]]", {"Content_Type": "application/json", "Accept": "image/png"}, 406),
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
