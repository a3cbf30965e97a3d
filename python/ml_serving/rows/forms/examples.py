"""A row as a request of each content type: what GET /schema shows, and `serve check` sends.

Each takes the names of columns, or None, rows of values as JSON has them, and whether a row is
its one value, a text or an object; and returns a body, or None where the content type cannot hold them.
"""

import csv
import importlib
import importlib.util
import io
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import orjson

from ml_serving.documents import Json

Names = Sequence[str] | None
Rows = Sequence[Sequence[Json]]


def json_body(names: Names, rows: Rows, single: bool) -> bytes | None:
    """None for whole numbers of more than 64 bits, as for JSON lines: they would be read as fractions."""
    try:
        return orjson.dumps({"instances": records(names, rows, single)})
    except orjson.JSONEncodeError:
        return None


def json_lines_body(names: Names, rows: Rows, single: bool) -> bytes | None:
    try:
        lines = [orjson.dumps(row) for row in records(names, rows, single)]
    except orjson.JSONEncodeError:
        return None
    return b"\n".join(lines) + b"\n"


def records(names: Names, rows: Rows, single: bool) -> list[object]:
    if single:
        return [row[0] for row in rows]
    if names is None:
        return list(rows)
    return [dict(zip(names, row, strict=True)) for row in rows]


def csv_body(names: Names, rows: Rows, single: bool) -> bytes | None:
    if any(isinstance(value, dict | list) for row in rows for value in row):
        return None
    if single and any(value is None for value, *_ in rows):
        # It would be read as the empty text.
        return None
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if names is not None:
        writer.writerow(names)
    writer.writerows([field(value) for value in row] for row in rows)
    return text.getvalue().encode()


def field(value: Json) -> Json:
    # As JSON writes it, and csv does not.
    return orjson.dumps(value).decode() if isinstance(value, bool | float) else value


def npy_body(names: Names, rows: Rows, single: bool) -> bytes | None:
    values = [value for row in rows for value in row]
    if not all(isinstance(value, int | float | None) for value in values):
        return None
    if any(isinstance(value, int) and abs(value) > 2**53 for value in values):
        return None
    stream = io.BytesIO()
    np.save(stream, np.array(rows, dtype=np.float64), allow_pickle=False)
    return stream.getvalue()


def text_body(names: Names, rows: Rows, single: bool) -> bytes | None:
    texts = [row[0] for row in rows]
    whole = all(
        isinstance(one, str) and one and not set("\r\n") & set(one) for one in texts
    )
    return "".join(f"{text}\n" for text in texts).encode() if single and whole else None


def parquet_body(names: Names, rows: Rows, single: bool) -> bytes | None:
    """None also where pyarrow is not installed, as for arrow_body."""
    table = arrow_table(names, rows)
    if table is None:
        return None
    stream = io.BytesIO()
    cast(Any, importlib.import_module("pyarrow.parquet")).write_table(table, stream)
    return stream.getvalue()


def arrow_body(names: Names, rows: Rows, single: bool) -> bytes | None:
    table = arrow_table(names, rows)
    if table is None:
        return None
    stream = io.BytesIO()
    with cast(Any, importlib.import_module("pyarrow")).ipc.new_stream(
        stream, table.schema
    ) as writer:
        writer.write_table(table)
    return stream.getvalue()


def arrow_table(names: Names, rows: Rows) -> Any:
    if names is None or importlib.util.find_spec("pyarrow") is None:
        return None
    arrow = cast(Any, importlib.import_module("pyarrow"))
    columns = zip(*rows, strict=True)
    try:
        return arrow.table(
            {name: list(column) for name, column in zip(names, columns, strict=True)}
        )
    except (arrow.ArrowInvalid, arrow.ArrowTypeError, OverflowError):
        # Values of several types in a column.
        return None
