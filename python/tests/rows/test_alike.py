"""A value is the same whatever form it comes in; where a form cannot tell, the sender is told."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from ml_serving.errors import RequestError
from ml_serving.rows.columns.schema import OPEN, Column
from ml_serving.rows.features import Features
from ml_serving.rows.forms.csv_decoder import decode_csv
from ml_serving.rows.forms.decoders import decode_json, decode_json_lines
from tests.rows.asking import serving

HUGE = 2**64 + 1


def only(kind: str) -> Features:
    source = "value" if kind == OPEN else "schema"
    return Features(1, ["a"], columns=(Column("a", kind, source=source),), form="frame")


def read(decode: Any, body: str, features: Features, **parameters: str) -> list[Any]:
    [table] = decode(body.encode(), parameters, features).tables
    return features.ready(table)["a"].tolist()


@pytest.mark.parametrize("number", [HUGE, -(2**63) - 1, 10**30, 2**64 - 1, 2**53 + 1])
def test_whole_numbers_of_any_size_are_the_same_in_json_and_csv(number: int) -> None:
    for decode, body in (
        (decode_json, f"[[{number}]]"),
        (decode_json, f'{{"instances": [{{"a": {number}}}]}}'),
        (decode_json, f"\ufeff[[{number}]]"),
        (decode_json_lines, f"[{number}]\n"),
        (decode_csv, f"{number}\n"),
    ):
        [seen] = read(decode, body, only(OPEN))
        assert (seen, type(seen)) == (number, int), body


def test_a_whole_number_beyond_its_column_is_refused_in_json_and_csv() -> None:
    for decode, body in ((decode_json, f"[[{HUGE}]]"), (decode_json_lines, f"[{HUGE}]"), (decode_csv, f"{HUGE}")):
        with pytest.raises(RequestError, match=f"row 1, feature 'a': {HUGE} is out of the range of int64"):
            read(decode, body, only("int64"))
        assert read(decode, body, only("float64")) == [float(HUGE)]


def test_a_long_number_changes_nothing_of_what_stands_beside_it() -> None:
    values = [0.12345678901234567890123, "12345678901234567890", None, True, "é😀", 1e300, HUGE]
    body = json.dumps([[value] for value in values]).replace("null", "NaN")
    rows = decode_json(body.encode(), {}, only(OPEN))
    seen = {rows.place(at, row): value for at, table in enumerate(rows.tables) for row, value in enumerate(table.columns[0].tolist())}  # fmt: skip
    for place, value in enumerate(values):
        assert seen[place] == value or (value is None and np.isnan(seen[place])), value


def test_a_long_number_in_what_is_nested_deep_is_a_400() -> None:
    for depth in (900, 1000, 1020):
        with pytest.raises(RequestError) as refused:
            read(decode_json, "[" * depth + str(HUGE) + "]" * depth, only(OPEN))
        assert refused.value.status == 400


@pytest.mark.parametrize(("field", "seen"), [("NAN", "NAN"), ("Nan", "Nan"), ("inf", np.inf), ("-1e5", -1e5), ("1" * 400, int("1" * 400)), ("1_0", "1_0")])  # fmt: skip
def test_a_field_is_what_pandas_would_make_of_it(field: str, seen: Any) -> None:
    assert read(decode_csv, field, only(OPEN)) == [seen]


def test_a_text_of_csv_may_be_as_long_as_the_body() -> None:
    text = "x" * 200_000
    assert read(decode_csv, f'"{text}"\n{text}\n', only("str")) == [text, text]


def test_truth_values_are_read_alike_as_texts_of_json_and_in_csv() -> None:
    for word in ("true", "True", "TRUE"):
        assert read(decode_json, f'[["{word}"]]', only("bool")) == [True]
        assert read(decode_csv, word, only("bool")) == [True]


frame = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 3)), columns=["a", "b", "c"])
named = serving(LinearRegression().fit(frame, frame["a"])).features
NUMBERED = pd.DataFrame(frame.to_numpy()).to_csv(index=False)
unnamed = serving(LinearRegression().fit(frame.to_numpy(), frame["a"])).features


@pytest.mark.parametrize("parameters", [{}, {"header": "present"}])
def test_an_index_that_pandas_has_written_is_told_as_such(parameters: dict[str, str]) -> None:
    for body in (frame.to_csv(), frame[["c", "b", "a"]].to_csv()):
        with pytest.raises(RequestError, match=r"a column without a name, as pandas writes an index.*index=False"):
            decode_csv(body.encode(), parameters, named)


@pytest.mark.parametrize(
    ("body", "parameters", "rows"),
    [
        (NUMBERED, {}, None),
        (NUMBERED.replace("\n", "\r\n"), {}, None),
        (NUMBERED.replace("\n", "\r"), {}, None),
        (NUMBERED, {"header": "present"}, 20),
        ("0,1,2\n3,4,5\n", {"header": "absent"}, 2),
        # A row by itself, as batch transform sends it.
        ("0,1,2\n", {}, 1),
        ("0,1,3\n3,4,5\n", {}, 2),
    ],
)
def test_what_pandas_calls_columns_without_names_is_never_taken_for_a_row_unless_that_is_said(
    body: str, parameters: dict[str, str], rows: int | None
) -> None:
    if rows is not None:
        assert len(decode_csv(body.encode(), parameters, unnamed)) == rows
        return
    with pytest.raises(
        RequestError, match=r"the first line \(0,1,2\) may be a row, or what pandas calls .* header="
    ) as it:
        decode_csv(body.encode(), parameters, unnamed)
    assert it.value.status == 400


@pytest.mark.parametrize("other", ['{"features": [1, 2, 3], "id": 7}', '{"a": 1}', "{}"])
def test_what_stands_beside_features_is_not_dropped_without_a_word(other: str) -> None:
    for decode, body in (
        (decode_json, f'[{{"features": [1, 2, 3]}}, {other}]'),
        (decode_json_lines, f'{{"features": [1, 2, 3]}}\n{other}\n'),
    ):
        with pytest.raises(RequestError, match=r'row 2 is not {"features": \[…\]}, with nothing beside it'):
            decode(body.encode(), {}, unnamed)
