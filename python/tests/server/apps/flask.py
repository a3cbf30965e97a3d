"""app.py of a user who asks for what Flask has. An event happens when `GET /release` says so."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

log = logging.getLogger(__name__)
CHUNK = b"x" * 65536

app = Flask(__name__)
events: defaultdict[str, threading.Event] = defaultdict(threading.Event)
produced = 0


@app.get("/release")
def release() -> str:
    events[request.args["event"]].set()
    return ""


@app.get("/stream")
def stream() -> Response:
    event = events[request.args["until"]]

    def parts() -> Iterator[str]:
        yield "first"
        event.wait()
        yield "last"

    return Response(parts())


@app.get("/endless")
def endless() -> Response:
    def parts() -> Iterator[str]:
        try:
            while True:
                yield "more"
                time.sleep(0.01)
        finally:
            log.info("generator ends")

    return Response(parts())


@app.get("/idle")
def idle() -> Response:
    def parts() -> Iterator[str]:
        try:
            yield "first"
            while True:
                yield ""
                time.sleep(0.01)
        finally:
            log.info("idle generator ends")

    return Response(parts())


@app.get("/whole")
def whole() -> str:
    log.info("whole is asked for")
    events[request.args["until"]].wait()
    return "whole"


@app.get("/large")
def large() -> Response:
    chunks = int(request.args["chunks"])

    def parts() -> Iterator[bytes]:
        global produced
        for _ in range(chunks):
            produced += 1
            yield CHUNK

    return Response(parts())


@app.get("/produced")
def get_produced() -> str:
    return str(produced)


@app.get("/announced")
def announced() -> Response:
    def parts() -> Iterator[str]:
        yield "four"

    return Response(parts(), headers={"Content-Length": request.args["length"]})


@app.get("/breaks")
def breaks() -> Response:
    def parts() -> Iterator[str]:
        yield "first"
        raise RuntimeError("broken on purpose")

    return Response(parts())


@app.get("/fails")
def fails() -> str:
    raise RuntimeError("broken on purpose")


@app.get("/exits")
def exits() -> str:
    raise SystemExit("broken on purpose")


@app.get("/interrupts")
def interrupts() -> str:
    raise KeyboardInterrupt("broken on purpose")


@app.get("/cookies")
def cookies() -> Response:
    response = Response("null")
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


@app.get("/empty/<int:status>")
def empty(status: int) -> tuple[str, int]:
    return "", status


@app.post("/echo")
def echo() -> bytes:
    return request.get_data()


@app.get("/request/<path:rest>")
def request_as_seen(rest: str) -> dict[str, Any]:
    return {
        "http_version": request.environ["SERVER_PROTOCOL"].removeprefix("HTTP/"),
        "method": request.method,
        "scheme": request.scheme,
        "path": request.path,
        "root_path": request.root_path,
        "client": [request.remote_addr, request.environ["REMOTE_PORT"]],
        "query": request.query_string.decode(),
        "port": int(request.environ["SERVER_PORT"]),
        "headers": [[name.lower(), value] for name, value in request.headers],
    }


@app.get("/waits")
def waits() -> str:
    log.info("waiting")
    while not Path(request.args["until"]).exists():
        time.sleep(0.02)
    return ""


@app.get("/hangs")
def hangs() -> str:
    log.info("hanging")
    threading.Event().wait()
    return ""
