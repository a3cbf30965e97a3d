"""/ping says whether a model is ready to predict, whatever else goes on: SageMaker waits two seconds for it."""

import time
from pathlib import Path

from tests.projects import edited
from tests.server.conftest import Start
from tests.server.models import Lookup
from tests.talking import Connection, invocation


def test_ping_is_503_while_the_model_is_loaded_once_for_all_workers_and_200_then(
    code: Path, tmp_path: Path, start: Start
) -> None:
    server = start(edited(code, tmp_path, load="time.sleep(2)"), SERVER_WORKERS=2)
    seen = [0]
    while seen[-1] != 200:
        if (status := server.ping()) != seen[-1]:
            seen.append(status)
        assert not server.ended, server.output
        time.sleep(0.02)
    # 0: the port was not open yet.
    assert seen == [0, 503, 200]
    assert server.ask("GET", "/ping").body == b""
    assert server.stop() == 0
    assert len(server.log(event="model loaded")) == 1


def test_ping_is_200_while_the_only_worker_predicts_and_more_requests_wait(
    code: Path, tmp_path: Path, start: Start, lookup: Lookup
) -> None:
    server = start(edited(code, tmp_path, predict="time.sleep(0.5)"), SERVER_WORKERS=1).ready()
    waiting = [Connection(server.port) for _ in range(8)]
    for connection in waiting:
        connection.send(invocation(lookup.body([1])))
    time.sleep(0.3)
    with Connection(server.port, timeout=2) as connection:
        assert connection.ask("GET", "/ping").status == 200
    for connection in waiting:
        assert connection.answer().predictions == lookup.values([1])
        connection.socket.close()
