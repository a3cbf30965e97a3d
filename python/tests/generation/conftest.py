"""Servers with small models."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.generation import models
from tests.projects import UNFINISHED, put_together
from tests.serving import Served

Start = Callable[..., Served]

# So that there is something to see while a text is generated.
SLOW_TOKENS = """
import time

usual_step = Batches.step


def slow_step(self: Batches) -> None:
    time.sleep(0.05)
    usual_step(self)


Batches.step = slow_step
"""


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code/ of a project that generates text."""
    return put_together(tmp_path_factory.mktemp("project"), "fastapi", "transformers_text_generation")


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Without an end of its own, so that texts have the length that is asked for.
    return models.make("llama", tmp_path_factory.mktemp("llama"), ends=False)


@pytest.fixture
def start(code: Path, llama: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts a server. ends: what files of its code get at their end, where it can replace what they define."""
    servers: list[Served] = []

    def start(ends: dict[str, str] | None = None, model: Path = llama, **env: object) -> Served:
        servers.append(serve(code, model, tmp_path / str(len(servers)), ends or {}, **env))
        return servers[-1]

    yield start
    for server in servers:
        server.discard()


@pytest.fixture(scope="session")
def slow(code: Path, llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with one worker, which takes 50 ms a token; it must still be whole at the end."""
    folder = tmp_path_factory.mktemp("slow")
    server = serve(code, llama, folder, {"ml_serving/generation/batch.py": SLOW_TOKENS})
    yield server
    deaths = server.metric("server_worker_deaths_total")
    code_of_exit = server.stop()
    output = server.output
    server.discard()
    assert (deaths, code_of_exit) == (0, 0), output


def serve(code: Path, model: Path, folder: Path, ends: dict[str, str], **env: object) -> Served:
    copy = folder / "code"
    shutil.copytree(code, copy, ignore=UNFINISHED)
    for name, addition in ends.items():
        with (copy / name).open("a") as file:
            file.write(f"\n\n{addition}\n")
    given = {"SM_MODEL_DIR": model, "SERVER_WORKERS": 1} | env
    # The libraries take long to import where other things run beside the tests.
    return Served(copy, {name: str(value) for name, value in given.items()}).ready(300)
