"""What predicting together must not change, and the shorter ways through scikit-learn."""

import dataclasses
import gzip
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ml_serving.errors import RequestError
from ml_serving.rows.adapter import Predictor
from ml_serving.rows.features import Features
from ml_serving.rows.forms import csv_decoder
from ml_serving.sklearn import workers
from tests.rows.asking import SKLEARN, Answer, answer_to, serving

X = np.random.default_rng(0).normal(size=(120, 3))
Y = (X[:, 0] + X[:, 1] ** 2 > 1).astype(int)
JSON, CSV = b"application/json", b"text/csv"


linear = serving(LinearRegression().fit(X, Y))
forest = serving(RandomForestClassifier(20, random_state=0).fit(X, Y))
small_rows = st.lists(st.tuples(*[st.floats(-9, 9)] * 3), min_size=1, max_size=5)
requests = st.one_of(
    small_rows.map(lambda rows: (json.dumps(rows).encode(), JSON, None, None)),
    small_rows.map(lambda rows: (gzip.compress(json.dumps(rows).encode()), JSON, b"gzip", None)),
    small_rows.map(lambda rows: ("\n".join(",".join(map(repr, row)) for row in rows).encode(), CSV, None, CSV)),
    st.sampled_from(
        [
            (b"[[1, 2]]", JSON, None, None),
            (b"[[1, 2, null]]", JSON, None, None),
            (b"[[1, 2, 1e999]]", JSON, None, None),
            (b"1,2,inf", CSV, None, None),
            (b"{", JSON, None, None),
            (b"1,2,3", b"text/plain", None, None),
            (b"1,2,3", CSV, None, b"image/png"),
            (b"\x1f\x8b", CSV, b"gzip", None),
        ]
    ),
)


def numbers(answer: Answer) -> np.ndarray:
    text = answer.body.decode()
    return np.array(json.loads(text)["predictions"] if text.startswith("{") else text.split(), float)


@settings(max_examples=300, deadline=None)
@given(batch=st.lists(requests, max_size=20), most_rows=st.sampled_from([1, 7, 256]))
def test_each_request_of_a_batch_is_answered_as_it_is_alone(batch: list[tuple], most_rows: int) -> None:
    limited = dataclasses.replace(SKLEARN.settings, batch_rows=most_rows)
    for predictor in (linear, forest):
        alone = [Answer(*predictor.answer([request])[0][0]) for request in batch]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("ml_serving.rows.adapter.settings", limited)
            together = [Answer(*answer) for answer in predictor.answer(batch)[0]]
        for one, other in zip(together, alone, strict=True):
            if predictor is forest or one.status != 200:
                assert one == other
            else:
                # BLAS rounds differently by shape.
                np.testing.assert_allclose(numbers(one), numbers(other), rtol=1e-12, atol=1e-12)


def test_requests_are_predicted_in_one_call_up_to_the_limit_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_serving.rows.adapter.settings", dataclasses.replace(SKLEARN.settings, batch_rows=256))
    calls: list[int] = []
    predictor = serving(LinearRegression().fit(X, Y))
    predictor.model.predict = lambda rows: calls.append(len(rows)) or np.zeros(len(rows))
    predictor.answer([(json.dumps([[1, 2, 3]] * rows).encode(), JSON, None, None) for rows in (100, 100, 100, 300, 1)])
    assert calls == [200, 100, 300, 1]


table = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(
            st.sampled_from(["1", "-2.5", "1e3", "", " 7", "nan", "x", "007", ".5"]), min_size=width, max_size=width
        ),
        min_size=1,
        max_size=5,
    )
)


@settings(max_examples=500, deadline=None)
@given(
    rows=table,
    spoil=st.sampled_from(["", ",", "\n", "1", '"', "\r"]),
    end=st.sampled_from(["", "\n", "\r\n"]),
    names=st.sampled_from([None, ["a"], ["a", "b"], ["1", "-2.5"]]),
)
def test_csv_of_numbers_is_read_as_all_other_csv_is(
    rows: list[list[str]], spoil: str, end: str, names: list[str] | None
) -> None:
    body = ("\n".join(map(",".join, rows)) + spoil + end).encode()
    features = Features(count=names and len(names), names=names)

    def outcome() -> Any:
        try:
            return csv_decoder.decode_csv(body, {}, features).tables[0].columns[0].tolist()
        except RequestError as error:
            return error.message

    quick = outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_decoder, "numbers", lambda *_: None)
        np.testing.assert_equal(quick, outcome())


FORESTS = [RandomForestClassifier, ExtraTreesClassifier, RandomForestRegressor, ExtraTreesRegressor]


@pytest.mark.parametrize("kind", FORESTS)
@pytest.mark.parametrize("y", [Y, np.column_stack([Y, Y])], ids=["one output", "two outputs"])
def test_a_forest_predicts_exactly_as_scikit_learn_does(kind: Callable[..., Any], y: np.ndarray) -> None:
    model = kind(n_estimators=30, n_jobs=-1, random_state=0).fit(X, y)
    expected = model.predict(X)
    workers.settle(model)
    assert ("predict" in vars(model) or "predict_proba" in vars(model)) == (y.ndim == 1)
    np.testing.assert_array_equal(model.predict(X), expected)
    for wrong in ([[np.inf, 0, 0]], [[1e300, 0, 0]], [["x", 0, 0]], [[0, 0]]):
        with pytest.raises(ValueError):
            model.predict(wrong)


def test_a_forest_whose_short_way_answers_otherwise_is_asked_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "direct_prediction", lambda *_: lambda rows: np.zeros(len(rows)))
    model = RandomForestRegressor(5, random_state=0).fit(X, Y)
    expected = model.predict(X)
    workers.settle(model)
    np.testing.assert_array_equal(model.predict(X), expected)


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(5, n_jobs=-1),
        make_pipeline(StandardScaler(), RandomForestClassifier(5, n_jobs=-1)),
        VotingClassifier([("f", RandomForestClassifier(5, n_jobs=-1)), ("l", LogisticRegression())], n_jobs=2),
        GridSearchCV(RandomForestClassifier(5, n_jobs=-1), {"max_depth": [2, 3]}, cv=2, n_jobs=-1),
        CalibratedClassifierCV(RandomForestClassifier(5, n_jobs=-1), cv=2, n_jobs=-1),
    ],
    ids=lambda model: type(model).__name__,
)
def test_no_part_of_a_model_starts_jobs_of_its_own(model: Any) -> None:
    model.fit(X, Y)
    expected = model.predict(X)
    workers.settle(model)
    assert {part.n_jobs for part in workers.parts(model) if getattr(part, "n_jobs", None)} == {1}
    np.testing.assert_array_equal(model.predict(X), expected)


class Custom(BaseEstimator):
    def fit(self, x: Any, y: Any) -> "Custom":
        self.feature_names_in_ = np.array(x.columns)
        return self

    def predict(self, x: Any) -> Any:
        return x["a"].to_numpy()


FRAME = pd.DataFrame(X, columns=["a", "b", "c"])


@pytest.mark.parametrize(
    ("model", "needed"),
    [
        (LogisticRegression(), False),
        (make_pipeline(StandardScaler(), PCA(2), LogisticRegression()), False),
        (HistGradientBoostingClassifier(max_iter=5), False),
        (make_pipeline(make_column_transformer((StandardScaler(), ["c", "a"])), LogisticRegression()), True),
        (
            make_pipeline(
                make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["a"])), LogisticRegression()
            ),
            True,
        ),
        (Custom(), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_data_frame_is_made_only_for_a_model_that_looks_at_names(model: Any, needed: bool) -> None:
    model.fit(FRAME, Y)
    assert workers.needs_frame(model) == needed
    answer = answer_to(serving(model), json.dumps(X.tolist()).encode(), "application/json")
    np.testing.assert_allclose(numbers(answer), model.predict(FRAME))


def test_gzip_is_unpacked_within_the_limit_of_a_body() -> None:
    def status(body: bytes, encoding: str = "gzip") -> int:
        return answer_to(linear, body, "application/json", None, encoding).status

    packed = gzip.compress(b"[[1, 2, 3]]")
    assert status(packed) == 200
    assert status(packed, "X-GZIP") == 200
    assert status(packed[:-3]) == status(packed + b"more") == status(b"[[1, 2, 3]]") == 400
    assert status(gzip.compress(b" " * 26 * 1024 * 1024)) == 413
    assert status(b"[[1, 2, 3]]", "br") == 415
    assert status(b"[[1, 2, 3]]", "identity") == 200


@pytest.mark.parametrize(
    ("predicted", "said"),
    [
        (None, "predict gave None; it takes an entry for each of 2 rows"),
        (0.5, "predict gave float; it takes an entry for each of 2 rows"),
        (iter([1, 2]), "predict gave list_iterator; it takes an entry for each of 2 rows"),
        (np.zeros((1, 2)), "predict gave ndarray of shape (1, 2); it takes an entry for each of 2 rows"),
        ([1, 2, 3], "predict gave list of shape (3,); it takes an entry for each of 2 rows"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_log_says_what_predict_gave_instead_of_an_entry_for_each_row(
    caplog: pytest.LogCaptureFixture, predicted: Any, said: str
) -> None:
    class Handler:
        KIND = "rows"
        load = features = staticmethod(lambda _: Features(count=2))
        prepare = staticmethod(lambda _: None)
        predict = staticmethod(lambda *_: predicted)

    predictor = Predictor(Handler(), None, Features(count=2))
    answer = answer_to(predictor, b"[[1, 2], [3, 4]]", "application/json")
    assert answer.status == 500
    assert json.loads(answer.body) == {"error": "the model failed; the container's log says why"}
    assert said in caplog.text
