"""Clients that send much of what is small: what is counted is what is held, and others have their turn."""

import gzip
import signal
import threading
import time
from contextlib import suppress

import pytest

from tests.server.conftest import Start
from tests.server.models import Lookup
from tests.serving import Served, memory_of, until
from tests.talking import Connection, chunked, invocation, request

MEGABYTE = 1024 * 1024


def test_a_body_takes_the_memory_of_its_bytes_however_small_the_chunks_are(start: Start) -> None:
    server = start().ready()
    size = 4 * MEGABYTE
    before = memory_of(server.process.pid)
    with Connection(server.port) as connection:
        head = request("GET", "/invocations", **{"Content-Type": "text/csv"}).replace(b"GET", b"POST")
        unfinished = chunked(b"1" * size, 2)[:-5]
        connection.send(head[:-2] + b"Transfer-Encoding: chunked\r\n\r\n" + unfinished)
        # Sent means that it lies in buffers, of which some are the kernel's.
        until(lambda: memory_of(server.process.pid) - before > 3, "it has come")
        time.sleep(2)
        assert memory_of(server.process.pid) - before < 3 * size / MEGABYTE


@pytest.mark.parametrize("target", ["/metrics", "/ping"])
def test_requests_sent_ahead_by_one_client_do_not_hold_up_another(server: Served, target: str) -> None:
    count = 30_000
    before, slowest = memory_of(server.process.pid), 0.0
    with Connection(server.port) as read:
        started = time.monotonic()
        reading = threading.Thread(target=lambda: [read.answer() for _ in range(count)])
        reading.start()
        read.send(request("GET", target) * count)
        reading.join()
        whole = time.monotonic() - started
    with Connection(server.port, timeout=5) as flood, Connection(server.port) as patient:

        def send() -> None:
            # It waits for the answers to be read, which nobody does.
            with suppress(OSError):
                flood.send(request("GET", target) * count)

        sending = threading.Thread(target=send)
        sending.start()
        while sending.is_alive():
            started = time.monotonic()
            assert patient.ask("GET", "/ping").status == 200
            slowest = max(slowest, time.monotonic() - started)
    sending.join()
    assert slowest < max(1, whole / 10), f"all of them take {whole:.1f} s"
    assert memory_of(server.process.pid) - before < 20


def test_upgrades_however_many_are_answered_one_after_the_other(server: Served) -> None:
    count = 2000
    with Connection(server.port) as connection:
        message = request("GET", "/ping", Connection="Upgrade", Upgrade="h2c")
        sending = threading.Thread(target=connection.send, args=(message * count,))
        sending.start()
        assert {connection.answer().status for _ in range(count)} == {200}
        sending.join()


def test_a_client_that_has_begun_no_request_does_not_hold_up_the_end(start: Start, lookup: Lookup) -> None:
    server = start().ready()
    with Connection(server.port) as headers, Connection(server.port) as asked:
        headers.send(b"POST /invocations HTTP/1.1\r\nHost: x\r\nX: ")
        asked.send(invocation(lookup.body([1])) + b"\r\n")
        assert asked.answer().predictions == lookup.values([1])
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.wait() == 0
        # What is accepted has 25 s, and headers have 20.
        assert time.monotonic() - started < 15


@pytest.mark.all
def test_small_bodies_that_unpack_to_many_commas_hold_up_nobody(start: Start, lookup: Lookup) -> None:
    server = start(SERVER_WORKERS=1).ready()
    packed = gzip.compress(b"," * (25 * MEGABYTE))
    assert len(packed) < 51_000
    before, statuses = server.memory, list[int]()

    def flood() -> None:
        answer = server.invoke(packed, **{"Content-Type": "text/csv", "Content-Encoding": "gzip"})
        statuses.append(answer.status)

    started = time.monotonic()
    flood()
    alone = time.monotonic() - started
    answered = threading.Event()

    def keep_flooding() -> None:
        while not answered.is_set():
            flood()

    count = 5
    flooding = [threading.Thread(target=keep_flooding) for _ in range(count)]
    for one in flooding:
        one.start()
    started = time.monotonic()
    for _ in range(3):
        assert server.invoke(lookup.body([1])).predictions == lookup.values([1])
    waited = time.monotonic() - started
    answered.set()
    for one in flooding:
        one.join()
    started = time.monotonic()
    flood()
    alone = max(alone, time.monotonic() - started)
    print(
        f"three requests waited {waited:.1f} s among {len(statuses)} of {alone:.2f} s, {len(packed)} bytes, {server.memory - before:.0f} MB more"
    )
    assert set(statuses) == {400}
    # Each is read alone, and the others in the order in which they came: each of the three waits once for all of them.
    assert waited < 2 * 3 * count * alone
    assert server.memory - before < 500
