"""SIGTERM under load: whatever was asked for in time is answered, and nothing is left."""

import asyncio
import signal
import time
from pathlib import Path

from tests.projects import edited
from tests.server.conftest import BOTH, Start
from tests.server.load import Load
from tests.server.models import Lookup
from tests.server.test_load import questions
from tests.serving import alive, until
from tests.talking import Connection, invocation

pytestmark = BOTH


def test_sigterm_under_load_loses_no_request(start: Start, lookup: Lookup) -> None:
    server = start(SERVER_ACCESS_LOG=0).ready()
    family = server.family
    idle = Connection(server.port)
    assert idle.ask("GET", "/ping").status == 200

    async def run() -> Load:
        load = Load(questions(lookup))
        await load.start(server.port, 16)
        await asyncio.sleep(1)
        server.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(load.over.wait(), 60)
        return load

    started = time.monotonic()
    load = asyncio.run(run())
    assert idle.closed
    assert server.wait() == 0
    assert time.monotonic() - started < 30
    assert load.wrong == []
    assert load.announced == 16
    until(lambda: not alive(family), "no process is left")
    assert not [line for line in server.log() if line["level"] in ("ERROR", "CRITICAL")]


def test_requests_sent_ahead_before_sigterm_are_all_answered(
    code: Path, tmp_path: Path, start: Start, lookup: Lookup
) -> None:
    server = start(edited(code, tmp_path, predict="time.sleep(0.1)"), SERVER_WORKERS=1).ready()
    with Connection(server.port) as connection:
        connection.send(b"".join(invocation(lookup.body([key])) for key in range(10)))
        until(lambda: server.metric("server_batch_requests_count") >= 1, "they are being answered")
        server.process.send_signal(signal.SIGTERM)
        assert [answer.predictions for answer in connection.answers()] == [lookup.values([key]) for key in range(10)]
    assert server.wait() == 0


def test_an_answer_arrives_though_its_client_sends_more_after_sigterm(
    code: Path, tmp_path: Path, start: Start, lookup: Lookup
) -> None:
    server = start(edited(code, tmp_path, predict="time.sleep(1)"), SERVER_WORKERS=1).ready()
    with Connection(server.port) as connection:
        connection.send(invocation(lookup.body([1])))
        until(lambda: server.metric("server_batch_requests_count") == 1, "it is being answered")
        server.process.send_signal(signal.SIGTERM)
        # What is unfinished when the answer comes will not be answered, but must not spoil it.
        connection.send(invocation(lookup.body([2]))[:-1])
        until(lambda: server.log(event="request"), "it is answered")
        for _ in range(20):
            try:
                connection.send(b" " * 1000)
            except OSError:
                break
        answer = connection.answer()
        assert (answer.predictions, answer.headers["connection"]) == (lookup.values([1]), "close")
    assert server.wait() == 0
