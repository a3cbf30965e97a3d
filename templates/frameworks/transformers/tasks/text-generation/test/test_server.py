"""The server, started as SageMaker starts it."""

import json
from typing import Any

import pytest


def post(server: Any, document: dict[str, Any]) -> Any:
    return server.invoke(json.dumps(document).encode(), Content_Type="application/json")


def test_ping_answers_200_with_an_empty_body(server: Any) -> None:
    answer = server.get("/ping")
    assert (answer.status, answer.body) == (200, b"")


def test_there_is_a_text_for_each_prompt(
    server: Any, inputs: list, body: bytes
) -> None:
    answer = server.invoke(body, Content_Type="application/json")
    assert answer.status == 200, answer.body
    texts = [one["generated_text"] for one in json.loads(answer.body)]
    assert len(texts) == len(inputs)


def test_the_events_of_a_stream_make_up_the_text(
    server: Any, inputs: list, parameters: dict
) -> None:
    asked = {"inputs": inputs[0], "parameters": parameters}
    answer = post(server, asked | {"stream": True})
    assert answer.headers["Content-Type"] == "text/event-stream"
    lines = answer.body.decode().split("\n\n")
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line]
    text = "".join(event["token"]["text"] for event in events)
    assert events[-1]["generated_text"] == text
    [whole] = json.loads(post(server, asked).body)
    assert whole["generated_text"] == text


def test_openais_clients_are_answered_in_their_form(server: Any, inputs: list) -> None:
    answer = post(server, {"prompt": inputs[0], "max_tokens": 5})
    document = json.loads(answer.body)
    assert document["object"] == "text_completion"
    assert 0 < document["usage"]["completion_tokens"] <= 5


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
