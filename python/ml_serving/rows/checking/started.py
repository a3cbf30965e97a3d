"""A server of the project that is started to be asked, and ended."""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from ml_serving.errors import StartError

# Seconds until it is ready, and until it answers.
START_SECONDS, ANSWER_SECONDS = 600, 60


class Reply(NamedTuple):
    status: int
    body: bytes


class Started:
    """As SageMaker starts it, on a free port, with as many workers as it has by default."""

    def __init__(self, model_dir: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        ours = {
            "SAGEMAKER_BIND_TO_PORT": str(self._port),
            "SM_MODEL_DIR": str(model_dir.resolve()),
        }
        # Until it has ended.
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        serve = Path(__file__).resolve().parents[2] / "serve"
        self._process = subprocess.Popen(
            [sys.executable, str(serve), "serve"],
            env=os.environ | ours,
            stdout=self._log,
            stderr=self._log,
        )

    def __enter__(self) -> Self:
        try:
            self._wait()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def ask(self, content_type: str, body: bytes) -> Reply:
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        return self._send("POST", "/invocations", body, headers)

    def _send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, ANSWER_SECONDS)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Reply(answer.status, answer.read())
        finally:
            connection.close()

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < end:
            try:
                if self._send("GET", "/ping").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        self._log.seek(0)
        log = self._log.read().decode(errors="replace").strip()
        raise StartError(f"the server does not start:\n{log}")

    def _end(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()
