"""What a value becomes in a column that is declared, and what is refused as none of it."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from ml_serving.errors import RequestError
from ml_serving.rows.columns.declared import with_schema
from ml_serving.rows.columns.schema import read_columns
from ml_serving.rows.features import Features
from ml_serving.rows.forms.csv_decoder import decode_csv
from ml_serving.rows.forms.decoders import decode_json
from ml_serving.sklearn.columns import model_features


class Seen(BaseEstimator):
    """Nothing is known of what it makes of a column."""

    def predict(self, rows: Any) -> Any:
        return rows


def features(model: Any = None, **column: Any) -> Features:
    return with_schema(model_features(model or Seen()), read_columns({"columns": [{"name": "a", **column}]}, "s"))


def got(known: Features, body: str, content_type: str = "json") -> Any:
    """What the model gets of the only column."""
    decode = decode_json if content_type == "json" else decode_csv
    [table] = decode(body.encode(), {"header": "absent"} if content_type == "csv" else {}, known).tables
    given = known.ready(table)
    return (given["a"] if isinstance(given, pd.DataFrame) else given[:, 0]).tolist()


def refusal(known: Features, body: str, content_type: str = "json") -> str:
    with pytest.raises(RequestError) as raised:
        got(known, body, content_type)
    assert raised.value.status == 400
    return raised.value.message


def test_a_list_is_no_category() -> None:
    for levels in ([1, 2], ["a", "b"], [True, False], ["a", 1]):
        known = features(type="category", categories=levels, required=False)
        for value in ("[1]", "{}", '["a"]'):
            assert refusal(known, f"[[{value}]]").endswith("is not a single value")


def test_categories_of_texts_and_numbers_are_taken_as_they_are_sent() -> None:
    known = features(type="category", categories=["a", 1, 2.5, "7"])
    assert got(known, '[["a"], [1], [2.5], ["7"]]') == ["a", 1, 2.5, "7"]
    assert got(known, "a\n1\n2.5\n7", "csv") == ["a", 1, 2.5, "7"]
    assert refusal(known, '[["b"]]') == "row 1, feature 'a': 'b' is none of its categories: 'a', 1, 2.5, '7'"


def test_truth_values_are_no_categories_of_numbers_as_in_pandas() -> None:
    known = features(type="category", categories=[0, 1], required=False)
    for body, content_type in (("[[true], [1]]", "json"), ('[["true"], ["1"]]', "json"), ("true\n1", "csv")):
        assert got(known, body, content_type) == [pytest.approx(np.nan, nan_ok=True), 1]
    truths = features(type="category", categories=[True, False])
    assert got(truths, '[[true], ["False"]]') == got(truths, "true\nFalse", "csv") == [True, False]
    assert refusal(truths, '[["x"]]') == "row 1, feature 'a': 'x' is neither true nor false"


@pytest.mark.parametrize("model", [Seen(), None])
def test_truth_values_may_be_texts_in_json_as_in_csv(model: Any) -> None:
    known = features(type="bool") if model else Features(1, ["a"], columns=features(type="bool").columns)
    spelled = ["true", "True", "FALSE", " false ", "1", "0"]
    expected = [True, True, False, False, True, False]
    assert got(known, json.dumps([[one] for one in spelled])) == expected
    assert got(known, "\n".join(spelled), "csv") == expected
    assert refusal(known, '[["yes"]]') == "row 1, feature 'a': 'yes' is neither true nor false"


def test_a_number_that_is_no_date_here_is_told_what_dates_of_numbers_need() -> None:
    for dates in ({}, {"format": "%Y-%m-%d"}):
        said = refusal(features(type="datetime64[ns]", **dates), "[[1704067200000]]")
        assert said.endswith("numbers are dates where model/input_schema.json has a unit")
    [first] = got(features(type="datetime64[ns]", unit="ms"), "[[1704067200000]]")
    assert first == pd.Timestamp("2024-01-01")


# Read as one matrix where nothing tells numbers from others, and else column by column.
MATRIX = Features(1, ["a"])


def declared(kind: str, known: Features) -> Features:
    return with_schema(known, read_columns({"columns": [{"name": "a", "type": kind}]}, "s"))


@pytest.mark.parametrize("known", [MATRIX, Features(1, ["a"], form="frame")], ids=["matrix", "frame"])
class TestNumbersAreReadAlikeInBothWays:
    def test_single_precision_is_rounded_as_in_training_and_never_infinite_without_a_word(
        self, known: Features
    ) -> None:
        single = declared("float32", known)
        assert got(single, "[[0.1]]") == got(single, "0.1", "csv") == [float(np.float32(0.1))]
        for body, content_type in (("[[1e39]]", "json"), ("-1e39", "csv")):
            assert refusal(single, body, content_type).endswith("1e+39 is too large for float32")

    def test_what_is_refused_is_shown_as_it_was_sent(self, known: Features) -> None:
        small = declared("int8", known)
        for content_type, body in (("json", "[[%s]]"), ("csv", "%s")):
            assert refusal(small, body % "200", content_type) == "row 1, feature 'a': 200 is out of the range of int8"
            assert refusal(small, body % "2.5", content_type) == "row 1, feature 'a': 2.5 is not a whole number (int8)"
        truth = declared("bool", known)
        assert refusal(truth, "[[3]]") == "row 1, feature 'a': 3 is neither true nor false"
