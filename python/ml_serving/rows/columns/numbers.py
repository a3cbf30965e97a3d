"""How columns of numbers and of truth values read what a request has."""

import sys
from typing import Any

import numpy as np

from ml_serving.rows.columns.schema import NUMBER, Column
from ml_serving.rows.columns.table import NOTHING, Types, Values, is_missing, same
from ml_serving.rows.columns.unfit import UnfitError
from ml_serving.rows.columns.words import number_of, truth_of

NUMBERS = {int, float, bool, NOTHING}
NAN = float("nan")
LARGEST = sys.float_info.max
LARGEST_SINGLE = float(np.finfo(np.float32).max)


def read_number(
    column: Column, values: Values, kinds: set[type]
) -> tuple[Values, Types]:
    kind = "float64" if column.type == NUMBER else column.type
    if kinds - NUMBERS:
        values = [as_number(value, row) for row, value in enumerate(values)]
    largest = LARGEST_SINGLE if kind == "float32" else LARGEST
    if int in kinds or kind == "float32":
        for row, value in enumerate(values):
            if value is not None and largest < abs(value) < np.inf:
                raise too_large(row, value, kind)
    return values, kind


def too_large(row: int, value: Any, kind: str = "float64") -> UnfitError:
    shown = str(value) if len(str(value)) <= 20 else f"{str(value)[:20]}…"
    what = "a number" if kind == "float64" else kind
    return UnfitError(row, f"{shown} is too large for {what}")


def as_number(value: Any, row: int) -> float | None:
    if type(value) in NUMBERS:
        return value
    number = number_of(value) if isinstance(value, str) else None
    if number is None:
        raise UnfitError(row, f"{value!r} is not a number")
    return number


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
                what = not_whole(value, column.type)
                raise UnfitError(row, f"{value!r} is {what}")
            if not fits and abs(value) > LARGEST:
                raise too_large(row, value)
        whole.append(int(value) if fits else float(value))
        types.append(column.type if fits else "float64")
    return whole, same(types)


def not_whole(value: float, kind: str) -> str:
    """What a number is that is none of a type of whole numbers."""
    if value % 1 == 0:
        return f"out of the range of {kind}"
    return f"not a whole number ({kind})"


def read_bool(column: Column, values: Values, kinds: set[type]) -> tuple[Values, Types]:
    if kinds == {bool}:
        return values, "bool"
    if str in kinds:
        values = [as_truth(value) for value in values]
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


def as_truth(value: Any) -> Any:
    """A text as the truth value, or the number, that it spells."""
    if not isinstance(value, str):
        return value
    found = truth_of(value)
    if found is None:
        found = number_of(value)
    return value if found is None else found
