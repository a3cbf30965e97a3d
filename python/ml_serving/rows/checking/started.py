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

import ml_serving
from ml_serving.errors import StartError, first_line

# Seconds until it is ready, until it answers, and until it has ended: it takes 29 itself.
START_SECONDS, ANSWER_SECONDS, END_SECONDS = 600, 60, 40
# So many lines of its log are shown.
LINES = 40


class Reply(NamedTuple):
    status: int
    body: bytes


class Started:
    """As SageMaker starts it, with as many workers as it has by default; but on a free port, which only this machine
    reaches."""

    def __init__(self, model_dir: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        ours = {
            "SERVER_HOST": "127.0.0.1",
            "SAGEMAKER_BIND_TO_PORT": str(self._port),
            "SM_MODEL_DIR": str(model_dir.resolve()),
        }
        # Until it has ended.
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        serve = Path(ml_serving.__file__).resolve().parents[1] / "serve"
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
        """Raises StartError where no answer comes."""
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        try:
            return self._send("POST", "/invocations", body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise StartError(
                f"the server gives no answer to {content_type} ({first_line(error)}); what it said last:\n{self._said()}"
            ) from error

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
        raise StartError(f"the server does not start:\n{self._said()}")

    def _said(self) -> str:
        # By its place: the server writes on where this file is read.
        file = self._log.fileno()
        log = os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace")
        return "\n".join(log.strip().splitlines()[-LINES:])

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
