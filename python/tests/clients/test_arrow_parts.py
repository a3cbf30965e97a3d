"""Bodies of Parquet and Arrow in very many parts of next to nothing: refused before they are read, in a process that
lives on."""

import multiprocessing
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow
import pytest

from ml_serving.rows.forms.arrow_decoders import decode_arrow, decode_parquet
from tests.clients.test_arrow_memory import arrow_stream, decoded, parquet_file


def in_own_process(decode: Any, body: bytes) -> tuple[int, str]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        # Of a process that died there is no answer.
        return pool.apply_async(decoded, (decode, body)).get(60)


def many_batches(count: int, rows: int = 0) -> bytes:
    batch = pyarrow.record_batch([pyarrow.array(["1"] * rows, "string")], ["a"])
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, batch.schema) as writer:
        for _ in range(count):
            writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def many_dictionaries(count: int) -> bytes:
    """Of one batch each, of nothing."""
    kind = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    sink = pyarrow.BufferOutputStream()
    options = pyarrow.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    with pyarrow.ipc.new_stream(sink, pyarrow.schema([("a", kind)]), options=options) as writer:
        for number in range(count):
            levels = pyarrow.array([str(one) for one in range(number % 2 + 1)])
            column = pyarrow.DictionaryArray.from_arrays(np.zeros(0, np.int32), levels)
            writer.write_batch(pyarrow.record_batch([column], ["a"]))
    return sink.getvalue().to_pybytes()


def wide(columns: int) -> pyarrow.Table:
    return pyarrow.table({f"c{number}": [0] for number in range(columns)})


def groups_of_one(rows: int) -> bytes:
    return parquet_file(row_group_size=1)(pyarrow.table({"a": ["1"] * rows}))


@pytest.mark.parametrize(
    ("decode", "body", "expected"),
    [
        pytest.param(
            decode_arrow,
            lambda: many_batches(200_000),
            (413, "more than 50000 parts"),
            id="batches",
        ),
        pytest.param(
            decode_arrow,
            lambda: many_dictionaries(60_000),
            (413, "more than 50000 parts"),
            id="dictionaries",
            marks=pytest.mark.all,
        ),
        pytest.param(
            decode_arrow,
            lambda: arrow_stream()(wide(60_000)),
            (400, "row 1 has 60000 features, expected 1"),
            id="columns",
            marks=pytest.mark.all,
        ),
        pytest.param(
            decode_parquet,
            lambda: parquet_file()(wide(26_000)),
            (400, "row 1 has 26000 features, expected 1"),
            id="Parquet, columns",
        ),
        pytest.param(
            decode_parquet,
            lambda: groups_of_one(60_000),
            (413, "more than 50000 parts"),
            id="Parquet, groups",
            marks=pytest.mark.all,
        ),
        pytest.param(
            decode_parquet,
            lambda: parquet_file()(pyarrow.table({"a": wide(26_000).to_struct_array()})),
            (400, "of which no column is read: send texts, numbers"),
            id="Parquet, columns of a column",
            marks=pytest.mark.all,
        ),
    ],
)
def test_a_body_in_very_many_parts_is_refused_and_ends_no_process(
    decode: Any, body: Callable[[], bytes], expected: tuple[int, str]
) -> None:
    status, message = in_own_process(decode, body())
    assert (status, expected[1] in message) == (expected[0], True), message[:200]


def test_rows_in_many_batches_and_batches_of_none_are_read() -> None:
    assert decoded(decode_arrow, many_batches(20_000, rows=1)) == (200, "")
    assert decoded(decode_parquet, groups_of_one(2_000)) == (200, "")
