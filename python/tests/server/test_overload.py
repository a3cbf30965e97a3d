"""More than the server can do: it says so at once."""

import json
import select
from pathlib import Path

import pytest

from tests.projects import edited
from tests.server.conftest import Start
from tests.server.models import Lookup
from tests.serving import until
from tests.talking import Connection, invocation


@pytest.mark.all
def test_requests_beyond_the_queue_are_refused_at_once_and_the_others_answered(
    code: Path, tmp_path: Path, start: Start, lookup: Lookup
) -> None:
    slow = edited(code, tmp_path, predict="time.sleep(6)")
    server = start(slow, SERVER_WORKERS=1, SERVER_QUEUE=3, SERVER_BATCH_ROWS=1000).ready()
    first = Connection(server.port)
    first.send(invocation(lookup.body([0])))
    until(lambda: server.metric("server_batch_requests_count") == 1, "the worker is busy")
    connections = [Connection(server.port) for _ in range(10)]
    for key, connection in enumerate(connections, start=1):
        connection.send(invocation(lookup.body([key])))
    # Those that came last were refused; which these are is for the kernel to say.
    until(lambda: server.metric('server_requests_total{status="503"}') >= 7, "the others are refused")
    assert not select.select([first.socket], [], [], 0)[0], "refused long before the model is done"
    assert server.ping() == 200
    assert first.answer().predictions == lookup.values([0])
    answers = [connection.answer() for connection in connections]
    for key, answer in enumerate(answers, start=1):
        if answer.status == 200:
            assert answer.json["predictions"] == lookup.values([key])
        else:
            assert (answer.status, answer.headers["retry-after"]) == (503, "1")
            assert json.loads(answer.body) == {"error": "3 requests are waiting already"}
    assert [answer.status for answer in answers].count(200) == 3
    for connection in (first, *connections):
        connection.socket.close()
