"""Models that hold classes of the script, notebook or module with which they were trained."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.projects import edited
from tests.serving import Served

CLASS = """
class Doubled:
    n_features_in_ = 1

    def predict(self, rows):
        return 2 * rows[:, 0]
"""


def train(folder: Path, script: str, **modules: str) -> Path:
    """Runs a script that pickles its `model`, beside modules; the folder that holds the model."""
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(source)
    save = "import pickle; pickle.dump(model, open('model.pkl', 'wb'))"
    subprocess.run([sys.executable, "-c", f"{script}\n{save}"], cwd=folder, check=True)
    return folder


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    folder = tmp_path / "trained"
    folder.mkdir()
    return folder


def reason(server: Served) -> str:
    """What a server that does not start says in its last line."""
    assert server.wait() == 1
    assert "Traceback" not in server.output
    return server.log()[-1]["event"]


def test_a_class_of_the_notebook_is_found_in_the_handler(
    code: Path, start: Callable[..., Served], trained: Path, tmp_path: Path
) -> None:
    train(trained, f"{CLASS}\nmodel = Doubled()")
    server = start(edited(code, tmp_path, top=CLASS), SM_MODEL_DIR=trained).ready()
    assert server.invoke("[[4]]").body == b'{"predictions":[8]}'


def test_the_two_lines_that_bring_a_class_of_the_notebook_do(
    code: Path, start: Callable[..., Served], trained: Path, tmp_path: Path
) -> None:
    train(trained, f"{CLASS}\nmodel = Doubled()")
    line = reason(start(SM_MODEL_DIR=trained)).partition("model_handler.py the line: ")[2]
    copy = edited(code, tmp_path, top=line)
    (copy / "training.py").write_text(CLASS)
    assert start(copy, SM_MODEL_DIR=trained).ready().invoke("[[4]]").body == b'{"predictions":[8]}'


def test_a_class_of_the_notebook_that_is_nowhere_is_named_with_where_to_put_it(
    start: Callable[..., Served], trained: Path
) -> None:
    train(trained, f"{CLASS}\nmodel = Doubled()")
    said = reason(start(SM_MODEL_DIR=trained))
    assert said.endswith(
        "'Doubled' was defined in the script or notebook that trained it: put that definition, with its imports, into "
        "a file such as code/training.py, and into model_handler.py the line: from training import Doubled"
    )
    assert "requirements.txt" not in said


def test_a_module_that_is_missing_is_named_with_where_to_put_it(start: Callable[..., Served], trained: Path) -> None:
    train(trained, "from utils import Doubled; model = Doubled()", utils=CLASS)
    said = reason(start(SM_MODEL_DIR=trained))
    assert "the module 'utils', with which it was trained, is not here: if it is a file or a folder of yours, " in said


def test_a_module_that_has_changed_since_is_named(
    code: Path, start: Callable[..., Served], trained: Path, tmp_path: Path
) -> None:
    train(trained, "from utils import Doubled; model = Doubled()", utils=CLASS)
    copy = edited(code, tmp_path)
    (copy / "utils.py").write_text("")
    said = reason(start(copy, SM_MODEL_DIR=trained))
    assert said.endswith(f"'Doubled', with which it was trained, is not in {copy / 'utils.py'}")
