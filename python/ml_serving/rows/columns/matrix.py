"""Numbers that come as one matrix, held against what is declared of their columns."""

from collections.abc import Sequence

import numpy as np

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
            return row, index, f"{values[row]!r} is {what}"
    return None


def unfit(values: Array, column: Column) -> tuple[Array, str]:
    if column.type == "bool":
        return (values != 0) & (values != 1), "neither true nor false"
    if column.type in WHOLE:
        bounds = np.iinfo(column.type)
        wrong = (values != np.floor(values)) | ~np.isfinite(values)
        wrong |= (values < bounds.min) | (values > bounds.max)
        return wrong, f"not a whole number ({column.type})"
    return np.zeros(len(values), dtype=bool), ""
