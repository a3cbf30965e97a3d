"""Model files under every name, and what is said of those that cannot be served: each written by its own library."""

import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import joblib
import numpy as np
import pytest
import skops.io
import xgboost as xgb
from sklearn.cluster import DBSCAN
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, SplineTransformer, StandardScaler

from ml_serving.errors import ModelError
from ml_serving.sklearn.skops_files import is_known
from tests.projects import handler_of
from tests.rows.asking import SKLEARN, XGBOOST

SKOPS = handler_of("sklearn_skops")
X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)


def load(handler: ModuleType, path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(handler, "MODEL_FILE", path.name)
    return handler.load(path.parent)


def reason(handler: ModuleType, path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is said of a model that is not served."""
    with pytest.raises(ModelError) as caught:
        load(handler, path, monkeypatch)
    return str(caught.value)


def pickled(model: Any, path: Path) -> Path:
    path.write_bytes(pickle.dumps(model))
    return path


@pytest.fixture(scope="module")
def booster() -> xgb.Booster:
    return xgb.train({"objective": "binary:logistic"}, xgb.DMatrix(X, Y), 3)


@pytest.mark.parametrize("name", ["m.json", "m.ubj", "m.model", "m.bst", "m.deprecated", "xgboost-model"])
@pytest.mark.parametrize("written", ["json", "ubj"])
def test_what_save_model_wrote_is_served_under_any_name(
    booster: xgb.Booster, name: str, written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_bytes(booster.save_raw(written))
    loaded = load(XGBOOST, tmp_path / name, monkeypatch)
    np.testing.assert_array_equal(loaded.inplace_predict(X), booster.inplace_predict(X))


@pytest.mark.parametrize("form", ["json", "text", "dot"])
def test_a_dump_is_named_as_one(
    booster: xgb.Booster, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    booster.dump_model(tmp_path / "m.json", dump_format=form)
    said = reason(XGBOOST, tmp_path / "m.json", monkeypatch)
    assert "it is a dump of XGBoost's trees, as dump_model writes it" in said
    assert said.endswith("save the model itself, where it was trained: save_model('model.json')")


def test_the_old_binary_format_is_named_with_the_command_that_converts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As XGBoost 1.7 wrote it: the numbers, and the names of the objective and the booster.
    numbers = bytes.fromhex("0000003f 02000000 00000000 01000000 00000000 01000000 07000000 01000000 01000000")
    names = b"\x0f" + bytes(7) + b"binary:logistic" + b"\x06" + bytes(7) + b"gbtree"
    for mark in (b"binf", b""):
        (tmp_path / "old.model").write_bytes(mark + numbers.ljust(136, b"\0") + names + bytes(400))
        said = reason(XGBOOST, tmp_path / "old.model", monkeypatch)
        assert "XGBoost's old binary format, which XGBoost 3.1 and later cannot read" in said
        assert "(xgboost<3.1)" in said
        assert "model_file='old.model'" in said


def test_pickles_for_xgboost_are_told_apart(
    booster: xgb.Booster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.json"
    for model in (booster, xgb.XGBClassifier(n_estimators=2).fit(X, Y)):
        for protocol in (2, 5):
            path.write_bytes(pickle.dumps(model, protocol))
            said = reason(XGBOOST, path, monkeypatch)
            assert f"it is a pickle of {type(model).__module__}.{type(model).__name__}: " in said
            assert said.endswith("joblib.load('m.json').save_model('model.json')\"")
    for protocol in range(6):
        path.write_bytes(pickle.dumps(LinearRegression().fit(X, Y), protocol))
        said = reason(XGBOOST, path, monkeypatch)
        assert "it is a pickle of sklearn.linear_model._base.LinearRegression: " in said
        assert said.endswith("--framework=sklearn")


def test_the_advice_for_a_pickled_classifier_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = xgb.XGBClassifier(n_estimators=2).fit(X, Y)
    path = pickled(model, tmp_path / "m.pkl")
    command = reason(XGBOOST, path, monkeypatch).partition('python -c "')[2].removesuffix('"')
    subprocess.run([sys.executable, "-c", command], cwd=tmp_path, check=True)
    loaded = load(XGBOOST, tmp_path / "model.json", monkeypatch)
    np.testing.assert_array_equal(XGBOOST.predict(loaded, X), model.predict(X))


@pytest.mark.parametrize(
    ("contents", "says"),
    [
        (b"", "an empty file: copy the model again"),
        (b"\n<!DOCTYPE html><title>Sign in</title>", "a web page (HTML)"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a pointer of Git LFS"),
        (b"a model, one day\n", "plain text, not a model"),
        (b'{"accuracy": 0.9}', "JSON, but no model"),
        (b"PAR1\x15\x04", "a table (Parquet), not a model"),
    ],
)
def test_a_file_that_is_no_model_is_named_by_what_it_is(
    contents: bytes, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m").write_bytes(contents)
    for handler in (SKLEARN, SKOPS, XGBOOST):
        assert f"it is {says}" in reason(handler, tmp_path / "m", monkeypatch)


def test_models_of_one_library_given_to_the_other_are_named(
    booster: xgb.Booster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.pkl"
    for form in ("json", "ubj"):
        path.write_bytes(booster.save_raw(form))
        assert reason(SKLEARN, path, monkeypatch).endswith("make a project with --framework=xgboost")
    assert "XGBoost's Booster" in reason(SKLEARN, pickled(booster, path), monkeypatch)
    skops.io.dump(LinearRegression().fit(X, Y), path)
    assert reason(SKLEARN, path, monkeypatch).endswith("--model-format=skops")
    assert reason(SKOPS, pickled(LinearRegression(), path), monkeypatch).endswith("--model-format=pkl")


@pytest.mark.parametrize("compress", [("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)])
def test_what_joblib_compressed_is_read(
    compress: tuple[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = LinearRegression().fit(X, Y)
    joblib.dump(model, tmp_path / "m.pkl", compress=compress)
    np.testing.assert_array_equal(load(SKLEARN, tmp_path / "m.pkl", monkeypatch).predict(X), model.predict(X))


@pytest.mark.parametrize("handler", [SKLEARN, SKOPS, XGBOOST])
def test_a_copy_that_was_broken_off_is_said_to_be_one(
    handler: ModuleType, booster: xgb.Booster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = RandomForestClassifier(5, random_state=0).fit(X, Y)
    whole = {
        SKLEARN: lambda: pickle.dumps(model),
        SKOPS: lambda: skops.io.dumps(model),
        XGBOOST: lambda: bytes(booster.save_raw("ubj")),
    }[handler]()
    for share in (0.1, 0.5, 0.95):
        (tmp_path / "m").write_bytes(whole[: int(len(whole) * share)])
        assert "(the file ends too early: copy it again)" in reason(handler, tmp_path / "m", monkeypatch)


def test_a_model_that_is_not_there_is_named_with_what_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pickled(LinearRegression(), tmp_path / "b.pkl")
    pickled(LinearRegression(), tmp_path / "a.pkl")
    said = reason(SKLEARN, tmp_path / "model.pkl", monkeypatch)
    assert said.endswith("it holds a.pkl, b.pkl: MODEL_FILE in model_handler.py says which to load")


def called(model: Any) -> np.ndarray:
    return model[:, 0]


SAYS: dict[str, tuple[Callable[[], Any], str]] = {
    "a transformer": (lambda: make_pipeline(StandardScaler()).fit(X), "return model.transform(data)"),
    "neighbors": (lambda: NearestNeighbors().fit(X), "return model.kneighbors(data, return_distance=False)"),
    "a function": (lambda: called, "return model(data)"),
    "DBSCAN": (lambda: DBSCAN().fit(X), "KNeighborsClassifier(1).fit(rows, model.labels_), and save that"),
    "an array": (lambda: X, "an object of type ndarray, which has no predict: save the fitted model itself"),
    "a table": (
        lambda: pytest.importorskip("pandas").DataFrame(X),
        "an object of type DataFrame, which has no predict",
    ),
    "text": (lambda: "model.pkl", "an object of type str, which has no predict"),
    "a dict of notes": (lambda: {"score": 0.9}, "'score' (float). Nothing in it has a predict"),
    "an empty dict": (dict, "a dict: an empty one"),
    "a dict of a model": (
        lambda: {"model": LogisticRegression().fit(X, Y), "score": 0.9},
        "'model' (LogisticRegression), 'score' (float). To serve the model in it, put into load in model_handler.py,",
    ),
    "a tuple": (lambda: (LogisticRegression().fit(X, Y), 0.9), "model = model[0]"),
    "a dict of steps": (
        lambda: {"model": LogisticRegression().fit(X, Y), "scaler": StandardScaler().fit(X)},
        "model = make_pipeline(model['scaler'], model['model'])",
    ),
}


@pytest.mark.parametrize("name", SAYS)
def test_what_has_no_predict_is_said_with_what_to_do(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, says = SAYS[name]
    assert says in reason(SKLEARN, pickled(make(), tmp_path / "m.pkl"), monkeypatch)


def test_probabilities_of_a_model_that_has_none_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SKLEARN, "settings", dataclasses.replace(SKLEARN.settings, probabilities=True))
    path = pickled(LinearRegression().fit(X, Y), tmp_path / "m.pkl")
    assert reason(SKLEARN, path, monkeypatch).startswith(
        "SERVER_PROBABILITIES is on, but the model, LinearRegression, has no predict_proba"
    )


def test_a_package_that_is_missing_is_named_as_the_index_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, says in [
        (
            "feature_engine.creation",
            "it was trained with feature-engine, which is not here: add it to requirements.txt",
        ),
        ("features", "if it is a file or a folder of yours, copy it into code/; if it comes from a package, add that"),
    ]:
        (tmp_path / "m.pkl").write_bytes(f"c{name}\nPipeline\n.".encode())
        assert says in reason(SKLEARN, tmp_path / "m.pkl", monkeypatch)


def test_what_only_dill_reads_is_said_to_be_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As dill has the namespace of the script that a function was defined in.
    (tmp_path / "m.pkl").write_bytes(b"\x80\x04c__builtin__\n__main__\n.")
    said = reason(SKLEARN, tmp_path / "m.pkl", monkeypatch)
    assert said.endswith("let load have: model = dill.loads((model_dir / MODEL_FILE).read_bytes())")


MODELS = {
    "forest": lambda: RandomForestClassifier(3),
    "boosting": lambda: GradientBoostingClassifier(n_estimators=3),
    "histograms": lambda: HistGradientBoostingRegressor(max_iter=3),
    "neighbors": KNeighborsClassifier,
    "ball tree": lambda: KNeighborsClassifier(algorithm="ball_tree", metric="manhattan"),
    "network": lambda: MLPClassifier(max_iter=5),
    "pipeline": lambda: make_pipeline(SimpleImputer(), SelectKBest(k=2), SplineTransformer(), LogisticRegression()),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore")
def test_skops_files_of_scikit_learns_own_models_are_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = MODELS[name]().fit(X, Y)
    skops.io.dump(model, tmp_path / "m.skops")
    np.testing.assert_array_equal(load(SKOPS, tmp_path / "m.skops", monkeypatch).predict(X), model.predict(X))


class Halved(FunctionTransformer):
    """What a user wrote."""


def test_a_users_own_types_are_named_with_the_line_that_trusts_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.skops"
    skops.io.dump(make_pipeline(Halved(called), RandomForestClassifier(3).fit(X, Y)), path)
    said = reason(SKOPS, path, monkeypatch)
    line = said.partition("write into model_handler.py: ")[2]
    assert line == f'TRUSTED_TYPES: list[str] = ["{__name__}.Halved", "{__name__}.called"]'
    monkeypatch.setattr(SKOPS, "TRUSTED_TYPES", [f"{__name__}.Halved", f"{__name__}.called"])
    assert load(SKOPS, path, monkeypatch)


@pytest.mark.parametrize(
    "name",
    [
        # Starts programs; only imported there; removes folders; scikit-learn has no such.
        "sklearn.utils._testing.assert_run_python_script_without_output",
        "sklearn.datasets._base.shutil",
        "sklearn.base.warnings",
        "numpy.lib._datasource.DataSource",
        "sklearn.base.nothing",
        "os.system",
    ],
)
def test_what_models_do_not_hold_is_not_trusted_because_scikit_learn_or_numpy_has_it(name: str) -> None:
    assert not is_known(name)
