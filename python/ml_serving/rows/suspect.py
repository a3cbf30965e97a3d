"""Which value of a request a model most likely refused."""

from collections.abc import Iterator, Sequence

import numpy as np

from ml_serving.errors import first_line
from ml_serving.rows.columns.schema import FILE, NUMBER, OBJECT, OPEN, Column
from ml_serving.rows.columns.table import Array, Table, is_missing
from ml_serving.rows.features import Features

# Beyond it, scikit-learn's trees and XGBoost take a number for infinity.
LARGEST = float(np.finfo(np.float32).max)
# So many columns are named in a message.
NAMED = 10


def suspect(
    table: Table, features: Features, words: str
) -> tuple[int, int, str] | None:
    """The row and column (from 0) of the value that a model's message is about, and what is
    said of it; None where the message does not tell."""
    columns: Sequence[Array] = (
        list(table.columns[0].T) if table.is_matrix else table.columns
    )
    found = [
        (row, index, kind)
        for index, column in enumerate(columns)
        for row, kind in suspects(column, features.column(index), words)
    ]
    return min(found, default=None)


def suspects(array: Array, column: Column, words: str) -> Iterator[tuple[int, str]]:
    """The first value of each kind, in one column."""
    lower = words.lower()
    if array.dtype == object:
        text = "convert string" in lower and column.type in (NUMBER, OBJECT, OPEN)
        for row, value in enumerate(array):
            if isinstance(value, str) and (text or column.categories):
                unknown = value not in (column.categories or ())
                if unknown and repr(value) in words:
                    yield row, "text" if text else repr(value)
                    break
    if array.dtype.kind in "iub" and column.categories and "categories" in lower:
        for row, value in enumerate(array.tolist()):
            if value not in column.categories and str(value) in words:
                yield row, repr(value)
                break
    if "infin" in lower and array.dtype.kind == "f":
        yield from first(np.isinf(array), "infinite")
        yield from first(np.abs(array) > LARGEST, "too large")
    if "nan" in lower or "missing" in lower:
        yield from first(missing_in(array), "missing")


def not_dates(features: Features, error: Exception) -> str | None:
    """What to do where code of the user's asks texts for what only dates have; None where it is no such error."""
    texts = [
        features.name(index)
        for index, column in enumerate(features.known)
        if column.declared and column.type == "str"
    ]
    if not texts or "Can only use .dt accessor" not in str(error):
        return None
    said, names = first_line(error), ", ".join(texts[:NAMED])
    return (
        f"the model's own code failed: {said}; declared str: {names}: did the model get dates? "
        f"declare datetime64[ns] in model/{FILE}"
    )


def first(found: Array, kind: str) -> Iterator[tuple[int, str]]:
    if found.any():
        yield int(found.argmax()), kind


def missing_in(array: Array) -> Array:
    if array.dtype == object:
        return np.array([is_missing(value) for value in array], bool)
    if array.dtype.kind == "M":
        return np.isnat(array)
    return np.isnan(array) if array.dtype.kind == "f" else np.zeros(len(array), bool)
