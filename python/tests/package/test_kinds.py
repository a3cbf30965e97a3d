"""Of which kind a handler is, is read from wherever Python would import it."""

import importlib
from pathlib import Path

import pytest

from ml_serving.errors import ModelError
from ml_serving.kinds import kind_of_handler
from ml_serving.worker import processes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One that Python imports from."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_a_handler_may_be_a_package(folder: Path) -> None:
    package = folder / "model_handler"
    package.mkdir()
    (package / "__init__.py").write_text("KIND = 'rows'")
    assert kind_of_handler() == "rows"


def test_nothing_of_a_handler_is_run_to_read_it(folder: Path) -> None:
    (folder / "model_handler.py").write_text("import nowhere\nKIND = 'texts'\nraise SystemExit")
    assert kind_of_handler() == "texts"


def test_a_folder_that_is_no_package_is_no_handler(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "model_handler").mkdir()
    importlib.invalidate_caches()
    assert kind_of_handler() is None
    monkeypatch.setattr(processes, "kind", None)
    with pytest.raises(ModelError, match=r"there is no model_handler.py to read, only <module 'model_handler'"):
        processes.loader()
    monkeypatch.delitem(processes.sys.modules, "model_handler")
