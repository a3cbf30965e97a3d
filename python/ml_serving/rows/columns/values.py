"""How a column reads values: of which type each becomes, and the array that those of one type make.

A value is what JSON has (text, number, truth value, null), or a numpy.datetime64. It never
matters which other values the column holds.
"""

import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ml_serving.rows.columns.dates import read_dates
from ml_serving.rows.columns.schema import (
    DECIMAL,
    FILE,
    NUMBER,
    OBJECT,
    OPEN,
    UNITS,
    UNUSED,
    WHOLE,
    Column,
)
from ml_serving.rows.columns.table import Array, is_missing

# The type of all values, or of each.
Types = str | list[str]
Values = Sequence[Any] | Array

NOTHING = type(None)
NUMBERS = {int, float, bool, NOTHING}
NAN = float("nan")
WHOLE_NUMBER = re.compile(r"[+-]?\d{1,4000}")
LARGEST = sys.float_info.max


class UnfitError(ValueError):
    """A value that is none of its column. row: where in the column (from 0)."""

    def __init__(self, row: int, what: str) -> None:
        self.row = row
        super().__init__(what)


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


def read_number(
    column: Column, values: Values, kinds: set[type]
) -> tuple[Values, Types]:
    kind = "float64" if column.type == NUMBER else column.type
    if kinds - NUMBERS:
        values = [as_number(value, row) for row, value in enumerate(values)]
    if int in kinds:
        for row, value in enumerate(values):
            if type(value) is int and abs(value) > LARGEST:
                raise too_large(row, value)
    return values, kind


def too_large(row: int, value: Any) -> UnfitError:
    return UnfitError(row, f"{str(value)[:20]}… is too large for a number")


def as_number(value: Any, row: int) -> float | None:
    if type(value) in NUMBERS:
        return value
    number = text_as_number(value) if isinstance(value, str) else None
    if number is None:
        raise UnfitError(row, f"{value!r} is not a number")
    return number


def text_as_number(text: str) -> float | None:
    """A number that is written as text. Whole ones stay whole, however large."""
    word = text.strip()
    # float() would take 1_000 too, which nobody who writes data means as a number.
    if "_" in word or not word.isascii():
        return None
    if WHOLE_NUMBER.fullmatch(word):
        return int(word)
    try:
        return float(word)
    except ValueError:
        return None


def read_whole(
    column: Column, values: Values, kinds: set[type]
) -> tuple[Values, Types]:
    """Whole numbers stay what they are. What is missing makes the column one of floats, as
    in pandas; so do fractions, unless the column is declared to have none."""
    if kinds - NUMBERS:
        values = [as_number(value, row) for row, value in enumerate(values)]
    bounds = np.iinfo(column.type)
    whole: list[Any] = []
    types: list[str] = []
    for row, value in enumerate(values):
        fits = False
        if is_missing(value):
            value = NAN
        else:
            fits = value % 1 == 0 and bounds.min <= value <= bounds.max
            if not fits and column.declared:
                what = f"is not a whole number ({column.type})"
                raise UnfitError(row, f"{value!r} {what}")
            if not fits and abs(value) > LARGEST:
                raise too_large(row, value)
        whole.append(int(value) if fits else float(value))
        types.append(column.type if fits else "float64")
    return whole, same(types)


def read_bool(column: Column, values: Values, kinds: set[type]) -> tuple[Values, Types]:
    if kinds == {bool}:
        return values, "bool"
    for row, value in enumerate(values):
        if value is not None and (
            not isinstance(value, int | float) or value not in (0, 1)
        ):
            raise UnfitError(row, f"{value!r} is neither true nor false")
    # As pandas reads a file: with what is missing it is a column of objects.
    missing = None if column.none else NAN
    return (
        [missing if value is None else bool(value) for value in values],
        same(["object" if value is None else "bool" for value in values]),
    )


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
    """The numbers of levels; -1 for what is missing, and for what is no level, as pandas has
    it in a column with the levels of the training."""
    levels = column.categories or ()
    texts = all(isinstance(level, str) for level in levels)
    if not levels and column.strict:
        for row, value in enumerate(values):
            if not is_missing(value):
                what = "cannot be read: the model's file does not name the categories whole; declare them in "
                raise UnfitError(row, f"{value!r} {what}model/{FILE}")
        return [-1] * len(values), "category"
    if not levels:
        # The model itself compares them with those that it knows.
        return read_text(column, values, kinds)[0], "category"
    code = {level: number for number, level in enumerate(levels)}
    codes: list[int] = []
    for row, value in enumerate(values):
        if is_missing(value):
            codes.append(-1)
            continue
        if isinstance(value, str) != texts:
            value = other_form(column, value, row, texts)
        found = code.get(value, -1) if type(value) in SCALARS else -1
        if found < 0 and (column.strict or column.required):
            shown = ", ".join(repr(level) for level in levels[:10])
            raise UnfitError(row, f"{value!r} is none of its categories: {shown}")
        codes.append(found)
    return codes, "category"


def other_form(column: Column, value: Any, row: int, texts: bool) -> Any:
    """A value that is no text where levels are, or the other way round."""
    number = None if texts else text_as_number(value)
    if number is None:
        what = "no text, as its categories are: send it in quotes"
        raise UnfitError(row, f"{value!r} is {what if texts else 'no number'}")
    return number


SCALARS = {int, float, bool, str}


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


def same(types: list[str]) -> Types:
    return types[0] if len(set(types)) == 1 else types


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
