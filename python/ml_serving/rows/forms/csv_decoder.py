"""CSV becomes tables of rows. Most of it is numbers, and read as fast as JSON is."""

import csv
import io
import re
from collections.abc import Mapping

import numpy as np
import orjson

from ml_serving.errors import RequestError, first_line
from ml_serving.rows.columns.table import Array, Rows
from ml_serving.rows.features import Features
from ml_serving.rows.forms.csv_header import (
    check_separator,
    column_names,
    could_be_names,
    is_header,
)
from ml_serving.rows.forms.fields import read_fields
from ml_serving.rows.forms.lengths import no_rows, wrong_length
from ml_serving.worker.text import decode_charset

# Where a field is empty.
EMPTY = re.compile(r"(?m)(?<![^,\n])(?=,|$)")
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
    # Where no name of the model's looks like a number, numbers are data.
    quick = features.plain and given != "present" and not features.numbered
    if quick and (matrix := numbers(content, features)) is not None:
        return features.numbers(matrix)
    try:
        content, empty = marked(content)
        stream = io.StringIO(content, newline="")
        lines = csv.reader(stream)
        first = next((row for row in lines if row), list[str]())
        header = given == "present" or (
            given != "absent" and is_header(first, features)
        )
        behind = stream.tell()
        rest = stream.read() if header else content
        stream.seek(behind)
        if features.plain and (matrix := numbers(rest, features)) is not None:
            order = features.order(column_names(first, features)) if header else None
            return features.numbers(matrix if order is None else matrix[:, order])
        rows = [first, *(row for row in lines if row)]
    except csv.Error as error:
        raise RequestError(400, f"the body is not CSV: {first_line(error)}") from error
    if header:
        rows = rows[1:]
    if not first or not rows:
        raise no_rows()
    names = column_names(first, features) if header else None
    if names is not None and names != list(features.spelled(first)):
        # Blanks around names are the writer's, and so are those around values.
        rows = [[cell.strip() for cell in row] for row in rows]
    try:
        return from_lines(rows, names, features, empty)
    except RequestError as error:
        if error.message.startswith("row 1, ") and not header and could_be_names(first):
            hint = "if the first line is a header, say text/csv; header=present"
            raise RequestError(400, f"{error.message} ({hint})") from error
        raise


def from_lines(
    rows: list[list[str]], names: list[str] | None, features: Features, empty: str
) -> Rows:
    """Rows of fields. names: of a header. empty: what stands for an empty text."""
    if names is not None:
        # Said before any row is looked at: the names may be what is wrong.
        features.order(names)
    width = len(names) if names is not None else features.count or len(rows[0])
    for number, row in enumerate(rows, start=1):
        if len(row) != width:
            check_separator(row, width, number)
            raise wrong_length(number, len(row), width)
    order = features.order(names) if names is not None else None
    columns = list(zip(*rows, strict=True))
    if order is not None:
        columns = [columns[index] for index in order]
        names = None
    return features.from_columns(
        [
            read_fields(column, features.column(index), empty)
            for index, column in enumerate(columns)
        ],
        names,
    )


def marked(content: str) -> tuple[str, str]:
    """The content with a mark in place of each empty text in quotes, which the csv module
    does not tell from what is missing; and that mark."""
    # Longer than any run of it in the content.
    runs = re.findall("\ufdd0+", content)
    mark = "\ufdd0" * (1 + max(map(len, runs), default=0))
    if '""' not in content:
        return content, mark
    return FIELD.sub(lambda one: mark if one[0] == '""' else one[0], content), mark


def numbers(content: str, features: Features) -> Array | None:
    """A table of numbers, by the JSON parser, which reads them several times faster than
    what is made for CSV, and exactly. None for a table that holds anything else."""
    if "\r" in content:
        content = content.replace("\r\n", "\n")
    content = content.strip("\n")
    if any(mark in content for mark in '"[{\r'):
        return None
    try:
        values = orjson.loads("[" + content.replace("\n", ",") + "]")
    except orjson.JSONDecodeError:
        # A line without any field is no row.
        filled = content if "\n\n" in content else EMPTY.sub("null", content)
        return None if filled == content else numbers(filled, features)
    rows = content.count("\n") + 1
    width = features.count or len(values) // rows
    if not width or len(values) != rows * width or not is_even(content, rows, width):
        return None
    return np.array(values, dtype=np.float64).reshape(rows, width)


def is_even(content: str, rows: int, width: int) -> bool:
    """Whether a table of rows * width fields has width in each row."""
    if rows == 1 or width == 1:
        return True
    text = np.frombuffer(content.encode(), np.uint8)
    ends = np.flatnonzero(text == ord("\n"))
    commas = np.flatnonzero(text == ord(",")).reshape(rows, width - 1)
    return bool((commas[:-1, -1] < ends).all() and (ends < commas[1:, 0]).all())
