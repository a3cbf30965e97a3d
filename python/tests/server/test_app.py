"""app.py is what its name says: a web app with all that such an app has."""

import http.client
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.projects import edited
from tests.server.conftest import BOTH, Start
from tests.server.models import Lookup
from tests.serving import Served, alive, until
from tests.talking import Connection, request

APPS = Path(__file__).parent / "apps"
CHUNK_BYTES = 65536


@pytest.fixture(scope="session")
def code_of_app(code: Path, web: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's code/ with the app.py in apps/."""
    copy = edited(code, tmp_path_factory.mktemp("app"))
    shutil.copy(APPS / f"{web}.py", copy / "app.py")
    return copy


@pytest.fixture(scope="session")
def app(code_of_app: Path, lookup: Lookup) -> Iterator[Served]:
    """A server that tests share which leave it as it was."""
    env = {"SM_MODEL_DIR": str(lookup.folder), "SERVER_WORKERS": "1"}
    served = Served(code_of_app, env).ready()
    yield served
    served.discard()


def ask(server: Served, target: str, method: str = "GET") -> http.client.HTTPResponse:
    """The answer, of which only the head has been read."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request(method, target)
    return connection.getresponse()


def produced(server: Served) -> int:
    """How many chunks /large has made, for all clients."""
    return json.loads(server.ask("GET", "/produced").body)


def produced_later(server: Served) -> int:
    time.sleep(0.2)
    return produced(server)


def errors(server: Served) -> list[str]:
    return [line["event"] for line in server.log() if line["level"] in ("ERROR", "CRITICAL") and "status" not in line]


@BOTH
def test_the_first_byte_of_a_streamed_answer_arrives_before_the_last_is_made(
    app: Served,
) -> None:
    before = errors(app)
    answer = ask(app, "/stream?until=early")
    assert answer.getheader("Transfer-Encoding") == "chunked"
    assert answer.read1() == b"first"
    # Only now is the last part made.
    assert app.ask("GET", "/release?event=early").status == 200
    assert answer.read() == b"last"
    assert errors(app) == before


@BOTH
def test_a_client_of_http_1_0_gets_a_stream_until_the_end(app: Served) -> None:
    with Connection(app.port) as connection:
        connection.send(b"GET /stream?until=old HTTP/1.0\r\n\r\n")
        received = b""
        while not received.endswith(b"first"):
            received += connection.socket.recv(1000)
        assert b"chunked" not in received
        assert b"Connection: close" in received
        app.ask("GET", "/release?event=old")
        while piece := connection.socket.recv(1000):
            received += piece
        assert received.endswith(b"\r\n\r\nfirstlast")


@BOTH
def test_a_stream_is_made_no_faster_than_it_is_read(app: Served) -> None:
    before = app.memory
    chunks = 200 * 2**20 // CHUNK_BYTES
    answer = ask(app, f"/large?chunks={chunks}")
    read = 0
    for step in range(1, 11):
        while read < step * chunks * CHUNK_BYTES // 10:
            read += len(answer.read(CHUNK_BYTES))
        # What lies between is in the buffers of server, kernel and client, which are some megabytes.
        ahead = produced(app) * CHUNK_BYTES - read
        assert ahead < 40 * 2**20
        assert app.memory < before + 30
    assert answer.read() == b""
    assert read == 200 * 2**20


@BOTH
def test_a_generator_ends_when_its_client_is_gone(app: Served) -> None:
    before = errors(app)
    answer = ask(app, "/endless")
    assert answer.read(4) == b"more"
    answer.close()
    until(lambda: app.log(event="generator ends"), "the generator ends")
    assert app.ping() == 200
    assert errors(app) == before


def test_an_app_that_never_asks_whether_its_client_is_there_ends_when_it_is_gone(app: Served) -> None:
    before = errors(app)
    answer = ask(app, "/deaf/stream")
    assert answer.read(4) == b"more"
    answer.close()
    until(lambda: app.log(event="deaf stream ends: ClientGone"), "it ends")
    assert app.ping() == 200
    assert errors(app) == before


def test_a_background_task_is_done_although_the_client_is_gone(app: Served) -> None:
    with Connection(app.port) as connection:
        connection.send(request("GET", "/asked?until=deserted"))
        until(lambda: app.log(event="a task is asked for"), "it is asked for")
    # Such a request came and went: the server has seen that it is gone.
    until(lambda: app.log(event="its client is gone"), "it is gone")
    assert app.ask("GET", "/release?event=deserted").status == 200
    until(lambda: app.log(event="a deserted task is done"), "the task is done")


@BOTH
def test_a_generator_that_has_nothing_to_send_ends_when_its_client_is_gone(app: Served) -> None:
    before = errors(app)
    answer = ask(app, "/idle")
    assert answer.read(5) == b"first"
    assert not app.log(event="idle generator ends")
    answer.close()
    until(lambda: app.log(event="idle generator ends"), "the generator ends")
    assert app.ping() == 200
    assert errors(app) == before


@BOTH
def test_a_stream_behind_an_answer_that_failed_goes_on_when_its_client_takes_more(app: Served) -> None:
    chunks = 200 * 2**20 // CHUNK_BYTES
    with Connection(app.port) as connection:
        made = produced(app)
        connection.send(request("GET", "/exits") + request("GET", f"/large?chunks={chunks}"))
        until(lambda: made < produced(app) == produced_later(app), "the client is behind")
        assert produced(app) < made + chunks
        assert connection.answer().json == FAILED
        end = b""
        while not end.endswith(b"\r\n0\r\n\r\n"):
            piece = connection.socket.recv(2**20)
            assert piece
            end = (end + piece)[-10:]
        assert produced(app) == made + chunks


def test_a_stream_behind_an_answer_that_failed_ends_when_its_client_is_gone(app: Served) -> None:
    before = len(app.log(event="idle generator ends"))
    with Connection(app.port) as connection:
        connection.send(request("GET", "/exits") + request("GET", "/idle"))
        received = b""
        while b"first" not in received:
            received += connection.socket.recv(1000)
        assert len(app.log(event="idle generator ends")) == before
    until(lambda: len(app.log(event="idle generator ends")) > before, "the generator ends")
    assert app.ping() == 200


@BOTH
def test_a_client_that_has_said_that_it_sends_no_more_gets_its_answer(app: Served, web: str) -> None:
    with Connection(app.port) as connection:
        connection.send(request("GET", "/whole?until=half"))
        until(lambda: app.log(event="whole is asked for"), "it is asked for")
        connection.finish()
        assert app.ask("GET", "/release?event=half").status == 200
        assert connection.answer().body == b"whole"
    with Connection(app.port) as connection:
        connection.send(request("GET", "/release?event=nothing"))
        connection.finish()
        assert connection.answer().body == (b"null" if web == "fastapi" else b"")


@BOTH
def test_a_client_of_http_1_0_sees_that_a_stream_broke(app: Served) -> None:
    with Connection(app.port) as connection:
        connection.send(b"GET /breaks HTTP/1.0\r\n\r\n")
        received = b""
        with pytest.raises(ConnectionResetError):
            while piece := connection.socket.recv(1000):
                received += piece
        assert received.endswith(b"\r\n\r\nfirst")


@BOTH
def test_a_body_of_a_length_that_was_announced_is_not_chunked(app: Served) -> None:
    with Connection(app.port) as connection:
        answer = connection.ask("GET", "/announced?length=4")
        assert (answer.body, answer.headers["content-length"]) == (b"four", "4")
        assert "transfer-encoding" not in answer.headers
        # The connection goes on, which it does not where that was wrong.
        assert connection.ask("GET", "/announced?length=4").body == b"four"
    for length in (3, 5):
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            ask(app, f"/announced?length={length}").read()


@BOTH
def test_what_fails_before_its_answer_is_a_500_and_after_its_start_is_cut(
    app: Served,
) -> None:
    with Connection(app.port) as connection:
        assert connection.ask("GET", "/fails").status == 500
        with pytest.raises(http.client.IncompleteRead) as cut:
            ask(app, "/breaks").read()
        assert cut.value.partial == b"first"
    assert "broken on purpose" in app.output


FAILED = {"error": "app.py failed; the container's log says why"}


def said(server: Served, error: str) -> int:
    """How often app.py failed with that."""
    return sum(error in line["exception"] for line in server.log(event="app.py failed"))


@BOTH
@pytest.mark.parametrize(("target", "error"), [("exits", "SystemExit: "), ("interrupts", "KeyboardInterrupt: ")])
def test_a_route_that_would_end_the_process_is_a_500(app: Served, target: str, error: str) -> None:
    before = said(app, error)
    assert app.ask("GET", f"/{target}").json == FAILED
    assert said(app, error) == before + 1
    assert app.ping() == 200


@pytest.mark.parametrize(("target", "error"), [("exits", "SystemExit: "), ("interrupts", "KeyboardInterrupt: ")])
def test_so_is_one_behind_a_middleware(app: Served, target: str, error: str) -> None:
    before = said(app, error)
    assert app.ask("GET", f"/behind/{target}").json == FAILED
    assert said(app, error) == before + 1
    assert app.ping() == 200


def test_a_stream_that_would_end_the_process_is_cut(app: Served) -> None:
    with pytest.raises(http.client.IncompleteRead) as cut:
        ask(app, "/exits-in-stream").read()
    assert cut.value.partial == b"first"
    assert app.ping() == 200


def test_a_task_that_would_end_the_process_ends_alone(app: Served) -> None:
    line = "app.py would end the process: only its task ends"
    before = len(app.log(event=line))
    assert app.ask("GET", "/exits-later").json == "answered"
    until(lambda: len(app.log(event=line)) > before, "it is said")
    assert app.ping() == 200


@BOTH
def test_two_cookies_arrive_as_two(app: Served) -> None:
    cookies = ask(app, "/cookies").headers.get_all("Set-Cookie")
    assert cookies == ["a=1; Path=/", "b=2; Path=/"] or cookies == [
        "a=1; Path=/; SameSite=lax",
        "b=2; Path=/; SameSite=lax",
    ]


@BOTH
@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_ends_with_its_head(app: Served, status: int) -> None:
    with Connection(app.port) as connection:
        connection.send(request("GET", f"/empty/{status}") + request("GET", "/ping"))
        received = b""
        while received.count(b"\r\n\r\n") < 2:
            received += connection.socket.recv(10_000)
        first, second, _ = received.split(b"\r\n\r\n")
        assert first.startswith(b"HTTP/1.1 %d " % status)
        assert b"transfer-encoding" not in first.lower()
        assert status != 204 or b"content-length" not in first.lower()
        assert second.startswith(b"HTTP/1.1 200 ")


PLANTED = "a\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nplanted"


@pytest.mark.parametrize(
    "headers",
    [
        [["X-Echo", PLANTED]],
        [["X-Echo", "a\nSet-Cookie: b"]],
        [["X-Echo", "a\rb"]],
        [["X-Echo", "a\0b"]],
        [["X-Echo: a\r\nSet-Cookie", "b"]],
        [["X Echo", "a"]],
        [["", "a"]],
        [["Content-Length", "4"], ["Content-Length", "5"]],
        [["Content-Length", "+4"]],
        [["Content-Length", "4, 4"]],
    ],
)
def test_headers_that_another_answer_could_hide_in_are_a_500(app: Served, headers: list[list[str]]) -> None:
    with Connection(app.port) as connection:
        target = f"/careless/?{quote(json.dumps([200, headers, 'body']))}"
        assert (answer := connection.ask("GET", target)).status == 500
        assert answer.json == FAILED
        # Of this one, and not what was planted.
        assert connection.ask("GET", "/greeting").json == "hello"


@pytest.mark.parametrize("headers", [[], [["Content-Length", "4"]], [["Transfer-Encoding", "chunked"]]])
@pytest.mark.parametrize("status", [200, 204, 304])
def test_an_answer_ends_where_its_client_thinks_that_it_does(
    app: Served, status: int, headers: list[list[str]]
) -> None:
    own = [*headers, ["Connection", "keep-alive"], ["Date", "never"]]
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=60)
    connection.request("GET", f"/careless/?{quote(json.dumps([status, own, 'body']))}")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (status, b"body" if status == 200 else b"")
    lengths, codings = (answer.headers.get_all(name, []) for name in ("Content-Length", "Transfer-Encoding"))
    assert len(lengths) + len(codings) == (status == 200) or (status, codings) == (304, [])
    assert len(dates := answer.headers.get_all("Date", [])) == 1
    assert dates != ["never"]
    # The same connection, with nothing left on it.
    connection.request("GET", "/greeting")
    assert json.loads(connection.getresponse().read()) == "hello"


@BOTH
def test_the_app_sees_the_request_as_it_came(app: Served, web: str) -> None:
    with Connection(app.port) as connection:
        connection.send(
            b"GET /request/a%2Fb%20%C3%A9?q=%31 HTTP/1.1\r\nHost: one\r\nX-A: 1\r\nX-B: 2\r\nX-A: 3\r\nX-C: 4\r\n"
            b"Cookie: a=1\r\nX-A: 5\r\n\r\n"
        )
        seen = connection.answer().json
        host, port = connection.socket.getsockname()
        assert (seen["client"][0], int(seen["client"][1])) == (host, port)
    assert seen["path"] == "/request/a/b é"
    assert seen["query"] == "q=%31"
    assert seen["port"] == app.port
    assert (seen["http_version"], seen["method"]) == ("1.1", "GET")
    assert seen["scheme"] == "http"
    lines = [["host", "one"], ["x-a", "1"], ["x-b", "2"], ["x-a", "3"], ["x-c", "4"]]
    if web == "fastapi":
        assert seen["headers"] == [*lines, ["cookie", "a=1"], ["x-a", "5"]]
        assert seen["raw_path"] == "/request/a%2Fb%20%C3%A9"
        assert seen["root_path"] == ""
    else:
        assert dict(map(tuple, seen["headers"])) == {
            "host": "one",
            "x-a": "1,3,5",
            "x-b": "2",
            "x-c": "4",
            "cookie": "a=1",
        }


@BOTH
def test_head_answers_with_the_head_alone(app: Served) -> None:
    with Connection(app.port) as connection:
        answer = connection.ask("HEAD", "/request/x")
        assert (answer.status, answer.body) == (200, b"")
        assert int(answer.headers["content-length"]) > 0
        assert connection.ask("GET", "/request/x").json["method"] == "GET"


@BOTH
def test_a_client_that_asks_first_is_told_to_send_its_body(app: Served) -> None:
    message = request("POST", "/echo", b"body", Expect="100-continue")
    head, _, body = message.partition(b"\r\n\r\n")
    with Connection(app.port) as connection:
        for _ in range(2):
            connection.send(head + b"\r\n\r\n")
            assert connection.answer().status == 100
            connection.send(body)
            assert connection.answer().body == b"body"


@BOTH
def test_a_websocket_is_refused(app: Served) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    answer = app.ask("GET", "/cookies", **upgrade)
    assert answer.status == 501
    assert answer.json == {"error": "this server does not speak WebSocket"}


def test_the_app_starts_before_the_first_request_and_ends_after_the_last(code_of_app: Path, start: Start) -> None:
    app = start(code_of_app, SERVER_WORKERS=1).ready()
    assert app.ask("GET", "/greeting").json == "hello"
    stream = ask(app, "/stream?until=end")
    assert stream.read1() == b"first"
    with Connection(app.port) as connection:
        begun = request("GET", "/release?event=end")
        connection.send(begun[:-1])
        app.process.terminate()
        until(lambda: app.log(event="stopping"), "it stops")
        assert not app.log(event="app ends")
        # It takes no new connections any more, but these two are owed their answers.
        connection.send(begun[-1:])
        assert connection.answer().status == 200
    assert stream.read() == b"last"
    assert app.wait() == 0
    events = [line["event"] for line in app.log() if line["level"] == "INFO"]
    assert events.index("app starts") < events.index("serving")
    assert events[-1] == "app ends"


def test_a_background_task_delays_neither_its_answer_nor_the_next(app: Served) -> None:
    with Connection(app.port) as connection:
        assert connection.ask("GET", "/background?until=late").json == "answered"
        assert connection.ask("GET", "/greeting").json == "hello"
        assert not app.log(event="background task is done")
        connection.ask("GET", "/release?event=late")
    until(lambda: app.log(event="background task is done"), "the task is done")


def test_a_background_task_is_finished_before_the_app_ends(code_of_app: Path, start: Start) -> None:
    app = start(code_of_app, SERVER_WORKERS=1).ready()
    assert app.ask("GET", "/lasting").json == "answered"
    until(lambda: app.log(event="background task begins"), "it begins")
    assert app.stop() == 0
    events = [line["event"] for line in app.log()]
    assert events[-2:] == ["background task is done", "app ends"]


def test_an_app_that_waits_for_it_sees_that_its_client_is_gone(app: Served) -> None:
    before = errors(app)
    connection = Connection(app.port)
    connection.send(request("GET", "/watches"))
    until(lambda: app.log(event="waiting"), "it waits")
    assert not app.log(event="seen: http.disconnect")
    connection.socket.close()
    until(lambda: app.log(event="seen: http.disconnect"), "it is seen")
    assert app.ping() == 200
    assert errors(app) == before


def test_a_header_that_would_be_two_is_a_500(app: Served) -> None:
    answer = app.ask("GET", "/injects")
    assert answer.status == 500
    assert "set-cookie" not in answer.headers


STARTS: dict[str, tuple[str, str]] = {
    "raises": ("raise RuntimeError('no database')", "RuntimeError: no database"),
    "exits": ("raise SystemExit('no licence')", "SystemExit: no licence"),
}


@pytest.mark.parametrize("failure", STARTS)
def test_an_app_that_does_not_start_stops_the_container_with_one_line(
    code: Path, tmp_path: Path, start: Start, failure: str
) -> None:
    line, reason = STARTS[failure]
    server = start(edited(code, tmp_path, ends={"app.py": with_lifespan(line)}))
    assert server.wait() == 1
    last = server.log()[-1]
    assert last["level"] == "CRITICAL"
    assert last["event"] == f"app.py does not start: {reason}"


def test_ping_says_503_until_the_app_has_started(code: Path, tmp_path: Path, start: Start) -> None:
    go = tmp_path / "go"
    line = f"import asyncio, pathlib\n    while not pathlib.Path({str(go)!r}).exists(): await asyncio.sleep(0.02)"
    server = start(edited(code, tmp_path, ends={"app.py": with_lifespan(line)}))
    until(lambda: server.log(event="model loaded"), "the model is loaded")
    until(lambda: server.generation(3), "there is a worker")
    assert server.ping() == 503
    assert server.ask("GET", "/else").status == 503
    assert not server.log(event="serving")
    go.touch()
    server.ready()


def test_an_app_without_a_lifespan_is_served(code: Path, tmp_path: Path, start: Start) -> None:
    bare = (
        "async def app(scope, receive, send):\n"
        "    assert scope['type'] == 'http'\n"
        "    await send({'type': 'http.response.start', 'status': 299})\n"
        "    await send({'type': 'http.response.body', 'body': b'bare'})"
    )
    server = start(edited(code, tmp_path, ends={"app.py": bare})).ready()
    answer = ask(server, "/")
    assert (answer.status, answer.read()) == (299, b"bare")
    assert server.stop() == 0
    assert errors(server) == []


# As they are pasted below what is in app.py.
PASTED = {
    "FastAPI": "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/mine')\ndef mine(): return 'mine'",
    "Flask": "from flask import Flask\napp = Flask(__name__)\n@app.get('/mine')\ndef mine(): return '\"mine\"'",
    "a name of before": "from fastapi import FastAPI\napp = asgi_app = FastAPI()\n@app.get('/mine')\ndef mine(): return 'mine'",
    "WSGI": (
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Length', '6')])\n"
        "    return [b'\"mine\"']"
    ),
    "WSGI in layers": (
        "from flask import Flask\nfrom werkzeug.middleware.proxy_fix import ProxyFix\napp = Flask(__name__)\n"
        "@app.get('/mine')\ndef mine(): return '\"mine\"'\napp = ProxyFix(app)"
    ),
    "ASGI in layers": (
        "from fastapi import FastAPI\nfrom starlette.middleware.gzip import GZipMiddleware\napp = FastAPI()\n"
        "@app.get('/mine')\ndef mine(): return 'mine'\napp = GZipMiddleware(app)"
    ),
    "ASGI that is not async": (
        "async def answer(send):\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'content-length', b'6')]})\n"
        "    await send({'type': 'http.response.body', 'body': b'\"mine\"'})\n"
        "def app(scope, receive, send):\n    return answer(send)"
    ),
}


@pytest.mark.parametrize("kind", PASTED)
def test_what_is_called_app_is_served_whatever_it_is(code: Path, tmp_path: Path, start: Start, kind: str) -> None:
    server = start(edited(code, tmp_path, ends={"app.py": PASTED[kind]}), SERVER_WORKERS=1).ready()
    assert server.ask("GET", "/mine").json == "mine"


# What takes half a minute at most, in seconds.
HASTY = "ANSWERS_SECONDS, APP_SECONDS, EXIT_SECONDS = 1, 2, 4"


@BOTH
def test_an_app_that_does_not_end_is_left_behind_in_time(
    code_of_app: Path, web: str, tmp_path: Path, start: Start
) -> None:
    hasty = edited(code_of_app, tmp_path, ends={"ml_serving/server/main.py": HASTY})
    server = start(hasty, SERVER_WORKERS=1).ready()
    family = server.family
    with Connection(server.port) as connection:
        connection.send(request("GET", "/hangs"))
        until(lambda: server.log(event="hanging") or web == "fastapi", "it hangs")
        if web == "fastapi":
            assert connection.answer().json == "answered"
        # 90 s without the limits.
        assert server.stop() == 0
    until(lambda: not alive(family), "no process is left")


@pytest.mark.parametrize("web", ["flask"], indirect=True, scope="session")
def test_requests_to_flask_beyond_its_threads_wait_and_are_answered(app: Served, tmp_path: Path) -> None:
    go = tmp_path / "go"
    connections = [Connection(app.port) for _ in range(33)]
    for connection in connections:
        connection.send(request("GET", f"/waits?until={go}"))
    until(lambda: len(app.log(event="waiting")) == 32, "all threads are at work")
    # SageMaker's own paths need none.
    assert app.ping() == 200
    assert len(app.log(event="waiting")) == 32
    go.touch()
    for connection in connections:
        assert connection.answer().status == 200
        connection.socket.close()


@pytest.mark.parametrize("web", ["flask"], indirect=True, scope="session")
@pytest.mark.parametrize(
    ("limits", "reason"), [("1, 60", "1 requests wait already"), ("10, 1", "none became free within 1 s")]
)
def test_requests_to_flask_that_find_no_thread_are_refused_with_one_warning(
    code_of_app: Path, tmp_path: Path, start: Start, limits: str, reason: str
) -> None:
    go = tmp_path / "go"
    few = f"THREADS = 2\nMAX_WAITING, WAIT_SECONDS = {limits}"
    server = start(edited(code_of_app, tmp_path, ends={"ml_serving/server/wsgi.py": few}), SERVER_WORKERS=1).ready()
    connections = [Connection(server.port) for _ in range(3)]
    for connection in connections[:2]:
        connection.send(request("GET", f"/waits?until={go}"))
    until(lambda: len(server.log(event="waiting")) == 2, "all threads are at work")
    connections[2].send(request("GET", "/cookies"))
    time.sleep(0.5)
    for _ in range(2):
        answer = server.ask("GET", "/cookies")
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert answer.json == {"error": f"all 2 threads of app.py are at work: {reason}"}
    assert len([line for line in server.log(level="WARNING") if "are refused" in line["event"]]) == 1
    go.touch()
    for connection in connections[:2]:
        assert connection.answer().status == 200
    assert server.ask("GET", "/cookies").status == 200
    for connection in connections:
        connection.socket.close()


def test_what_fails_while_an_app_handles_that_its_client_is_gone_is_in_the_log(
    code: Path, tmp_path: Path, start: Start
) -> None:
    faulty = (
        "import asyncio\n"
        "async def app(scope, receive, send):\n"
        "    await send({'type': 'http.response.start', 'status': 200})\n"
        "    try:\n"
        "        while True:\n"
        "            await send({'type': 'http.response.body', 'body': b'more', 'more_body': True})\n"
        "            await asyncio.sleep(0.01)\n"
        "    except OSError:\n"
        "        {}['a bug']"
    )
    server = start(edited(code, tmp_path, ends={"app.py": faulty}), SERVER_WORKERS=1).ready()
    answer = ask(server, "/")
    assert answer.read(4) == b"more"
    answer.close()
    until(lambda: said(server, "KeyError: 'a bug'"), "it is said")


def with_lifespan(line: str) -> str:
    return (
        "from contextlib import asynccontextmanager\n"
        "@asynccontextmanager\n"
        f"async def lifespan(_):\n    {line}\n    yield\n"
        "app = FastAPI(lifespan=lifespan)"
    )
