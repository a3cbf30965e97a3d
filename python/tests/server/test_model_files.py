"""Models that are not there, or cannot be read: one line says what was looked for, and what was found."""

from pathlib import Path

import numpy as np
import pytest
import xgboost

from tests.projects import put_together
from tests.server.conftest import Start, last_words
from tests.serving import Served

X = np.arange(40.0).reshape(20, 2)
ROWS = "[[0, 1], [38, 39]]"


def test_a_folder_without_the_model_is_named_with_what_it_holds(start: Start, tmp_path: Path) -> None:
    (tmp_path / "other.bin").touch()
    server = start(SM_MODEL_DIR=tmp_path)
    says = f"no model.pkl in {tmp_path}: it holds other.bin: MODEL_FILE in model_handler.py says which to load"
    assert last_words(server) == says
    assert "Traceback" not in server.output


def test_a_pickle_that_cannot_be_read_is_named_with_the_versions_that_wrote_and_read_it(
    start: Start, tmp_path: Path
) -> None:
    # Of protocol 0: sklearn.gone.Model, and the version that scikit-learn puts beside it.
    (tmp_path / "model.pkl").write_text("csklearn.gone\nModel\n(S'_sklearn_version'\nS'0.21.3'\ntR.")
    server = start(SM_MODEL_DIR=tmp_path)
    words = last_words(server)
    assert words.startswith(f"cannot read {tmp_path}/model.pkl: ModuleNotFoundError: No module named 'sklearn.gone'")
    assert " (written by scikit-learn 0.21.3, read by 1." in words
    assert "Traceback" not in server.output


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an XGBoost classifier of two classes."""
    folder = tmp_path_factory.mktemp("classifier")
    model = xgboost.XGBClassifier(n_estimators=5).fit(X, np.repeat([0, 1], 10))
    model.save_model(folder / "model.ubj")
    return folder


@pytest.fixture
def serving(classifier: Path, tmp_path: Path, start: Start) -> Start:
    """Starts a server of a project for XGBoost, with that classifier unless told otherwise."""
    code = put_together(tmp_path, "fastapi", "xgboost_ubj")

    def serving(folder: Path = classifier, **env: object) -> Served:
        return start(code, SM_MODEL_DIR=folder, **env)

    return serving


def test_an_xgboost_classifier_answers_its_labels_also_for_libsvm(serving: Start) -> None:
    server = serving().ready()
    assert server.invoke(ROWS).predictions == [0, 1]
    libsvm = {"Content-Type": "text/libsvm"}
    assert server.invoke("1:1\n0 0:38 1:39", **libsvm).status == 200
    beyond = server.invoke("0 0:38 2:39", **libsvm)
    assert beyond.json == {"error": "row 1: '2:39' is not index:value with an index from 0 to 1"}


def test_an_xgboost_classifier_answers_probabilities_where_that_is_set(serving: Start) -> None:
    for none, all_of_it in serving(SERVER_PROBABILITIES="yes").ready().invoke(ROWS).predictions:
        assert none + all_of_it == pytest.approx(1)


def test_an_xgboost_file_that_is_damaged_is_named_with_the_versions_that_wrote_and_read_it(
    serving: Start, classifier: Path, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "model.ubj").write_bytes(b"x" + (classifier / "model.ubj").read_bytes())
    words = last_words(serving(damaged))
    version = xgboost.__version__
    assert words.startswith(f"cannot read {damaged}/model.ubj: ")
    assert words.endswith(f" (written and read by XGBoost {version})")
