"""Projects with an inference.py, and servers of them that end with the test that started them."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from sklearn.linear_model import LinearRegression

from ml_serving import wire
from ml_serving.scripts.adapter import Predictor, loaded
from ml_serving.scripts.functions import read_script
from tests.projects import handler_of, put_together
from tests.server.models import save
from tests.serving import Served

ROWS = [[1.0, 2.0], [3.0, 4.0], [-5.0, 6.5]]
ANSWERS = [12.0, 34.0, -43.5]


class Answered(tuple[int, str, bytes, int]):
    """What a script answered, without a server."""

    @property
    def status(self) -> int:
        return self[0]

    @property
    def content_type(self) -> str:
        return self[1]

    @property
    def body(self) -> bytes:
        return self[2]


class Scripted:
    """A script with a model, without a server."""

    def __init__(self, handler: str, model_dir: Path) -> None:
        functions = read_script()
        made = handler_of(handler)
        rest = made.SCRIPT(made, frozenset(functions))
        self.predictor = Predictor(functions, rest, loaded(functions, rest, model_dir), model_dir)

    def ask(
        self,
        body: bytes | str,
        content_type: str | None = "application/json",
        accept: str | None = None,
        encoding: bytes | None = None,
    ) -> Answered:
        content = body.encode() if isinstance(body, str) else body
        named = content_type.encode() if content_type is not None else None
        request: wire.Request = (content, named, encoding, accept.encode() if accept is not None else None)
        predictor = self.predictor.together() or self.predictor
        [answer], _ = predictor.answer([request])
        return Answered(answer)


Script = Callable[..., Scripted]


@pytest.fixture(scope="session")
def linear(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model that knows 10 a + b, without names."""
    x = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    folder = tmp_path_factory.mktemp("linear")
    model = LinearRegression(fit_intercept=False).fit(x, [0.0, 10.0, 1.0])
    model.coef_ = model.coef_.round()
    return save(model, folder)


@pytest.fixture(scope="session")
def boosted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of XGBoost, under the name that AWS's container gives it, too."""
    x = np.random.default_rng(1).normal(size=(64, 2))
    model = xgb.train({"nthread": 1}, xgb.DMatrix(x, label=x[:, 0] * 3 + x[:, 1]), num_boost_round=4)
    folder = tmp_path_factory.mktemp("boosted")
    model.save_model(folder / "model.json")
    (folder / "xgboost-model").write_bytes((folder / "model.json").read_bytes())
    return folder


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linear: Path) -> Iterator[Script]:
    """Reads a script, and loads its model."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def read(
        text: str,
        model_dir: Path | None = None,
        handler: str = "sklearn_script",
        beside: Mapping[str, str] | None = None,
    ) -> Scripted:
        for name, content in {"inference.py": text, **(beside or {})}.items():
            (tmp_path / name).write_text(content)
        return Scripted(handler, model_dir or linear)

    yield read
    for name in {"inference", *(path.stem for path in tmp_path.glob("*.py"))} | (set(sys.modules) - before):
        if getattr(sys.modules.get(name), "__file__", None) and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]


Start = Callable[..., Served]


@pytest.fixture
def start(tmp_path: Path, linear: Path) -> Iterator[Start]:
    """Starts a project's server with a script, or without one."""
    servers: list[Served] = []

    def start(
        text: str | None,
        web: str = "fastapi",
        handler: str = "sklearn_script",
        beside: Mapping[str, Any] | None = None,
        **env: object,
    ) -> Served:
        code = put_together(tmp_path / str(len(servers)), web, handler)
        script = {} if text is None else {"inference.py": text}
        for name, content in {**script, **(beside or {})}.items():
            (code / name).parent.mkdir(exist_ok=True)
            (code / name).write_text(content)
        settings = {"SM_MODEL_DIR": linear, "SERVER_WORKERS": 1} | env
        servers.append(Served(code, {name: str(value) for name, value in settings.items()}))
        return servers[-1]

    yield start
    for server in servers:
        server.discard()
