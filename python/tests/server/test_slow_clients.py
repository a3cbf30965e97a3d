"""Clients that take their time: they are ended at some point, and others do not wait for them."""

import socket
from contextlib import suppress
from pathlib import Path

import pytest

from tests.projects import edited
from tests.server.conftest import Start
from tests.server.models import Lookup
from tests.serving import Served, until
from tests.talking import Connection, invocation, request

BRIEF = "HEADER_SECONDS = 2\nREQUEST_SECONDS = 4\nIDLE_SECONDS = 5\nSEND_SECONDS = 4\nLINGER_SECONDS = 2"


@pytest.fixture
def impatient(code: Path, tmp_path: Path, start: Start) -> Served:
    """A server whose limits are seconds."""
    return start(edited(code, tmp_path, ends={"ml_serving/server/connection.py": BRIEF})).ready()


def test_what_takes_too_long_is_ended_and_nothing_else(impatient: Served, lookup: Lookup) -> None:
    busy, *slow = connections = [Connection(impatient.port) for _ in range(7)]
    headers, body, trickle, idle, drip, blanks = slow
    headers.send(b"GET /ping HTTP/1.1\r\nX: ")
    body.send(invocation(lookup.body([1]))[:-1])
    trickle.send(b"GET /ping HTTP/1.1\r\nX: ")
    drip.send(request("GET", "/ping"))
    assert drip.answer().status == 200
    # Headers that keep coming are as late as those that do not.
    ended: set[Connection] = set()
    for connection in (trickle, headers):
        connection.socket.settimeout(0.3)

    def headers_ended() -> bool:
        with suppress(OSError):
            trickle.send(b"x")
        assert busy.ask("POST", "/invocations", lookup.body([1]), **{"Content-Type": "application/json"}).status == 200
        for connection in {trickle, headers} - ended:
            try:
                assert connection.answer().status == 408
                ended.add(connection)
            except TimeoutError:
                pass
        return ended == {trickle, headers}

    until(headers_ended, "slow headers are refused")

    def blanks_ended() -> bool:
        """Line ends before a request are allowed, and no reason to wait for one."""
        try:
            blanks.send(b"\r\n")
        except OSError:
            return True
        return False

    until(blanks_ended, "who sends nothing but line ends is idle")
    assert body.answer().status == 408
    assert body.closed
    assert idle.closed
    assert drip.closed
    for connection in connections:
        connection.socket.close()


def test_a_client_that_does_not_read_its_answers_blocks_nobody_and_is_ended(impatient: Served, lookup: Lookup) -> None:
    keys = list(range(1000)) * 20
    lazy = socket.socket()
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lazy.connect(("127.0.0.1", impatient.port))
    lazy.settimeout(0.2)
    message = invocation(lookup.body(keys))

    def ended() -> bool:
        assert impatient.invoke(lookup.body([7])).predictions == lookup.values([7])
        try:
            lazy.sendall(message)
        except TimeoutError:
            return False
        except OSError:
            return True
        return False

    with lazy:
        until(ended, "the client that does not read is ended")
    assert impatient.memory < 600
