"""Projects to start, and servers that end with the test that started them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.projects import put_together
from tests.server.models import Lookup
from tests.serving import Served

Start = Callable[..., Served]


# For tests that come near app.py, which is all that differs between the two.
BOTH = pytest.mark.parametrize("web", ["fastapi", "flask"], indirect=True, scope="session")


@pytest.fixture(scope="session")
def web(request: pytest.FixtureRequest) -> str:
    """What app.py is written in."""
    return getattr(request, "param", "fastapi")


@pytest.fixture(scope="session")
def code(web: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code/ of a project for a model of scikit-learn."""
    return put_together(tmp_path_factory.mktemp(web), web, "sklearn_pkl")


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


def last_words(server: Served) -> str:
    """Why a server did not start."""
    assert server.wait() == 1, server.output
    line = server.log()[-1]
    assert line["level"] == "CRITICAL"
    return line["event"]
