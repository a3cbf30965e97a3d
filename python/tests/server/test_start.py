"""A server that cannot start says why in the last line of its log, and ends with 1."""

import signal
from pathlib import Path

import pytest

from tests.projects import edited
from tests.server.conftest import Start, last_words
from tests.serving import Served, alive, until
from tests.talking import Connection, invocation

DIES = "def prepare(model):\n    {}"


@pytest.mark.parametrize(
    ("death", "reason"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "was killed by SIGKILL"),
        ("os._exit(3)", "ended with code 3"),
        ("raise RuntimeError('no licence')", "ended with code 1"),
    ],
)
def test_workers_that_die_at_every_start_stop_the_container(
    code: Path, tmp_path: Path, start: Start, death: str, reason: str
) -> None:
    server = start(edited(code, tmp_path, ends={"model_handler.py": DIES.format(death)}))
    assert last_words(server) == f"workers do not start: the last one {reason}"


def test_a_load_that_is_killed_stops_the_container(code: Path, tmp_path: Path, start: Start) -> None:
    server = start(edited(code, tmp_path, load="os.kill(os.getpid(), signal.SIGKILL)"))
    assert last_words(server) == "the process that loads the model was killed by SIGKILL: out of memory?"


def test_imports_that_are_killed_stop_the_container(code: Path, tmp_path: Path, start: Start) -> None:
    server = start(edited(code, tmp_path, top="os.kill(os.getpid(), signal.SIGKILL)"))
    assert last_words(server) == "the process that imports the libraries dies: out of memory?"


@pytest.mark.parametrize(
    ("file", "addition", "reason"),
    [
        ("model_handler.py", "def (", "model_handler: SyntaxError: invalid syntax (model_handler.py, line "),
        ("model_handler.py", "import nowhere", "model_handler: ModuleNotFoundError: No module named 'nowhere'"),
        ("model_handler.py", "raise SystemExit('no licence')", "model_handler: SystemExit: no licence"),
        ("app.py", "def (", "app.py: SyntaxError: invalid syntax (app.py, line "),
        ("app.py", "del app", "app.py has no app, such as app = FastAPI() or app = Flask(__name__)"),
        ("app.py", "app = 1", "app.py: app is of type int, and neither speaks ASGI, as FastAPI() does, nor WSGI"),
        ("app.py", "async def app(): ...", "app.py: app is of type function, and neither speaks ASGI"),
        (
            "app.py",
            "async def asgi_app(scope, receive, send): ...",
            "app.py: asgi_app is not read: what the server is to run must be called app, and asgi_app be gone",
        ),
        (
            "app.py",
            "from asgiref.wsgi import WsgiToAsgi",
            "app.py: ModuleNotFoundError: No module named 'asgiref'; the server runs a Flask app as it is: delete ",
        ),
        ("app.py", "raise SystemExit('no licence')", "app.py: SystemExit: no licence"),
    ],
)
def test_a_mistake_in_the_users_files_is_named_in_one_line(
    code: Path, tmp_path: Path, start: Start, file: str, addition: str, reason: str
) -> None:
    assert last_words(start(edited(code, tmp_path, ends={file: addition}))).startswith(reason)


@pytest.mark.parametrize("failure", ["raise KeyError('weights')", "raise SystemExit('no licence')"])
def test_a_load_that_fails_says_how(code: Path, tmp_path: Path, start: Start, failure: str) -> None:
    words = last_words(start(edited(code, tmp_path, load=failure)))
    assert words.startswith("model_handler: ")
    assert "weights" in words or "no licence" in words


def test_requests_that_wait_when_the_last_worker_is_gone_for_good_are_refused_at_once(
    code: Path, tmp_path: Path, start: Start
) -> None:
    # The first worker starts, and is the last that does.
    once = (
        "from pathlib import Path\ndef prepare(model):\n    Path(__file__).with_suffix('.once').touch(exist_ok=False)"
    )
    copy = edited(code, tmp_path, predict="os._exit(9)", ends={"model_handler.py": once})
    server = start(copy, SERVER_WORKERS=1).ready()
    connections = [Connection(server.port, timeout=15) for _ in range(3)]
    for connection in connections:
        connection.send(invocation(b"[[1, 1]]"))
    assert {connection.answer().status for connection in connections} <= {500, 503}
    for connection in connections:
        connection.socket.close()
    assert last_words(server).startswith("workers do not start")


def test_a_port_that_is_taken_is_said(start: Start, server: Served) -> None:
    second = start(SAGEMAKER_BIND_TO_PORT=server.port)
    assert (
        last_words(second)
        == f"cannot listen on port {server.port}: Address already in use; another one: ./run_local.sh PORT, or SAGEMAKER_BIND_TO_PORT of a container"
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_model_is_loaded_ends_the_server_and_its_children_quietly(
    code: Path, tmp_path: Path, start: Start, number: signal.Signals
) -> None:
    server = start(edited(code, tmp_path, load="time.sleep(60)"))
    until(lambda: server.generation(2), "the model is being loaded")
    family = server.family
    server.process.send_signal(number)
    assert server.wait() == 0
    until(lambda: not alive(family), "no process is left")
    events = [line["event"] for line in server.log()]
    assert events == ["stopping"]
