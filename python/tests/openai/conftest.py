"""`transformers serve` with SageMaker's paths, one process for all tests."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, settings

from tests.projects import HERE

# Slow enough to see in which order things happen, with answers of a hundred tokens.
SECONDS_PER_TOKEN = 0.005


# An event loop an example, on a machine that may be busy.
settings.register_profile("loops", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("loops")


@dataclass(frozen=True)
class Server:
    url: str
    folder: Path

    def invoke(self, document: object, **options: object) -> httpx.Response:
        return httpx.post(f"{self.url}/invocations", json=document, timeout=60, **options)

    def tokens(self) -> int:
        """How often the model has run so far."""
        return httpx.get(f"{self.url}/tokens").json()

    def log(self) -> str:
        return (self.folder / "log").read_text()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    command = [sys.executable, "-m", "tests.openai.server", "port", str(SECONDS_PER_TOKEN)]
    env = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
    try:
        port = folder / "port"
        while not (port.exists() and port.read_text()):
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        # Connections wait until the server runs.
        server = Server(f"http://127.0.0.1:{port.read_text()}", folder)
        assert httpx.get(f"{server.url}/ping", timeout=60).status_code == 200
        yield server
    finally:
        process.terminate()
        process.wait()
