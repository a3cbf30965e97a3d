"""Parquet files and Arrow streams: what they hold, what they claim, and what no model has a column for."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from sklearn.linear_model import LinearRegression

from ml_serving.errors import RequestError
from ml_serving.rows.columns.schema import Column
from ml_serving.rows.features import Features
from ml_serving.rows.forms.arrow_decoders import decode_arrow, decode_parquet
from ml_serving.rows.forms.decoders import decode_json
from tests.rows.asking import answer_to, serving

COLUMNS = (
    Column("postal", "int64", source="schema"),
    Column("price", "float64", source="schema"),
    Column("zip", "str", source="schema"),
    Column("kind", "category", categories=("flat", "house"), source="schema"),
    Column("when", "datetime64[us]", source="schema"),
)
NAMES = [str(column.name) for column in COLUMNS]
FEATURES = Features(len(NAMES), NAMES, columns=COLUMNS, form="frame")
SCHEMA = pyarrow.schema(
    [
        ("postal", pyarrow.int64()),
        ("price", pyarrow.float64()),
        ("zip", pyarrow.string()),
        ("kind", pyarrow.dictionary(pyarrow.int32(), pyarrow.string())),
        ("when", pyarrow.timestamp("us")),
    ]
)


def as_parquet(table: pyarrow.Table) -> bytes:
    stream = io.BytesIO()
    parquet.write_table(table, stream)
    return stream.getvalue()


def as_stream(table: pyarrow.Table) -> bytes:
    stream = io.BytesIO()
    with pyarrow.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table, max_chunksize=max(2, table.num_rows // 4))
    return stream.getvalue()


BOTH = pytest.mark.parametrize(("decode", "written"), [(decode_parquet, as_parquet), (decode_arrow, as_stream)])
Decode = Callable[[bytes, dict[str, str], Features], Any]
Written = Callable[[pyarrow.Table], bytes]


def seen(decode: Decode, body: bytes, features: Features = FEATURES) -> list[Any]:
    """What a model gets, value by value, in the request's order."""
    rows, found = decode(body, {}, features), {}
    for index, table in enumerate(rows.tables):
        frame = features.ready(table)
        for place, row in enumerate(frame.itertuples(index=False)):
            found[rows.place(index, place)] = [*map(str, frame.dtypes), *map(repr, row)]
    return [found[place] for place in sorted(found)]


rows = st.tuples(
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    st.none() | st.sampled_from(["flat", "house"]),
    st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),
)


@BOTH
@settings(max_examples=150, deadline=None)
@given(given=st.lists(rows, min_size=1, max_size=5))
def test_any_rows_give_the_model_what_json_gives_it(decode: Decode, written: Written, given: list[tuple]) -> None:
    columns = dict(zip(NAMES, map(list, zip(*given, strict=True)), strict=True))
    plain = [[one.isoformat() if isinstance(one, datetime) else one for one in row] for row in given]
    table = pyarrow.Table.from_pydict(columns, SCHEMA)
    assert seen(decode, written(table)) == seen(decode_json, json.dumps(plain).encode())
    assert seen(decode, written(table.select(NAMES[::-1]))) == seen(decode_json, json.dumps(plain).encode())


@BOTH
def test_an_index_of_pandas_is_no_column_and_decimals_and_small_types_are_numbers(
    decode: Decode, written: Written
) -> None:
    frame = pd.DataFrame({"a": np.float32([0.5, 1]), "b": [Decimal("1.25"), None], "c": np.uint8([1, 2])}, index=[7, 9])
    table = pyarrow.Table.from_pandas(frame, preserve_index=True)
    [made] = decode(written(table), {}, Features(3, ["a", "b", "c"])).tables
    np.testing.assert_array_equal(made.columns[0], [[0.5, 1.25, 1], [1, np.nan, 2]])


@BOTH
def test_dates_and_times_of_a_zone_are_the_same_moments(decode: Decode, written: Written) -> None:
    features = Features(1, ["when"], columns=[Column("when", "datetime64[ns, UTC]", source="schema")], form="frame")
    table = pyarrow.table(
        {"when": pyarrow.array([datetime(2024, 2, 29, 1, tzinfo=UTC)], pyarrow.timestamp("ms", "Europe/Berlin"))}
    )
    [[kind, moment]] = seen(decode, written(table), features)
    assert (kind, moment) == ("datetime64[ns, UTC]", "Timestamp('2024-02-29 01:00:00+0000', tz='UTC')")


@BOTH
@pytest.mark.parametrize(
    ("column", "status", "said"),
    [
        (pyarrow.array([[1]]), 400, "column 'a' is of type list"),
        (pyarrow.array([b"x"]), 400, "column 'a' is of type binary"),
        (pyarrow.array([], pyarrow.int64()), 400, "the request has no rows"),
        (pyarrow.array(["x"]), 400, "row 1, feature 'a': 'x' is not a number"),
        (pyarrow.nulls(40_000_000), 413, "the rows take more than"),
        (pyarrow.array(["x" * 1000]).take(np.zeros(250_000, np.int64)), 413, "the rows take more than"),
    ],
    ids=["list", "binary", "no rows", "text", "many rows", "a repeated text"],
)
def test_what_no_column_can_hold_and_what_unpacks_to_much_is_refused(
    decode: Decode, written: Written, column: Any, status: int, said: str
) -> None:
    with pytest.raises(RequestError) as refused:
        decode(written(pyarrow.table({"a": column})), {}, Features(1, ["a"]))
    assert (refused.value.status, said in refused.value.message) == (status, True), refused.value


@BOTH
def test_a_text_that_is_held_once_for_many_rows_stays_so(decode: Decode, written: Written) -> None:
    column = pyarrow.DictionaryArray.from_arrays(np.zeros(20_000, np.int8), ["x" * 1000])
    features = Features(1, ["a"], columns=[Column("a", "str", source="schema")], form="frame")
    [table] = decode(written(pyarrow.table({"a": column})), {}, features).tables
    assert len(table) == 20_000
    assert len(set(map(id, table.columns[0]))) <= 20_000 / 2


@pytest.mark.parametrize("name", ["parquet", "arrow.stream"])
@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=80), cut=st.integers(0, 600), at=st.integers(0, 600))
def test_no_body_whatever_is_more_than_a_400(name: str, body: bytes, cut: int, at: int) -> None:
    whole = as_parquet(TWO) if name == "parquet" else as_stream(TWO)
    damaged = whole[:at] + body + whole[at + len(body) :]
    for one in (body, whole[:cut], damaged):
        answer = answer_to(predictor, one, f"application/vnd.apache.{name}")
        assert answer.status in (200, 400), answer


TWO = pyarrow.table({"a": [1.0, 2.0], "b": [3.0, 4.0]})
predictor = serving(LinearRegression().fit(pd.DataFrame({"a": [1.0, 2, 3], "b": [1.0, 0, 2]}), [1, 2, 3]))
