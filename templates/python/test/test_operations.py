"""What whoever runs the server relies on: figures, a log, and a good end."""

import json
import signal
import socket
import time
from typing import Any


def test_metrics_count_the_answers(server: Any, body: bytes) -> None:
    before = answered(server)
    server.invoke(body, Content_Type="application/json")
    assert answered(server) == before + 1


def answered(server: Any) -> int:
    text = server.get("/metrics").body.decode()
    counts = (line.split() for line in text.splitlines())
    name = 'server_requests_total{status="200"}'
    return next((int(count) for first, *_, count in counts if first == name), 0)


def test_batch_transform_is_told_what_suits_it(server: Any) -> None:
    parameters = json.loads(server.get("/execution-parameters").body)
    at_once = parameters["MaxConcurrentTransforms"] * parameters["MaxPayloadInMB"]
    assert 0 < at_once <= 100


def test_custom_attributes_come_back(server: Any, body: bytes) -> None:
    name = "X-Amzn-SageMaker-Custom-Attributes"
    answer = server.invoke(
        body,
        **{"Content_Type": "application/json", name.replace("-", "_"): "trace=7"},
    )
    assert answer.headers[name] == "trace=7"


def test_requests_on_one_connection_are_answered_in_order(server: Any) -> None:
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(
            b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"
            b"GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        answers = connection.makefile("rb").read()
    lines = [line for line in answers.split(b"\r\n") if b"HTTP/1.1 " in line]
    assert [line.rpartition(b"HTTP/1.1 ")[2][:3] for line in lines] == [
        b"200",
        b"404",
        b"200",
    ]


def test_the_log_is_one_json_object_a_line(server: Any, body: bytes) -> None:
    server.invoke(body, Content_Type="application/json")
    time.sleep(0.2)
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert all({"time", "level", "event"} <= line.keys() for line in lines)
    last = [line for line in lines if line["event"] == "request"][-1]
    assert (last["status"], last["rows"]) == (200, 2)


def test_sigterm_ends_it_with_0(start: Any) -> None:
    server = start()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=30) == 0
