"""The server with inference.py, started as SageMaker starts it."""

import json
from pathlib import Path
from typing import Any

import pytest
from serving import PROJECT

# Requests that the script takes, by the content type of their ending: put yours there.
REQUESTS = sorted((PROJECT / "sample_model" / "payloads").glob("*"))
TYPES = {
    ".json": "application/json",
    ".csv": "text/csv",
    ".jsonl": "application/jsonlines",
    ".npy": "application/x-npy",
    ".libsvm": "text/libsvm",
    ".txt": "text/plain",
}


def test_ping_answers_200_once_the_script_is_read_and_the_model_loaded(
    server: Any,
) -> None:
    answer = server.get("/ping")
    assert (answer.status, answer.body) == (200, b"")


def test_the_log_says_which_functions_of_the_script_are_called(server: Any) -> None:
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    [read] = [line for line in lines if line["event"] == "inference.py is read"]
    assert read["called"]


@pytest.mark.parametrize("request_file", REQUESTS, ids=lambda path: path.name)
def test_a_request_in_sample_model_payloads_is_answered(
    server: Any, request_file: Path
) -> None:
    content_type = TYPES[request_file.suffix]
    answer = server.invoke(request_file.read_bytes(), Content_Type=content_type)
    assert answer.status == 200, answer.body
    assert answer.body


def test_another_method_and_another_path_are_refused(server: Any) -> None:
    assert server.get("/invocations").status == 405
    assert server.get("/").status == 404
