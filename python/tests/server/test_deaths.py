"""Workers that hang or die: who is answered what, and that others take their place."""

from pathlib import Path

import pytest

from tests.projects import edited
from tests.server.conftest import Start
from tests.server.models import Lookup
from tests.serving import until
from tests.talking import Connection, invocation

# Makes it visible that there is no worker for a moment.
SLOW_START = "usual = prepare\ndef prepare(model):\n    time.sleep(4)\n    usual(model)"


def test_a_call_that_hangs_is_ended_with_504_and_the_worker_replaced(
    code: Path, tmp_path: Path, start: Start, lookup: Lookup
) -> None:
    hangs = "time.sleep(1000 if (data[:, 0] == 999).any() else 0)"
    copy = edited(code, tmp_path, predict=hangs, ends={"model_handler.py": SLOW_START})
    server = start(copy, SERVER_WORKERS=1, SERVER_PREDICT_SECONDS=1).ready()
    hanging, waiting = Connection(server.port), Connection(server.port)
    hanging.send(invocation(lookup.body([999])))
    until(lambda: server.metric("server_batch_requests_count") == 1, "it hangs")
    waiting.send(invocation(lookup.body([5])))
    assert server.ping() == 200
    assert hanging.answer().status == 504
    # The only worker is gone, and the next takes a moment.
    until(lambda: server.ping() == 503, "nobody can predict", 4)
    until(lambda: server.ping() == 200, "another can")
    assert waiting.answer().predictions == lookup.values([5])
    assert server.metric("server_worker_deaths_total") == 1


# What has forked leaves its connection open behind it.
FORKED = "(os._exit(7) if os.fork() else (time.sleep(20), os._exit(0)))"


@pytest.mark.parametrize("death", ["os.kill(os.getpid(), signal.SIGKILL)", "os._exit(7)", "os.abort()", FORKED])
def test_a_row_that_kills_its_worker_takes_no_other_request_with_it(
    code: Path, tmp_path: Path, start: Start, lookup: Lookup, death: str
) -> None:
    # What waits behind a slow request becomes one batch.
    predict = f"(data[:, 0] == 998).any() and time.sleep(1.5); (data[:, 0] == 999).any() and {death}"
    server = start(edited(code, tmp_path, predict=predict), SERVER_WORKERS=1).ready()
    with Connection(server.port) as slow:
        slow.send(invocation(lookup.body([998])))
        until(lambda: server.metric("server_batch_requests_count") == 1, "it is predicted")
        keys = [1, 2, 999, 3, 999, 4]
        others = [Connection(server.port) for _ in keys]
        for key, other in zip(keys, others, strict=True):
            other.send(invocation(lookup.body([key])))
        assert slow.answer().predictions == lookup.values([998])
        for key, other in zip(keys, others, strict=True):
            answer = other.answer()
            if key == 999:
                assert (answer.status, answer.json) == (500, {"error": "the process that predicted it died"})
            else:
                assert answer.predictions == lookup.values([key])
            other.socket.close()
    assert server.metric("server_worker_deaths_total") == 3
    until(lambda: server.ping() == 200, "a new worker is ready")
