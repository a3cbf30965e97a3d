"""CSV becomes an array of rows. Most of it is numbers, and read as fast as JSON is."""

import csv
import io
import re
from collections.abc import Mapping

import numpy as np
import orjson

from ml_serving.errors import RequestError, first_line
from ml_serving.rows.features import Features
from ml_serving.worker.text import decode_charset

# How a field says that there is no value.
MISSING = ("", "na", "n/a", "null", "none")
# Where one is empty.
EMPTY = re.compile(r"(?m)(?<![^,\n])(?=,|$)")


def decode_csv(
    body: bytes, parameters: Mapping[str, str], features: Features
) -> np.ndarray:
    """One row a line, after a line of feature names in any order, if there is one.

    Whether there is one is seen from the line itself unless the parameter `header`
    (RFC 4180: present or absent) says so. Names are ignored by a model that was trained
    without. An empty field is a missing value. Takes and returns what every decoder does
    (see decoders.py).
    """
    content = decode_charset(body, parameters)
    given = parameters.get("header", "").lower()
    # Where the model knows no names, numbers are data.
    quick = given != "present" and features.names is None
    if quick and (array := numbers(content, features)) is not None:
        return array
    try:
        lines = csv.reader(io.StringIO(content, newline=""))
        first = next((row for row in lines if row), list[str]())
        header = given == "present" or (
            given != "absent" and is_header(first, features)
        )
        read = lines.line_num if header else 0
        rest = "".join(content.split("\n", read)[read:])
        if (array := numbers(rest, features)) is not None:
            order = features.order(column_names(first, features)) if header else None
            return array if order is None else array[:, order]
        rows = [first, *(row for row in lines if row)]
    except csv.Error as error:
        raise RequestError(400, f"the body is not CSV: {first_line(error)}") from error
    if not first:
        raise RequestError(400, "the request has no rows")
    if header:
        rows = features.reorder(column_names(first, features), rows[1:])
    return features.array(
        [
            [value(cell, index, features) for index, cell in enumerate(row)]
            for row in rows
        ]
    )


def numbers(content: str, features: Features) -> np.ndarray | None:
    """A table of numbers, by the JSON parser, which reads them several times faster than
    what is made for CSV, and exactly. None for a table that holds anything else."""
    if "\r" in content:
        content = content.replace("\r\n", "\n")
    content = content.strip("\n")
    if features.text_columns or any(mark in content for mark in '"[{\r'):
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


def is_header(row: list[str], features: Features) -> bool:
    names = features.names
    if all(not isinstance(number_or_text(cell), str) for cell in row):
        # A row of data, unless the columns were simply numbered.
        return names is not None and [cell.strip() for cell in row] == list(names)
    if names is not None:
        return bool(set(column_names(row, features)) & set(names))
    return not features.text and all(
        isinstance(number_or_text(cell), str) for cell in row
    )


def column_names(row: list[str], features: Features) -> list[str]:
    stripped = [cell.strip() for cell in row]
    return row if set(row) == set(features.names or ()) else stripped


def value(cell: str, index: int, features: Features) -> float | bool | str | None:
    """A field as what it stands for; in a column of text, as it is."""
    if index in features.text_columns:
        return cell or None
    return number_or_text(cell)


def number_or_text(cell: str) -> float | bool | str | None:
    word = cell.strip().lower()
    if word in MISSING:
        return None
    if word in ("true", "false"):
        return word == "true"
    try:
        return number(word)
    except ValueError:
        return cell


def number(word: str) -> float:
    # float() would take 1_000 too, which no writer of CSV means as a number.
    if "_" in word or not word.isascii():
        raise ValueError(word)
    return float(word)
