"""Numbers that come as one matrix, held against what is declared of their columns."""

from collections.abc import Callable, Sequence

import numpy as np

from ml_serving.rows.columns.numbers import LARGEST_SINGLE, not_whole
from ml_serving.rows.columns.schema import DECIMAL, NUMBER, UNUSED, WHOLE, Column
from ml_serving.rows.columns.table import Array


def numeric(column: Column) -> bool:
    """Whether its values can be in a matrix of float64 without harm: the model makes no
    difference between whole numbers, others and truth values."""
    return column.type in (NUMBER, UNUSED) or (
        column.any_number and column.type in ("bool", *WHOLE, *DECIMAL)
    )


def out_of_bounds(
    matrix: Array, columns: Sequence[Column]
) -> tuple[int, int, str] | None:
    """The first row and column (from 0) with a value that its column is declared not to
    have, and what is wrong with it."""
    for index, column in enumerate(columns):
        if not column.declared:
            continue
        values = matrix[:, index]
        missing = np.isnan(values)
        if column.required and missing.any():
            return int(missing.argmax()), index, "is missing, and must not be"
        wrong, what = unfit(values, column)
        wrong &= ~missing
        if wrong.any():
            row = int(wrong.argmax())
            value = float(values[row])
            return row, index, f"{shown(value)} is {what(value)}"
    return None


def shown(value: float) -> str:
    """As it was sent: a number without a fraction is a float only here."""
    return repr(int(value) if value.is_integer() and abs(value) < 2**53 else value)


def unfit(values: Array, column: Column) -> tuple[Array, Callable[[float], str]]:
    """Which values a column cannot have, and what is wrong with one of these."""
    if column.type == "bool":
        return (values != 0) & (values != 1), lambda _: "neither true nor false"
    if column.type in WHOLE:
        bounds = np.iinfo(column.type)
        wrong = (values != np.floor(values)) | ~np.isfinite(values)
        wrong |= (values < bounds.min) | (values > bounds.max)
        return wrong, lambda value: not_whole(value, column.type)
    if column.type == "float32":
        wrong = (np.abs(values) > LARGEST_SINGLE) & np.isfinite(values)
        return wrong, lambda _: "too large for float32"
    return np.zeros(len(values), dtype=bool), lambda _: ""


def rounded(matrix: Array, columns: Sequence[Column]) -> Array:
    """With the numbers of a column of float32 as that has them."""
    single = [one.declared and one.type == "float32" for one in columns]
    if not any(single):
        return matrix
    made = matrix.copy()
    made[:, single] = matrix[:, single].astype(np.float32)
    return made
