"""Starts a generated project's server as SageMaker does, and looks at it from outside."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.talking import Answer, Connection

# Generous, since other things run on the machine beside the tests.
PATIENCE = 180


class Served:
    """A running server; code: the project's code/ or a copy of it."""

    def __init__(self, code: Path, env: Mapping[str, str], before: Sequence[str] = ()) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="served-"))
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("SERVER_", "SM_", "OMP_"))}
        # As in the container: `env python3` finds the environment with the server's packages.
        ours["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{ours['PATH']}"
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [*before, str(code / "serve"), "serve"],
                env=ours | {"SAGEMAKER_BIND_TO_PORT": str(self.port)} | env,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )

    @property
    def output(self) -> str:
        return (self.folder / "log").read_text()

    def log(self, **fields: Any) -> list[dict[str, Any]]:
        """The log's lines, or those with such fields. Fails where a line is no JSON object."""
        lines = [json.loads(line) for line in self.output.split("\n") if line]
        return [line for line in lines if fields.items() <= line.items()]

    def ready(self, seconds: float = PATIENCE) -> "Served":
        """Waits until it is. Where that takes too long, it is ended: nobody else will."""
        try:
            until(lambda: self.ended or self.ping() == 200, "the server is ready", seconds)
        except AssertionError:
            self.process.kill()
            raise
        assert not self.ended, self.output
        return self

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def ping(self) -> int:
        """0 where nothing answers."""
        try:
            return self.ask("GET", "/ping").status
        except OSError:
            return 0

    def ask(self, method: str, target: str, body: bytes = b"", **headers: str) -> Answer:
        with Connection(self.port) as connection:
            return connection.ask(method, target, body, **headers)

    def invoke(self, body: bytes | str, **headers: str) -> Answer:
        content = body.encode() if isinstance(body, str) else body
        return self.ask("POST", "/invocations", content, **{"Content-Type": "application/json", **headers})

    def metric(self, name: str) -> float:
        lines = self.ask("GET", "/metrics").body.decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    def stop(self) -> int:
        """Stops it as SageMaker does; the exit code, or -SIGKILL where that was needed."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def generation(self, depth: int) -> list[int]:
        """Process ids: 0 the server, 1 what imports libraries, 2 what loads models, 3 what predicts."""
        pids = [self.process.pid]
        for _ in range(depth):
            pids = [pid for parent in pids for pid in children(parent)]
        return pids

    @property
    def workers(self) -> list[int]:
        return self.generation(3)

    @property
    def family(self) -> list[int]:
        return [pid for depth in range(4) for pid in self.generation(depth)]

    @property
    def memory(self) -> float:
        """Megabytes that all its processes hold."""
        return sum(map(memory_of, self.family))

    def discard(self) -> None:
        if not self.ended:
            self.stop()
        shutil.rmtree(self.folder)


def memory_of(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name before it may hold anything but ends at the last bracket.
            state, of = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(of) == parent and state != "Z":
            found.append(int(stat.parent.name))
    return found


def alive(pids: Iterable[int]) -> list[int]:
    return [pid for pid in pids if memory_of(pid)]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def until(reached: Callable[[], Any], what: str, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.02)
