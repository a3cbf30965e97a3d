"""How a column reads values: of which type each becomes, and the array that those of one type make.

A value is what JSON has (text, number, truth value, null), or a numpy.datetime64. It never
matters which other values the column holds.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ml_serving.rows.columns.categories import read_levels, read_unknown
from ml_serving.rows.columns.dates import read_dates
from ml_serving.rows.columns.numbers import (
    NAN,
    NUMBERS,
    as_number,
    read_bool,
    read_number,
    read_whole,
)
from ml_serving.rows.columns.schema import (
    DECIMAL,
    NUMBER,
    OBJECT,
    OPEN,
    UNITS,
    UNUSED,
    WHOLE,
    Column,
)
from ml_serving.rows.columns.table import (
    NOTHING,
    Array,
    Types,
    Values,
    is_missing,
    same,
)
from ml_serving.rows.columns.unfit import UnfitError


def read(column: Column, values: Values) -> tuple[Values, Types]:
    """The values as the column has them, and their types. Raises UnfitError."""
    kinds = set(map(type, values))
    if column.required and kinds & {NOTHING, float, np.datetime64}:
        check_present(values)
    found, types = reader(column)(column, values, kinds)
    # A text may say that there is no number or no date.
    if column.required and str in kinds and column.type not in ("str", "category"):
        check_present(found)
    return found, types


def check_present(values: Values) -> None:
    for row, value in enumerate(values):
        if is_missing(value):
            raise UnfitError(row, "is missing, and must not be")


def reader(
    column: Column,
) -> Callable[[Column, Values, set[type]], tuple[Values, Types]]:
    if column.type in WHOLE:
        return read_whole
    return date_values if column.is_date else READERS[column.type]


def array(values: Values, kind: str) -> Array:
    """Values of one type as numpy has them (see Table.columns)."""
    if isinstance(values, np.ndarray):
        # Of dates, which are read into one.
        return values
    codes = kind == "category" and all(type(value) is int for value in values)
    if kind in ("str", "object") or (kind == "category" and not codes):
        made = np.empty(len(values), dtype=object)
        made[:] = values
        return made
    if codes:
        return np.array(values, dtype=np.int64)
    return np.array(values, dtype=kind)


def chosen(values: Values, rows: Sequence[int]) -> Values:
    """Those of some rows."""
    if isinstance(values, np.ndarray):
        return values[np.array(rows)]
    return [values[row] for row in rows]


def read_text(column: Column, values: Values, kinds: set[type]) -> tuple[Values, Types]:
    # pandas' own type of texts knows no None.
    kind = "object" if column.none else "str"
    if kinds == {str}:
        return values, kind
    for row, value in enumerate(values):
        if value is not None and not isinstance(value, str):
            raise UnfitError(
                row, f"{value!r} is no text, which the column holds: send it in quotes"
            )
    if column.none:
        return values, kind
    return [NAN if value is None else value for value in values], kind


def read_category(
    column: Column, values: Values, kinds: set[type]
) -> tuple[Values, Types]:
    check_scalars(values, kinds)
    if column.categories:
        return read_levels(column, values)
    if column.strict:
        return read_unknown(column, values)
    # The model itself compares them with those that it knows, by how they are written.
    written = [str(value) if type(value) is int else value for value in values]
    return read_text(column, written, {*map(type, written)})[0], "category"


def read_object(
    column: Column, values: Values, kinds: set[type]
) -> tuple[Values, Types]:
    known = column.categories
    if str in kinds and known and not any(isinstance(one, str) for one in known):
        values = [
            as_number(value, row) if isinstance(value, str) else value
            for row, value in enumerate(values)
        ]
    check_scalars(values, kinds)
    missing = None if column.none else NAN
    return [missing if value is None else value for value in values], "object"


def read_open(column: Column, values: Values, kinds: set[type]) -> tuple[Values, Types]:
    check_scalars(values, kinds)
    if kinds <= {float, NOTHING}:
        return values, "float64"
    if kinds == {str}:
        return values, "str"
    return values, same([own_type(value) for value in values])


def own_type(value: Any) -> str:
    """Of a value of which nothing but its own form says what it is."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        if -(2**63) <= value < 2**63:
            return "int64"
        return "uint64" if 0 <= value < 2**64 else "object"
    if isinstance(value, str):
        return "str"
    return date_type(value) if type(value) is np.datetime64 else "float64"


def date_type(value: np.datetime64) -> str:
    """Of its own unit, as pandas has it, whose coarsest is seconds: others reach less far."""
    unit = np.datetime_data(value.dtype)[0]
    return f"datetime64[{unit if unit in UNITS else 's'}]"


def check_scalars(values: Values, kinds: set[type]) -> None:
    if kinds <= {*NUMBERS, str, np.datetime64}:
        return
    for row, value in enumerate(values):
        if isinstance(value, list | dict):
            raise UnfitError(row, f"{value!r} is not a single value")


def date_values(
    column: Column, values: Values, kinds: set[type]
) -> tuple[Values, Types]:
    return read_dates(column, values, UnfitError), column.type


READERS = {
    NUMBER: read_number,
    **dict.fromkeys(DECIMAL, read_number),
    "bool": read_bool,
    "str": read_text,
    "category": read_category,
    OBJECT: read_object,
    UNUSED: read_object,
    OPEN: read_open,
}
