"""Modules of the user's own beside the handler, under names that a server might have had for its own."""

import importlib
import subprocess
import sys
from pathlib import Path

import joblib
import pytest

from tests.projects import PACKAGE, edited
from tests.server.conftest import Start

NAMES = sorted(path.stem for path in PACKAGE.iterdir() if not path.stem.startswith("__") and path.suffix != ".typed")
MODULE = """
class Part:
    name = "the user's {name}"


class Model(Part):
    def __init__(self, parts):
        self.parts = parts

    def predict(self, rows):
        return [", ".join(part.name for part in self.parts)] * len(rows)
"""


def test_nothing_of_ours_is_importable_but_ml_serving(code: Path) -> None:
    looks = f"import importlib.util; print([name for name in {NAMES} if importlib.util.find_spec(name)])"
    found = subprocess.run([sys.executable, "-c", looks], cwd=code, capture_output=True, text=True, check=True)
    # The libraries of that name.
    assert found.stdout.strip() == "['sklearn', 'xgboost']"


def test_a_pickle_the_handler_and_the_app_get_the_users_modules(
    code: Path, tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = ["settings", "errors", "logs", "server", "worker", "wire", "machine", "handler", "kinds", "rows"]
    imports = f"import {', '.join(own)}\nassert 'user' in settings.Part.name"
    copy = edited(code, tmp_path, top=imports, ends={"app.py": imports})
    for name in own:
        (copy / f"{name}.py").write_text(MODULE.format(name=name))
    monkeypatch.syspath_prepend(copy)
    for name in own:
        monkeypatch.delitem(sys.modules, name, raising=False)
    modules = [importlib.import_module(name) for name in own]
    model = modules[0].Model([module.Part() for module in modules])
    (tmp_path / "model").mkdir()
    joblib.dump(model, tmp_path / "model/model.pkl")
    for name in own:
        del sys.modules[name]
    server = start(copy, SM_MODEL_DIR=tmp_path / "model").ready()
    assert server.invoke("[[1, 2]]").predictions == [", ".join(f"the user's {name}" for name in own)]
