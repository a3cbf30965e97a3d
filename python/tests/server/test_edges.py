"""The edges of HTTP: what clients may send, and what they never should."""

import socket

import pytest

from tests.server.conftest import BOTH, Start
from tests.server.models import Lookup
from tests.serving import Served
from tests.talking import Connection, chunked, invocation, request

pytestmark = BOTH

LIMIT = 1024 * 1024


def test_requests_sent_ahead_are_answered_in_order(server: Served, lookup: Lookup) -> None:
    with Connection(server.port) as connection:
        for count in (3, 16, 17, 40, 300):
            connection.send(b"".join(invocation(lookup.body([key])) for key in range(count)))
            answers = [connection.answer().predictions for _ in range(count)]
            assert answers == [lookup.values([key]) for key in range(count)]


def test_a_client_that_has_sent_all_still_gets_every_answer(server: Served, lookup: Lookup) -> None:
    with Connection(server.port) as connection:
        connection.send(b"".join(invocation(lookup.body([key])) for key in range(30)) + b"POST /invoc")
        connection.finish()
        assert [answer.predictions for answer in connection.answers()] == [lookup.values([key]) for key in range(30)]


@pytest.mark.parametrize("size", [1, 7, 65536])
def test_a_chunked_body_is_read_like_any_other(server: Served, lookup: Lookup, size: int) -> None:
    keys = list(range(200))
    with Connection(server.port) as connection:
        for _ in range(2):
            head = request("GET", "/invocations", **{"Content-Type": "application/json"}).replace(b"GET", b"POST")
            connection.send(head[:-2] + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(lookup.body(keys), size))
            assert connection.answer().predictions == lookup.values(keys)


def test_a_client_that_asks_first_is_told_to_send_its_body(server: Served, lookup: Lookup) -> None:
    message = invocation(lookup.body([5]), Expect="100-continue")
    head, _, body = message.partition(b"\r\n\r\n")
    with Connection(server.port) as connection:
        for _ in range(2):
            connection.send(head + b"\r\n\r\n")
            assert connection.answer().status == 100
            connection.send(body)
            assert connection.answer().predictions == lookup.values([5])


def test_a_client_that_asks_first_is_spared_sending_a_body_that_is_too_large(server: Served) -> None:
    with Connection(server.port) as connection:
        connection.send(request("POST", "/invocations", **{"Content-Length": str(1 << 40), "Expect": "100-continue"}))
        assert connection.answer().status == 413
        assert connection.closed


@pytest.mark.parametrize("field", ["X-Long: {}", "{}: x", "X: y\r\nX: {}"])
def test_headers_above_64_kb_are_refused_with_431(server: Served, field: str) -> None:
    with Connection(server.port) as connection:
        connection.send(request("GET", "/ping")[:-2] + field.format("x" * 70_000).encode() + b"\r\n\r\n")
        assert connection.answer().status == 431
        assert connection.closed
    with Connection(server.port) as connection:
        connection.send(request("GET", "/ping")[:-2] + field.format("x" * 60_000).encode() + b"\r\n\r\n")
        assert connection.answer().status == 200


def test_lines_after_a_chunked_body_are_held_to_the_limit_of_headers(server: Served) -> None:
    before = server.memory
    with Connection(server.port) as connection:
        head = request("GET", "/invocations", **{"Transfer-Encoding": "chunked"}).replace(b"GET", b"POST")
        connection.send(head + b"1\r\n1\r\n0\r\nX-Trailer: ")
        try:
            for _ in range(200):
                connection.send(b"x" * 500_000)
        except OSError:
            pass
        # 100 MB were sent, unless the server had enough of it before.
        assert server.memory < before + 60
        assert connection.answer().status == 431


def test_a_refusal_can_be_read_by_a_client_that_keeps_sending(start: Start) -> None:
    server = start(SERVER_MAX_BODY_MB=1).ready()
    for framing in ({"Content-Length": str(20 * LIMIT)}, {"Transfer-Encoding": "chunked"}):
        with Connection(server.port) as connection:
            connection.send(request("GET", "/invocations", **framing).replace(b"GET", b"POST"))
            for _ in range(20):
                connection.send(b"100000\r\n" + b"x" * LIMIT + b"\r\n")
            answer = connection.answer()
            assert (answer.status, answer.headers["connection"]) == (413, "close")
            assert answer.json == {"error": f"the body is larger than {LIMIT} bytes"}


def test_a_body_of_exactly_the_limit_is_read(start: Start, lookup: Lookup) -> None:
    server = start(SERVER_MAX_BODY_MB=1).ready()
    body = lookup.body([3]).ljust(LIMIT)
    assert server.invoke(body).predictions == lookup.values([3])
    assert server.invoke(body + b" ").status == 413


def test_connection_close_is_honoured(server: Served) -> None:
    with Connection(server.port) as connection:
        answer = connection.ask("GET", "/ping", Connection="close")
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert connection.closed


def test_head_has_the_headers_of_get_and_no_body(server: Served) -> None:
    with Connection(server.port) as connection:
        for target, status in (("/ping", 200), ("/nowhere", 404), ("/ping", 200)):
            assert connection.ask("HEAD", target).status == status


def test_one_client_that_ends_abruptly_does_not_disturb_others(server: Served, lookup: Lookup) -> None:
    for count in range(1, 60):
        connection = Connection(server.port)
        connection.send(b"".join(invocation(lookup.body([key])) for key in range(count)))
        # Closes with a reset.
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.socket.close()
        assert server.invoke(lookup.body([count])).predictions == lookup.values([count])
