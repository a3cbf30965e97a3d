"""The project under test, from the environment, and servers that end with the test that started them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from projects import Lookup
from serving import Served

Start = Callable[..., Served]


@pytest.fixture(scope="session")
def code() -> Path:
    """The project's code/."""
    return Path(os.environ["PROJECT"]) / "code"


@pytest.fixture(scope="session")
def lookup(tmp_path_factory: pytest.TempPathFactory) -> Lookup:
    return Lookup(tmp_path_factory.mktemp("lookup"))


@pytest.fixture
def start(code: Path, lookup: Lookup) -> Iterator[Start]:
    """Starts a server of that code, or of another, and with the lookup model unless told otherwise."""
    servers: list[Served] = []

    def start(code: Path = code, before: tuple[str, ...] = (), **env: object) -> Served:
        defaults = {"SM_MODEL_DIR": lookup.folder, "SERVER_WORKERS": 2}
        servers.append(Served(code, {name: str(value) for name, value in (defaults | env).items()}, before))
        return servers[-1]

    yield start
    for server in servers:
        server.discard()


@pytest.fixture(scope="session")
def server(code: Path, lookup: Lookup) -> Iterator[Served]:
    """One that tests share which ask and do no harm: it must still be whole at the end."""
    served = Served(code, {"SM_MODEL_DIR": str(lookup.folder), "SERVER_WORKERS": "2"}).ready()
    yield served
    deaths = served.metric("server_worker_deaths_total")
    code_of_exit = served.stop()
    output = served.output
    served.discard()
    assert (deaths, code_of_exit) == (0, 0), output
