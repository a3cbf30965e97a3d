"""A server of this project, started as SageMaker starts it."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

PROJECT = Path(__file__).resolve().parent.parent
# Seconds until a server is ready. Large models take minutes to load.
PATIENCE = 600
MODEL_DIR = Path(os.environ.get("SM_MODEL_DIR") or PROJECT / "model")


class Answer(NamedTuple):
    status: int
    headers: Any
    body: bytes


class Server(NamedTuple):
    url: str
    process: subprocess.Popen
    log: Path

    def get(self, path: str) -> Answer:
        return self._send(urllib.request.Request(self.url + path))

    def invoke(self, body: bytes, **headers: str) -> Answer:
        """POST /invocations; headers are named as in Content_Type."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = self.url + "/invocations"
        return self._send(urllib.request.Request(url, body, named))

    def _send(self, request: urllib.request.Request) -> Answer:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())


@pytest.fixture(scope="session")
def model_dir() -> Path:
    return MODEL_DIR


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Server]]:
    """Starts a server as SageMaker does, on a free port, with one worker."""
    started: list[Server] = []

    def start() -> Server:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {
            **os.environ,
            "SAGEMAKER_BIND_TO_PORT": str(port),
            "SM_MODEL_DIR": str(MODEL_DIR),
            "SERVER_WORKERS": "1",
        }
        log = tmp_path_factory.mktemp("server") / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, PROJECT / "code" / "serve", "serve"],
                env=environment,
                stdout=output,
                stderr=output,
            )
        server = Server(f"http://127.0.0.1:{port}", process, log)
        started.append(server)
        wait_until_ready(server)
        return server

    yield start
    for server in started:
        server.process.terminate()
        server.process.wait(timeout=30)


@pytest.fixture(scope="session")
def server(start: Callable[[], Server]) -> Server:
    """One that all tests ask."""
    return start()


def wait_until_ready(server: Server) -> None:
    end = time.monotonic() + PATIENCE
    while server.process.poll() is None and time.monotonic() < end:
        try:
            if server.get("/ping").status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    pytest.fail(f"the server did not become ready:\n{server.log.read_text()}")
