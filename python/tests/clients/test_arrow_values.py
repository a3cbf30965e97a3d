"""What Arrow's types hold and no other form does: the model gets that very value, or the sender is told."""

import io
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pytest
from pyarrow import parquet

from ml_serving.errors import RequestError
from ml_serving.rows.columns.schema import read_columns
from ml_serving.rows.features import Features
from ml_serving.rows.forms.arrow_decoders import decode_arrow, decode_parquet
from ml_serving.settings import Settings


def stream(table: Any) -> bytes:
    written = io.BytesIO()
    with pyarrow.ipc.new_stream(written, table.schema) as writer:
        writer.write_table(table)
    return written.getvalue()


def file(table: Any) -> bytes:
    written = io.BytesIO()
    parquet.write_table(table, written)
    return written.getvalue()


FORMS = {"stream": (stream, decode_arrow), "Parquet": (file, decode_parquet)}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> Any:
    return FORMS[request.param]


def read(form: Any, table: Any, **declared: str) -> Any:
    """What a model gets of a table's columns; declared: their types, or none for a model that says nothing."""
    write, decode = form
    columns = [{"name": name, "type": kind, "required": False} for name, kind in declared.items()]
    known = read_columns({"columns": columns}, "s") if columns else None
    features = Features(names=list(declared) or None, count=len(columns) or None, columns=known, form="frame")
    [rows] = decode(write(table), {}, features).tables
    return features.ready(rows)


def column(values: Any, kind: Any) -> Any:
    return pyarrow.table({"a": pyarrow.array(values, kind)})


DECIMAL, CENTS = pyarrow.decimal128(38, 0), pyarrow.decimal128(38, 2)


@pytest.mark.parametrize(
    ("declared", "kind", "value", "seen"),
    [
        ({"a": "int64"}, DECIMAL, 2**53 + 1, 2**53 + 1),
        ({}, DECIMAL, 2**53 + 1, 2**53 + 1),
        ({"a": "int64"}, CENTS, "270.00", 270),
        ({"a": "float64"}, CENTS, "0.10", 0.1),
        ({}, CENTS, "270.00", 270.0),
        ({"a": "float64"}, CENTS, str(2**60), float(2**60)),
    ],
)
def test_a_decimal_is_the_number_that_it_says(
    form: Any, declared: Mapping[str, str], kind: Any, value: Any, seen: Any
) -> None:
    [got] = read(form, column([Decimal(value)], kind), **declared)["a"].tolist()
    assert (got, type(got)) == (seen, type(seen))


def test_a_decimal_that_no_number_of_64_bits_says_is_refused_by_row(form: Any) -> None:
    for kind in ("int64", "float64"):
        with pytest.raises(RequestError, match=r"row 2, feature 'a': 9007199254740993.50 has more digits"):
            read(form, column([None, Decimal("9007199254740993.50")], CENTS), a=kind)


@pytest.mark.parametrize("levels", [["flat", "house"], [1, 2], [0.5, 1.5]], ids=repr)
def test_categories_of_pandas_are_the_values_that_they_stand_for(form: Any, levels: list[Any]) -> None:
    table = pyarrow.Table.from_pandas(pd.DataFrame({"a": pd.Categorical(levels[::-1])}))
    assert read(form, table)["a"].tolist() == levels[::-1]


@pytest.mark.parametrize("texts", [["ab", None, "a text that is longer than a view"], ["", "ü" * 20]])
def test_views_of_texts_as_polars_writes_them_are_texts(form: Any, texts: list[Any]) -> None:
    got = read(form, column(texts, pyarrow.string_view()), a="str")["a"]
    assert [None if pd.isna(one) else one for one in got] == texts
    levels = pyarrow.DictionaryArray.from_arrays([1, 0], pyarrow.array(texts[:2], pyarrow.string_view()))
    write, decode = FORMS["stream"]
    coded = read((write, decode), pyarrow.table({"a": levels}), a="str")["a"]
    assert [None if pd.isna(one) else one for one in coded] == texts[1::-1]
    empty = column([], pyarrow.string_view())
    with pytest.raises(RequestError, match="no rows"):
        read(form, empty, a="str")
    none_at_first = pyarrow.concat_tables([empty, column(texts, pyarrow.string_view())])
    assert len(read(form, none_at_first, a="str")) == len(texts)


def test_views_that_lie_in_the_same_bytes_are_counted_as_the_texts_that_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A megabyte, a thousand times.
    size, rows = 2**20, 1000
    view = np.array([size, int.from_bytes(b"xxxx"), 0, 0], "<i4").tobytes()
    parts = [None, pyarrow.py_buffer(view * rows), pyarrow.py_buffer(b"x" * size)]
    body = stream(pyarrow.table({"a": pyarrow.Array.from_buffers(pyarrow.string_view(), rows, parts)}))
    assert len(body) < 2 * size
    monkeypatch.setattr(Settings, "max_rows_bytes", 128 * 2**20)
    with pytest.raises(RequestError, match=r"the rows take more than 134217728 bytes"):
        decode_arrow(body, {}, Features(1, form="texts"))


def test_durations_are_refused_by_the_name_of_their_column(form: Any) -> None:
    for table in (
        column([1, None], pyarrow.duration("s")),
        pyarrow.Table.from_pandas(pd.DataFrame({"a": pd.to_timedelta([1, 2], "h")})),
    ):
        with pytest.raises(RequestError, match=r"column 'a' is of type duration\[.*send texts, numbers") as refused:
            read(form, table)
        assert refused.value.status == 400


FAR, NEAR = np.datetime64("3000-01-01", "us"), np.datetime64("2024-03-05T10:00", "us")


def test_a_time_is_never_another(form: Any) -> None:
    for unit in ("ms", "us"):
        times = column(np.array([FAR, NEAR]), pyarrow.timestamp(unit))
        for declared in ({}, {"a": "datetime64[us]"}, {"a": f"datetime64[{unit}]"}):
            assert read(form, times, **declared)["a"].tolist() == [pd.Timestamp(FAR), pd.Timestamp(NEAR)]
        with pytest.raises(RequestError, match=r"row 1, feature 'a': '3000-.* is out of the range of datetime64\[ns\]"):
            read(form, times, a="datetime64[ns]")


def test_a_zone_is_neither_made_up_nor_dropped(form: Any) -> None:
    naive = column(np.array([NEAR]), pyarrow.timestamp("us"))
    zoned = naive.cast(pyarrow.schema([("a", pyarrow.timestamp("us", "UTC"))]))
    assert read(form, zoned, a="datetime64[us, Europe/Berlin]")["a"][0] == pd.Timestamp("2024-03-05T11:00+01:00")
    with pytest.raises(RequestError, match="has no time zone"):
        read(form, naive, a="datetime64[us, UTC]")
    with pytest.raises(RequestError, match="has a time zone"):
        read(form, zoned, a="datetime64[us]")


def described(content: str) -> Any:
    return pyarrow.table({"a": [1]}).replace_schema_metadata({"pandas": content})


BROKEN = pyarrow.Array.from_buffers(
    pyarrow.string(), 1, [None, pyarrow.py_buffer(np.array([0, 2], "i4").tobytes()), pyarrow.py_buffer(b"\xff\xfe")]
)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (pyarrow.table([[1], [2]], names=["a", "a"]), "two columns are called 'a'"),
        (described("[]"), "the body's metadata of pandas has no list of index_columns"),
        (described("7"), "the body's metadata of pandas has no list of index_columns"),
        (described(json.dumps({"index_columns": 7})), "the body's metadata of pandas has no list of index_columns"),
        (described("{"), "the body is not a"),
        (column([2**62], pyarrow.timestamp("us", "UTC")), "column 'a' has a time out of the range of dates"),
        (pyarrow.table({"a": BROKEN}), "Invalid UTF8"),
    ],
    ids=["twice", "a list", "a number", "no list", "no JSON", "no date", "no text"],
)
def test_what_no_table_may_hold_is_refused_for_what_it_is(form: Any, table: Any, says: str) -> None:
    for declared in ({}, {"a": "str"}):
        with pytest.raises(RequestError) as raised:
            read(form, table, **declared)
        assert (raised.value.status, says in raised.value.message) == (400, True), raised.value.message
