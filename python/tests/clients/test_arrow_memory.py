"""Small bodies of Parquet and Arrow that unpack to much: refused before they have."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from ml_serving.errors import RequestError
from ml_serving.rows.columns.schema import Column
from ml_serving.rows.features import Features
from ml_serving.rows.forms.arrow_decoders import decode_arrow, decode_parquet
from ml_serving.settings import settings
from ml_serving.worker.fence import BESIDE
from tests.peak import peak_of

MEGABYTE = 1024 * 1024
MOST_MB = (settings.max_rows_bytes + BESIDE) / MEGABYTE


def parquet_file(**options: Any) -> Callable[[pyarrow.Table], bytes]:
    def written(table: pyarrow.Table) -> bytes:
        stream = io.BytesIO()
        parquet.write_table(table, stream, compression="zstd", **options)
        return stream.getvalue()

    return written


def arrow_stream(compression: str | None = None) -> Callable[[pyarrow.Table], bytes]:
    def written(table: pyarrow.Table) -> bytes:
        stream = io.BytesIO()
        options = pyarrow.ipc.IpcWriteOptions(compression=compression)
        with pyarrow.ipc.new_stream(stream, table.schema, options=options) as writer:
            writer.write_table(table)
        return stream.getvalue()

    return written


def once(rows: int) -> pyarrow.Array:
    """A long text that is held once for all rows."""
    return pyarrow.DictionaryArray.from_arrays(np.zeros(rows, np.int32), ["x" * MEGABYTE])


def decoded(decode: Any, body: bytes) -> tuple[int, str]:
    columns = (Column("a", "str", source="schema"),)
    try:
        decode(body, {}, Features(1, ["a"], columns=columns, form="frame"))
    except RequestError as error:
        return error.status, error.message
    return 200, ""


@pytest.mark.parametrize(
    ("decode", "write", "column"),
    [
        (decode_arrow, arrow_stream("zstd"), once(1500)),
        (decode_arrow, arrow_stream(), once(1500)),
        (decode_parquet, parquet_file(), once(1500)),
        (decode_parquet, parquet_file(use_dictionary=False), once(400).cast("string")),
        (decode_arrow, arrow_stream("zstd"), np.zeros(60_000_000)),
        (decode_parquet, parquet_file(), np.zeros(60_000_000)),
        (decode_arrow, arrow_stream("zstd"), pyarrow.array(["12"]).take(np.zeros(6_000_000, "i4"))),
    ],
    ids=["dictionary, zstd", "dictionary", "Parquet", "Parquet, plain", "zeros", "Parquet, zeros", "short texts"],
)
def test_what_unpacks_to_more_than_rows_may_take_is_413_and_never_all_in_memory(
    decode: Any, write: Callable[[pyarrow.Table], bytes], column: Any
) -> None:
    body = write(pyarrow.table({"a": column}))
    assert len(body) < settings.max_body_bytes
    (status, message), grown = peak_of(lambda: decoded(decode, body))
    assert (status, message) == (413, f"the rows take more than {settings.max_rows_bytes} bytes")
    # What the process had and did not use counts, too, and pages of libraries.
    assert grown < 1.25 * MOST_MB
