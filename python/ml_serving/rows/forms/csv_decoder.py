"""CSV becomes tables of rows. Most of it is numbers, and read as fast as JSON is."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

import numpy as np
import orjson

from ml_serving.errors import RequestError, first_line
from ml_serving.rows.columns.table import Array, Rows
from ml_serving.rows.features import Features
from ml_serving.rows.forms.csv_header import (
    as_pandas_names,
    check_numbers,
    check_separator,
    column_names,
    could_be_names,
    is_header,
)
from ml_serving.rows.forms.fields import read_fields
from ml_serving.rows.forms.lengths import no_rows, wrong_length
from ml_serving.rows.forms.padding import without_padding
from ml_serving.worker.text import check_count, csv_lines, csv_values, decode_charset

# Lines that are made values of at once.
AT_ONCE = 4096
# Characters that are read as numbers at once.
PIECE = 1024 * 1024
# A first line may have so many fields more than the model has features: names that it does not know.
FURTHER = 10_000
# A field, in quotes or not. Quotes within one that does not begin with them are its own.
FIELD = re.compile(
    r'"(?:[^"]++|"")*+(?:"[^,\r\n]*+|\Z)|[^",\r\n][^,\r\n]*+',
)


def decode_csv(body: bytes, parameters: Mapping[str, str], features: Features) -> Rows:
    """One row a line, after a line of feature names in any order, if there is one.

    A first line that holds the model's names is one, and any where the parameter `header`
    (RFC 4180: present or absent) says so. Takes and returns what every decoder does (see
    decoders.py).
    """
    content = decode_charset(body, parameters)
    given = parameters.get("header", "").lower()
    if features.names is None and not given and content.startswith("0,1,2"):
        check_numbers(content, features)
    # Where no name of the model's looks like a number, numbers are data.
    quick = features.plain and given != "present" and not features.numbered
    if quick and (matrix := numbers(content, features)) is not None:
        return features.numbers(matrix)
    content = content.lstrip("\r\n")
    values = csv_values(content)
    line = re.split(r"[\r\n]", content, maxsplit=1)[0]
    if line == "sep=,":
        raise RequestError(
            400,
            "the first line, sep=, is a word of Excel to itself, and no row: leave it out",
        )
    if '"' not in line:
        check_width(line.count(",") + 1, features)
    try:
        content, empty = marked(content, values)
        stream = io.StringIO(content, newline="")
        lines = (row for row in csv_lines(stream, values) if row)
        if (first := next(lines, None)) is None:
            raise no_rows()
        check_width(len(first), features)
        unmarked = ["" if cell == empty else cell for cell in first]
        heads = as_pandas_names(unmarked, features)
        header = given == "present" or (
            given != "absent" and is_header(heads, features)
        )
        behind = stream.tell()
        rest = stream.read() if header else content
        stream.seek(behind)
        unread = features.plain and (header or not quick)
        if unread and (matrix := numbers(rest, features)) is not None:
            order = features.order(column_names(heads, features)) if header else None
            return features.numbers(matrix if order is None else matrix[:, order])
        if not header:
            return without_header(first, lines, features, empty)
        names = column_names(heads, features)
        if names != list(features.spelled(heads)):
            lines = without_padding(lines, names, features)
        return from_lines(lines, names, features, empty)
    except csv.Error as error:
        raise RequestError(400, f"the body is not CSV: {first_line(error)}") from error


def check_width(fields: int, features: Features) -> None:
    """Of the first line, before millions of fields are looked at that no model has. Raises RequestError."""
    most = FURTHER + (features.count or 0)
    if fields <= most:
        return
    if features.count is not None:
        raise wrong_length(1, fields, features.count)
    raise RequestError(
        413,
        f"row 1 has {fields} fields: of a model that does not say how many features it has, at most {most} are read "
        "where not all of them are numbers",
    )


def without_header(
    first: list[str], lines: Iterator[list[str]], features: Features, empty: str
) -> Rows:
    """first: the first of the rows."""
    try:
        return from_lines(chain([first], lines), None, features, empty)
    except RequestError as error:
        if error.message.startswith("row 1, ") and could_be_names(first):
            hint = "if the first line is a header, say text/csv; header=present"
            raise RequestError(400, f"{error.message} ({hint})") from error
        raise


def from_lines(
    lines: Iterator[list[str]], names: list[str] | None, features: Features, empty: str
) -> Rows:
    """Rows of fields. names: of a header. empty: what stands for an empty text."""
    # Said before any row is looked at: the names may be what is wrong.
    order = features.order(names) if names is not None else None
    width = len(names) if names is not None else features.count
    found: list[list[Any]] = []
    count = 0
    while some := list(islice(lines, AT_ONCE)):
        width = width or len(some[0])
        for number, row in enumerate(some, start=count + 1):
            if len(row) != width:
                check_separator(row, width, number)
                raise wrong_length(number, len(row), width)
        count += len(some)
        columns = list(zip(*some, strict=True))
        if order is not None:
            columns = [columns[index] for index in order]
        read = [
            read_fields(column, features.column(index), empty, width == 1)
            for index, column in enumerate(columns)
        ]
        if found:
            for column, more in zip(found, read, strict=True):
                column.extend(more)
            continue
        found = read
        if len(some) == AT_ONCE:
            # What is wrong with these is said before all others are read.
            features.from_columns(found, None if order is not None else names)
    if not found:
        raise no_rows()
    return features.from_columns(found, None if order is not None else names)


def marked(content: str, values: int) -> tuple[str, str]:
    """The content with a mark in place of each empty text in quotes, which the csv module
    does not tell from what is missing; and that mark. values: in it. Raises RequestError."""
    # Longer than any run of it in the content.
    runs = re.findall("\ufdd0+", content)
    mark = "\ufdd0" * (1 + max(map(len, runs), default=0))
    if '""' not in content:
        return content, mark
    check_count(values)
    return FIELD.sub(lambda one: mark if one[0] == '""' else one[0], content), mark


def numbers(content: str, features: Features) -> Array | None:
    """A table of numbers, by the JSON parser, which reads them several times faster than
    what is made for CSV, and exactly. None for a table that holds anything else."""
    if "\r" in content:
        content = content.replace("\r\n", "\n")
    content = content.strip("\n")
    # What JSON has, and a table of numbers has not. A pattern would take ten times as long as these four.
    if '"' in content or "[" in content or "{" in content or "\r" in content:
        return None
    width = features.count or content.partition("\n")[0].count(",") + 1
    if len(content) <= PIECE:
        return part_of_numbers(content, width)
    rows = content.count("\n") + 1
    # Each field has a comma or the end of a line.
    if rows * width > len(content) + 1:
        return None
    matrix = np.empty((rows, width))
    filled = 0
    for piece in pieces(content):
        if (part := part_of_numbers(piece, width)) is None:
            return None
        matrix[filled : filled + len(part)] = part
        filled += len(part)
    return matrix


def pieces(content: str) -> Iterator[str]:
    """Some lines at a time: as Python's numbers, all of them would take much more than the matrix."""
    start = 0
    while start < len(content):
        end = content.find("\n", start + PIECE)
        end = len(content) if end < 0 else end
        yield content[start:end]
        start = end + 1


def part_of_numbers(content: str, width: int) -> Array | None:
    rows = content.count("\n") + 1
    try:
        values = orjson.loads("[" + content.replace("\n", ",") + "]")
    except orjson.JSONDecodeError:
        if content.count(",") != rows * (width - 1):
            return None
        filled = with_nulls(content)
        return None if filled == content else part_of_numbers(filled, width)
    if len(values) != rows * width or not is_even(content, rows, width):
        return None
    return np.array(values, dtype=np.float64).reshape(rows, width)


def with_nulls(content: str) -> str:
    """Where a field is empty, but for lines without any, which are no rows."""
    if "\n\n" in content:
        return content
    # Twice, since two that touch are one place for the first.
    content = content.replace(",,", ",null,").replace(",,", ",null,")
    lines = f"\n{content}\n".replace("\n,", "\nnull,").replace(",\n", ",null\n")
    return lines[1:-1]


def is_even(content: str, rows: int, width: int) -> bool:
    """Whether a table of rows * width fields has width in each row."""
    if rows == 1 or width == 1:
        return True
    text = np.frombuffer(content.encode(), np.uint8)
    ends = np.flatnonzero(text == ord("\n"))
    commas = np.flatnonzero(text == ord(",")).reshape(rows, width - 1)
    return bool((commas[:-1, -1] < ends).all() and (ends < commas[1:, 0]).all())
