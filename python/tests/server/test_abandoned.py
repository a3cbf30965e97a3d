"""Clients that give up: what they sent is given up too."""

import select
import socket
from pathlib import Path

import pytest

from tests.projects import edited
from tests.server.conftest import Start
from tests.server.models import Lookup
from tests.serving import until
from tests.talking import Connection, invocation


@pytest.mark.all
def test_bodies_whose_clients_are_gone_take_no_memory(code: Path, tmp_path: Path, start: Start, lookup: Lookup) -> None:
    server = start(edited(code, tmp_path, predict="time.sleep(15 if len(data) == 2 else 0)"), SERVER_WORKERS=1).ready()
    slow = Connection(server.port)
    slow.send(invocation(lookup.body([1, 2])))
    until(lambda: server.metric("server_batch_requests_count") == 1, "the worker is busy")
    before = server.memory
    large = invocation(lookup.body([3]).ljust(20_000_000))
    for count in range(1, 16):
        with Connection(server.port) as gone:
            gone.send(large)
            until(lambda count=count: server.metric("server_queue_requests") >= count, "it waits")
            # Closes with a reset: one that only says goodbye may still wait for its answer.
            gone.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    until(lambda: server.memory < before + 100, "300 MB of bodies are let go")
    assert not select.select([slow.socket], [], [], 0)[0], "they are let go before it is their turn"
    assert slow.answer().predictions == lookup.values([1, 2])
    assert server.invoke(lookup.body([4])).predictions == lookup.values([4])
    slow.socket.close()
