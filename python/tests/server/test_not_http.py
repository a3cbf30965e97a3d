"""What is not HTTP/1.1, or not quite: it gets a refusal at most, and nobody else notices."""

import os
import random

import pytest

from tests.server.conftest import BOTH
from tests.serving import Served
from tests.talking import Connection, request

pytestmark = BOTH

HEAD = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize("connection", ["Upgrade", "keep-alive, Upgrade", "Upgrade, HTTP2-Settings"])
def test_an_upgrade_that_is_not_taken_leaves_the_connection_as_it_was(server: Served, connection: str) -> None:
    # As some HTTP clients ask on every connection.
    upgrade = {"Connection": connection, "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__"}
    with Connection(server.port, timeout=10) as asking:
        assert asking.ask("GET", "/ping", **upgrade).status == 200
        json = {"Content-Type": "application/json"}
        assert asking.ask("POST", "/invocations", b"[[1, 1]]", **json, **upgrade).status == 200
        asking.send(request("GET", "/ping", **upgrade) + request("GET", "/nowhere"))
        assert [asking.answer().status, asking.answer().status] == [200, 404]


@pytest.mark.parametrize(
    "message",
    [
        HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n[1]",
        HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n0\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 0x10\r\n\r\n",
        HEAD + b"Content-Length: 3, 3\r\n\r\n[1]",
        HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        HEAD + b"No colon\r\n\r\n",
        HEAD + b"X: a\0b\r\n\r\n",
        HEAD + b"X: a\rb\r\n\r\n",
        HEAD + b"X-Amzn-SageMaker-Custom-Attributes: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        b"GET /ping HTTP/9.9\r\n\r\n",
        b"get /ping HTTP/1.1\r\n\r\n",
        b"HELLO /ping HTTP/1.1\r\n\r\n",
        b"GET  HTTP/1.1\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n" * 1000 + b"x",
        b"\0" * 1000,
    ],
)
def test_a_request_that_is_not_valid_is_refused_and_the_connection_closed(server: Served, message: bytes) -> None:
    with Connection(server.port, timeout=10) as connection:
        connection.send(message)
        connection.finish()
        answers = connection.answers()
    assert [answer.status // 100 for answer in answers] in ([4], []), answers
    assert server.ping() == 200


def test_an_echoed_header_cannot_add_lines_to_an_answer(server: Served) -> None:
    for value in (b"a\r\n b", b"a\r\n\tX-Evil: 1", b"a\n X-Evil: 1", b"a\x0bb", b"\xff\xfe"):
        with Connection(server.port, timeout=10) as connection:
            name = b"X-Amzn-SageMaker-Custom-Attributes: "
            connection.send(HEAD + name + value + b"\r\nContent-Length: 8\r\n\r\n[[1, 1]]")
            connection.finish()
            for answer in connection.answers():
                assert answer.status in (200, 400)
                assert "x-evil" not in answer.headers
                assert not set("\r\n") & set("".join(answer.headers.values()))


@pytest.mark.parametrize("start", [b"", b"GET /ping HTTP/1.1\r\n", HEAD + b"Content-Length: 2000000\r\n\r\n"])
def test_a_megabyte_of_garbage_gets_one_refusal_at_most(server: Served, start: bytes) -> None:
    with Connection(server.port) as connection:
        try:
            connection.send(start + random.Random(1).randbytes(1_000_000))
            connection.finish()
        except OSError:
            # The server had enough of it.
            pass
        assert len(connection.answers()) <= 1
    assert server.ping() == 200


def test_fifty_connections_of_garbage_at_once_leave_the_server_as_it_was(server: Served) -> None:
    connections = [Connection(server.port) for _ in range(50)]
    for connection in connections:
        connection.send(os.urandom(1000))
    assert server.ping() == 200
    for connection in connections:
        connection.finish()
        assert all(answer.status == 400 for answer in connection.answers())
        connection.socket.close()
