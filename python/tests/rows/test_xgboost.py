"""What is particular to XGBoost: every kind of model answers as the object that was saved would."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from ml_serving.rows.adapter import Predictor
from ml_serving.rows.forms import lengths
from ml_serving.settings import settings
from ml_serving.xgboost import prediction
from tests.rows.asking import XGBOOST, answer_to

X = np.random.default_rng(0).normal(size=(90, 4))
TWO = (X[:, 0] > 0).astype(int)
THREE = np.digitize(X[:, 0], [-0.5, 0.5])
BOTH = np.column_stack([TWO, X[:, 1] > 0]).astype(int)


def classifier(y: np.ndarray, **options: Any) -> Callable[[], Any]:
    return lambda: xgb.XGBClassifier(n_estimators=5, **options).fit(X, y)


def stopped_early(api: str) -> Any:
    noise = np.random.default_rng(1).normal(size=90)
    if api == "native":
        data = xgb.DMatrix(X, noise)
        held_back = xgb.DMatrix(X[::-1], noise)
        return xgb.train({}, data, 40, [(held_back, "h")], early_stopping_rounds=3, verbose_eval=False)
    model = xgb.XGBRegressor(n_estimators=40, early_stopping_rounds=3)
    return model.fit(X, noise, eval_set=[(X[::-1], noise)], verbose=False)


MODELS = {
    "classifier of two": classifier(TWO),
    "classifier of three": classifier(THREE),
    "classifier of three, softmax": classifier(THREE, objective="multi:softmax"),
    "classifier by margin": classifier(TWO, objective="binary:logitraw"),
    "classifier of several labels": classifier(BOTH),
    "regressor": lambda: xgb.XGBRegressor(n_estimators=5).fit(X, X[:, 0]),
    "regressor of shares": lambda: xgb.XGBRegressor(n_estimators=5, objective="binary:logistic").fit(X, TWO),
    "ranker": lambda: xgb.XGBRanker(n_estimators=5).fit(X, TWO, qid=np.repeat([0, 1, 2], 30)),
    "booster": lambda: xgb.train({"objective": "binary:logistic"}, xgb.DMatrix(X, TWO), 5),
    "booster of three": lambda: xgb.train({"objective": "multi:softprob", "num_class": 3}, xgb.DMatrix(X, THREE), 5),
    "booster, linear": lambda: xgb.train({"booster": "gblinear"}, xgb.DMatrix(X, TWO), 5),
    "regressor, stopped early": lambda: stopped_early("scikit-learn"),
    "booster, stopped early": lambda: stopped_early("native"),
}


def served(model: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, probabilities: bool = False) -> Predictor:
    model.save_model(folder / XGBOOST.MODEL_FILE)
    settings = dataclasses.replace(XGBOOST.settings, probabilities=probabilities)
    monkeypatch.setattr(XGBOOST, "settings", settings)
    loaded = XGBOOST.load(folder)
    return Predictor(XGBOOST, loaded, XGBOOST.features(loaded))


@pytest.mark.parametrize("name", MODELS)
def test_every_kind_of_model_answers_as_it_did_before_it_was_saved(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = MODELS[name]()
    direct = model.predict(xgb.DMatrix(X)) if isinstance(model, xgb.Booster) else model.predict(X)
    predictor = served(model, tmp_path, monkeypatch)
    answer = answer_to(predictor, json.dumps(X.tolist()).encode(), "application/json")
    predictions = np.array(json.loads(answer.body)["predictions"])
    np.testing.assert_array_equal(predictions.astype(direct.dtype), direct)
    if name.startswith("classifier") and direct.ndim == 1:
        # Labels are whole numbers in the answer too.
        assert predictions.dtype.kind == "i"


@pytest.mark.parametrize(
    "name", ["classifier of two", "classifier of three", "classifier of three, softmax", "booster", "booster of three"]
)
def test_probabilities_are_those_of_every_class(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = MODELS[name]()
    predictor = served(model, tmp_path, monkeypatch, probabilities=True)
    answer = answer_to(predictor, json.dumps(X.tolist()).encode(), "application/json")
    shares = np.array(json.loads(answer.body)["predictions"])
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-6)
    if hasattr(model, "predict_proba"):
        np.testing.assert_allclose(shares, model.predict_proba(X), rtol=1e-6)


def test_a_model_without_classes_has_no_probabilities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Exception, match="reg:squarederror has no classes"):
        served(MODELS["regressor"](), tmp_path, monkeypatch, probabilities=True)


@pytest.fixture
def regressor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Predictor:
    return served(MODELS["regressor"](), tmp_path, monkeypatch)


def test_libsvm_is_read_as_xgboost_reads_it(regressor: Predictor) -> None:
    body = b"# a comment\n1 0:0.5 3:-1 # and one\n\n2:0.25\n1 qid:3 1:1e-3\n"
    nan = np.nan
    rows = np.array([[0.5, nan, nan, -1], [nan, nan, 0.25, nan], [nan, 1e-3, nan, nan]])
    answer = answer_to(regressor, body, "text/x-libsvm")
    direct = regressor.model.predict(xgb.DMatrix(rows))
    np.testing.assert_array_equal(np.array(json.loads(answer.body)["predictions"], np.float32), direct)


@pytest.mark.parametrize("word", ["4:1", "-1:1", "1:x", "1:1_0", "x:1", ":", "1:"])
def test_libsvm_that_names_no_feature_is_refused(regressor: Predictor, word: str) -> None:
    answer = answer_to(regressor, f"0 0:1 {word}".encode(), "text/libsvm")
    says = f"row 1: {word!r} is not index:value with an index from 0 to 3"
    assert (answer.status, json.loads(answer.body)) == (400, {"error": says})


def test_lines_that_name_nothing_take_no_memory_for_what_they_leave_out(
    regressor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lengths, "settings", dataclasses.replace(settings, max_body_mb=1))
    answer = answer_to(regressor, b"1\n" * 2_000_000, "text/libsvm")
    assert (answer.status, b"take more than" in answer.body) == (413, True), answer


def test_the_way_without_a_matrix_is_taken_only_where_it_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    categories = np.column_stack([X[:, 0], np.arange(90) % 4])
    data = xgb.DMatrix(categories, TWO, feature_types=["q", "c"], enable_categorical=True)
    by_category = xgb.train({"max_cat_to_onehot": 1}, data, 5)
    linear = xgb.train({"booster": "gblinear"}, xgb.DMatrix(X, TWO), 5)
    trees = xgb.train({}, xgb.DMatrix(X, TWO), 5)
    assert prediction.can_predict_in_place(trees)
    for model, rows in ((trees, X), (linear, X), (by_category, categories)):
        way = [model, rows, (0, 0), False]
        np.testing.assert_array_equal(prediction.raw_predictions(*way), prediction.by_matrix(*way))


def test_what_is_missing_and_what_is_infinite_is_judged_as_a_matrix_judges_it(regressor: Predictor) -> None:
    rows = [[np.nan, 0.5, np.nan, -1.0]]
    answer = answer_to(regressor, b"[[null, 0.5, null, -1]]", "application/json")
    direct = regressor.model.predict(xgb.DMatrix(np.array(rows)))
    np.testing.assert_array_equal(np.array(json.loads(answer.body)["predictions"], np.float32), direct)
    assert answer_to(regressor, b"1,2,inf,4", "text/csv").status == 400
