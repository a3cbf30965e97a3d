"""What may stand in the first line of a request."""

import pytest

from tests.server.conftest import BOTH
from tests.serving import Served
from tests.talking import Connection

pytestmark = BOTH


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "http://somewhere.example:8080/ping", 200),
        ("GET", "HTTP://somewhere.example/ping?x=http://y/", 200),
        ("GET", "/ping?a=b&c=%00%ff", 200),
        ("GET", "/ping#fragment", 404),
        ("GET", "/ping/", 404),
        ("GET", "//ping", 404),
        ("GET", "/../ping", 404),
        ("GET", "/%70ing", 404),
        ("GET", "/%00%ff%c3%28", 404),
        ("GET", "/\xe9\xff", 404),
        ("GET", "/" + "a" * 60_000, 404),
        ("OPTIONS", "*", 404),
        ("DELETE", "/ping", 405),
        ("GET", "/invocations", 405),
    ],
)
def test_odd_targets_get_an_honest_answer(server: Served, method: str, target: str, status: int) -> None:
    answer = server.ask(method, target)
    # A parser may refuse what no target may look like.
    assert answer.status == status or (answer.status == 400 and not target.isascii())


@pytest.mark.parametrize("keep", [b"", b"Connection: close\r\n", b"Connection: keep-alive\r\n"])
def test_http_1_0_is_answered_and_the_connection_closed_unless_its_client_is_told(server: Served, keep: bytes) -> None:
    with Connection(server.port, timeout=10) as connection:
        connection.send(b"GET /ping HTTP/1.0\r\n" + keep + b"\r\n")
        answer = connection.answer()
        assert answer.status == 200
        # Without a word such a client waits for the end of the connection.
        assert answer.headers.get("connection") == "keep-alive" or connection.closed
