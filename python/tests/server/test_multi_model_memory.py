"""Memory on multi-model endpoints: whose is given up, and that it is."""

import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor

from tests.projects import edited
from tests.server.conftest import Start
from tests.server.models import save
from tests.server.test_multi_model import MULTI, invoke, load
from tests.serving import Served, memory_of, until
from tests.talking import Connection, request

MEGABYTES = 120


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Models of 120 MB that are told apart by what they answer."""
    found = {}
    for number, name in enumerate("abc", start=1):
        model = DummyRegressor(strategy="constant", constant=number).fit([[0.0, 0.0]], [0.0])
        model.weight_ = np.random.default_rng(number).random(MEGABYTES * 2**17)
        found[name] = save(model, tmp_path / name)
    return found


def loaded(server: Served) -> int:
    return len(server.generation(2))


def test_the_model_used_longest_ago_gives_up_its_memory_and_comes_back_when_asked(
    start: Start, folders: dict[str, Path]
) -> None:
    server = start(**MULTI, SERVER_MODELS_MB=MEGABYTES * 3).ready()
    for name in "ab":
        assert load(server, name, folders[name]).status == 200
        assert invoke(server, name, b"[[1, 1]]").status == 200
    assert invoke(server, "a", b"[[1, 1]]").predictions == [1]
    oldest = server.generation(2)
    assert load(server, "c", folders["c"]).status == 200
    until(lambda: loaded(server) == 2, "one of three gave up its memory")
    # b was asked longest ago: the first to be loaded, a, was asked since.
    assert len(set(oldest) & set(server.generation(2))) == 1
    assert "/b gives up" in server.output
    assert "/a gives up" not in server.output
    assert len(server.ask("GET", "/models").json["models"]) == 3
    for name, expected in (("b", [2]), ("a", [1]), ("c", [3]), ("b", [2])):
        assert invoke(server, name, b"[[1, 1]]").predictions == expected
        assert sum(memory_of(pid) for pid in server.generation(2) + server.workers) < MEGABYTES * 3.5


def test_a_model_that_is_too_large_by_itself_is_refused_with_507(start: Start, folders: dict[str, Path]) -> None:
    server = start(**MULTI, SERVER_MODELS_MB=MEGABYTES // 2).ready()
    assert load(server, "a", folders["a"]).status == 507
    until(lambda: loaded(server) == 0, "nothing of it is left")
    assert server.ask("GET", "/models").json == {"models": []}
    assert server.ping() == 200


def test_unloading_frees_the_memory_even_of_a_model_that_is_just_coming_back(
    code: Path, tmp_path: Path, start: Start, folders: dict[str, Path]
) -> None:
    slow = edited(code, tmp_path, load="time.sleep(1)")
    server = start(slow, **MULTI, SERVER_MODELS_MB=MEGABYTES * 2).ready()
    before = server.memory
    for name in "ab":
        assert load(server, name, folders[name]).status == 200
    until(lambda: loaded(server) == 1, "a gave up its memory")
    with Connection(server.port) as connection:
        connection.send(request("POST", "/models/a/invoke", b"[[1, 1]]", **{"Content-Type": "application/json"}))
        time.sleep(0.3)
        for name in "ab":
            assert server.ask("DELETE", f"/models/{name}").status == 200
        assert connection.answer().status in (200, 404)
    until(lambda: len(server.family) == 2, "no process of a model is left")
    assert server.memory < before + MEGABYTES / 2
