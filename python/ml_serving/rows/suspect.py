"""Which value of a request a model most likely refused."""

import re
from collections.abc import Iterator, Sequence
from traceback import walk_tb
from typing import Any

import numpy as np

from ml_serving.rows.columns.schema import DATES, FILE, NUMBER, OBJECT, OPEN, Column
from ml_serving.rows.columns.table import Array, Table, is_missing
from ml_serving.rows.features import Features

LIBRARIES = ("sklearn", "imblearn", "lightgbm", "xgboost", "catboost")
# Beyond it, scikit-learn's trees and XGBoost take a number for infinity.
LARGEST = float(np.finfo(np.float32).max)
# The beginning of a text that is a date.
DATE_TEXT = re.compile(
    r"(\d{4}([-/])\d{1,2}\2\d{1,2}|\d{1,2}([-./])\d{1,2}\3\d{4})(?![\w./-])|\d{4}-\d\d-\d\dT\d"
)
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


def not_dates(table: Table, features: Features, error: Exception) -> str | None:
    """What to do where code of the user's most likely got texts for dates; None where nothing speaks for that."""
    asks = "Can only use .dt accessor" in str(error)
    if not asks and not isinstance(error, AttributeError | TypeError):
        return None
    texts = [
        index
        for index, column in enumerate(features.known)
        if column.type in ("str", OPEN)
    ]
    held = [one for one in texts if holds_dates(values_of(table, one))]
    declared = [one for one in texts if asks and features.column(one).declared]
    names = ", ".join(features.name(one) for one in (held or declared)[:NAMED])
    there = any(column.declared for column in features.known)
    made = "" if there else ", which `python code/serve schema FILE` makes"
    return names and (
        f"read as str: {names}: did the model get dates? Declare {DATES} in model/{FILE}{made}"
    )


def not_declared(features: Features) -> str | None:
    """What to do where code of the user's gets columns of which only each value tells what it is; None where there
    are none."""
    unknown = [
        features.name(index)
        for index, column in enumerate(features.known)
        if column.type == OPEN
    ]
    if not unknown or not features.own_code:
        return None
    names = ", ".join(unknown[:NAMED])
    return (
        f"read as each value is written: {names}: declare their types in model/{FILE}"
    )


def raised_by_library(error: Exception) -> bool:
    """Whether it comes out of a library of models, not out of code of the user's, nor out of numpy called by that."""
    names = [
        str(frame.f_globals.get("__name__")).partition(".")[0]
        for frame, _ in walk_tb(error.__traceback__)
    ]
    callers = [name for name in names if name not in ("numpy", "scipy", "pandas")]
    return bool(callers) and callers[-1] in LIBRARIES


def values_of(table: Table, index: int) -> Sequence[Any]:
    if table.is_matrix or index >= len(table.columns):
        return ()
    return [one for one in table.columns[index].tolist() if not is_missing(one)]


def holds_dates(values: Sequence[Any]) -> bool:
    """Whether values of a column are texts, and each looks like a date."""
    return len(values) > 0 and all(
        isinstance(one, str) and DATE_TEXT.match(one) for one in values
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
