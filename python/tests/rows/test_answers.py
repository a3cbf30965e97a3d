"""What a model may answer, and that it reads the same in every type of answer."""

import csv
import dataclasses
import io
import json
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.tree import DecisionTreeClassifier

from tests.rows.asking import SKLEARN, Answer, answer_to, serving

JSON, LINES, CSV, NPY = "application/json", "application/jsonlines", "text/csv", "application/x-npy"
X = np.random.default_rng(0).normal(size=(60, 3))
Y = np.column_stack([X[:, 0] > 0, X[:, 1] > 0, X[:, 2] > 0.3]).astype(int)


def answer(predictions: Any, accept: str) -> Answer:
    """What the server makes of what a model predicts."""
    predictor = serving(LinearRegression().fit(X, X[:, 0]))
    predictor.model.predict = lambda rows: predictions
    rows = predictions.shape[0] if hasattr(predictions, "shape") else len(predictions)
    return answer_to(predictor, json.dumps([[1, 2, 3]] * rows).encode(), JSON, accept)


def read(predictions: Any) -> tuple[Any, Any, list[list[str]], np.ndarray]:
    """The answer in JSON, JSON lines, CSV and NPY, as a client reads it."""
    bodies = []
    for accept in (JSON, LINES, CSV, NPY):
        got = answer(predictions, accept)
        assert (got.status, got.content_type) == (200, accept), got
        bodies.append(got.body)
    lines = bodies[1].decode().rstrip("\n").split("\n")
    return (
        json.loads(bodies[0])["predictions"],
        [json.loads(line)["prediction"] for line in lines],
        list(csv.reader(io.StringIO(bodies[2].decode()))),
        np.load(io.BytesIO(bodies[3]), allow_pickle=False),
    )


@pytest.mark.parametrize(
    ("predictions", "in_json", "in_csv"),
    [
        (np.float32([0.8840856, 1]), [0.8840856, 1.0], ["0.8840856", "1.0"]),
        (np.array([1e16, 2.5]), [1e16, 2.5], ["1e+16", "2.5"]),
        (np.array([1e16, np.nan, np.inf, -np.inf]), [1e16, None, None, None], ["1e+16", "nan", "inf", "-inf"]),
        (np.array([1.0, 2.0], dtype=">f8"), [1.0, 2.0], ["1.0", "2.0"]),
        (np.longdouble([0.1]), [0.1], ["0.1"]),
        (np.array([2**64 - 1, 0], dtype=np.uint64), [2**64 - 1, 0], ["18446744073709551615", "0"]),
        ([2**53 + 1, 0.5], [2**53 + 1, 0.5], ["9007199254740993", "0.5"]),
        (np.array([2**70, None, 1], dtype=object), [2**70, None, 1], [str(2**70), "", "1"]),
        (np.array([np.float32(0.1), 0.25, "a"], dtype=object), [0.1, 0.25, "a"], ["0.1", "0.25", "a"]),
        ([1, "a"], [1, "a"], ["1", "a"]),
        (np.array([True, False]), [True, False], ["True", "False"]),
        (["a,b", 'say "x"', "two\nlines", "é"], ["a,b", 'say "x"', "two\nlines", "é"], ["a,b", 'say "x"', "two\nlines", "é"]),
        (np.array([b"a", b"\xc3\xa9"]), ["a", "é"], ["a", "é"]),
        (np.array(["2024-02-29", "NaT"], "M8[D]"), ["2024-02-29", None], ["2024-02-29", ""]),
        (np.array(["2024-02-29T12:30:00.250"], "M8[ns]"), ["2024-02-29T12:30:00.25"], ["2024-02-29T12:30:00.25"]),
        ([date(2024, 2, 29), datetime(2024, 2, 29, 1)], ["2024-02-29", "2024-02-29T01:00:00"], ["2024-02-29", "2024-02-29T01:00:00"]),
        (pd.Series(pd.to_datetime(["2024-02-29 01:00"], utc=True)), ["2024-02-29T01:00:00+00:00"], ["2024-02-29T01:00:00+00:00"]),
        (np.array([3600, 1], "m8[s]"), ["PT3600S", "PT1S"], ["PT3600S", "PT1S"]),
        ([timedelta(milliseconds=1500)], ["PT1.5S"], ["PT1.5S"]),
        (pd.Series([1, None], dtype="Int64"), [1, None], ["1", ""]),
        (pd.Series(["x", None]), ["x", None], ["x", ""]),
        (pd.Series(["x", "y"], dtype="category"), ["x", "y"], ["x", "y"]),
        ([pd.NaT, pd.Timestamp("2024-01-01")], [None, "2024-01-01T00:00:00"], ["", "2024-01-01T00:00:00"]),
        (np.ma.array([1, 2], mask=[False, True]), [1, None], ["1", ""]),
        ([Decimal("1.10")], ["1.10"], ["1.10"]),
    ],
    ids=repr,
)  # fmt: skip
def test_a_prediction_of_any_kind_reads_the_same_in_every_answer(predictions: Any, in_json: Any, in_csv: Any) -> None:
    document, lines, fields, array = read(predictions)
    assert (document, lines) == (in_json, in_json)
    assert [one for [one] in fields] == in_csv
    if array.dtype.kind == "U":
        assert array.tolist() == in_csv
    elif array.dtype.kind == "M":
        np.testing.assert_array_equal(array, np.array(in_json, array.dtype))
    else:
        np.testing.assert_array_equal(array, np.asarray(predictions, array.dtype))


def test_several_outputs_stand_side_by_side() -> None:
    for predictions, in_json, in_csv in (
        (np.array([[1.5, 2], [3, 4]]), [[1.5, 2.0], [3.0, 4.0]], [["1.5", "2.0"], ["3.0", "4.0"]]),
        (sparse.csr_matrix([[1, 0], [0, 1]]), [[1, 0], [0, 1]], [["1", "0"], ["0", "1"]]),
        (pd.DataFrame({"n": [1, 2], "t": ["a", None]}), [[1, "a"], [2, None]], [["1", "a"], ["2", ""]]),
        ([["a", "b"], ["c", "d"]], [["a", "b"], ["c", "d"]], [["a", "b"], ["c", "d"]]),
    ):
        document, lines, fields, array = read(predictions)
        assert (document, lines, fields) == (in_json, in_json, in_csv)
        assert array.shape == (2, 2)


def test_lists_of_different_lengths_and_objects_are_json_also_as_a_field() -> None:
    predictions = [["a", "b"], [2**70], {"label": np.str_("c"), "score": np.float32(0.1)}]
    expected = [["a", "b"], [2**70], {"label": "c", "score": 0.1}]
    document, lines, fields, array = read(predictions)
    assert (document, lines) == (expected, expected)
    assert [json.loads(one) for [one] in fields] == expected
    assert [json.loads(one) for one in array] == expected


def test_a_classifier_of_several_labels_answers_densely_what_it_learned_sparsely() -> None:
    model = OneVsRestClassifier(LogisticRegression()).fit(X, sparse.csr_matrix(Y))
    got = answer_to(serving(model), json.dumps(X[:4].tolist()).encode(), JSON)
    assert json.loads(got.body)["predictions"] == model.predict(X[:4]).toarray().tolist()


def test_a_request_that_is_predicted_with_others_is_answered_as_it_is_alone() -> None:
    predictor = serving(LinearRegression().fit(X, X[:, 0]))
    predictor.model.predict = lambda rows: pd.Series([f"{one:.0f}" if one else None for one in rows[:, 0]])
    requests = [
        (json.dumps([[number, 2, 3]] * (number + 1)).encode(), JSON.encode(), None, None) for number in range(3)
    ]
    together = [Answer(*one) for one in predictor.answer(requests)[0]]
    assert [json.loads(one.body)["predictions"] for one in together] == [[None], ["1", "1"], ["2", "2", "2"]]


def test_the_list_alone_is_an_answer_where_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "ml_serving.rows.forms.encoders.settings", dataclasses.replace(SKLEARN.settings, bare_list=True)
    )
    assert answer(np.array([0.5, np.nan]), JSON).body == b"[0.5,null]"


def test_probabilities_come_with_what_each_column_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    probabilities = dataclasses.replace(SKLEARN.settings, probabilities=True)
    monkeypatch.setattr(SKLEARN, "settings", probabilities)
    monkeypatch.setattr("ml_serving.rows.forms.negotiated.settings", probabilities)
    for labels in (np.where(Y[:, 0], "ham", "spam"), Y[:, 1], Y[:, 2] > 0, np.column_stack([Y[:, 0], Y[:, 1] + 5])):
        model = DecisionTreeClassifier(max_depth=2).fit(X, labels)
        predictor, body = serving(model), json.dumps(X[:2].tolist()).encode()
        document = json.loads(answer_to(predictor, body, JSON).body)
        shares = model.predict_proba(X[:2])
        several = isinstance(shares, list)
        assert document["predictions"] == (np.hstack(shares) if several else shares).tolist()
        assert document["classes"] == ([one.tolist() for one in model.classes_] if several else model.classes_.tolist())
        assert len(answer_to(predictor, body, JSON, CSV).body.splitlines()) == 2


numbers = st.sampled_from([np.float16, np.float32, np.float64, np.int8, np.uint64, np.int64]).flatmap(
    lambda dtype: arrays.arrays(dtype, st.tuples(st.integers(1, 5)) | st.tuples(st.integers(1, 5), st.integers(1, 3)))
)


def words(body: bytes) -> list[str]:
    """The numbers in an answer as they are written, and how CSV says what JSON calls null."""
    return re.findall(r"-?\d[\d.e+-]*|null|nan|-?inf", body.decode())


@settings(max_examples=300, deadline=None)
@given(predictions=numbers)
def test_a_number_has_one_decimal_form_and_reads_back_exactly(predictions: np.ndarray) -> None:
    in_json, in_lines, in_csv = (words(answer(predictions, accept).body) for accept in (JSON, LINES, CSV))
    assert in_json == in_lines == [one if one[-1].isdigit() else "null" for one in in_csv]
    kept = np.array([predictions.dtype.type(one) for one in in_csv]).reshape(predictions.shape)
    np.testing.assert_array_equal(kept, predictions)
    np.testing.assert_array_equal(np.load(io.BytesIO(answer(predictions, NPY).body)), predictions)
