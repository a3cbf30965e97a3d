"""How a column of categories reads what a request has: as the numbers of its levels."""

from collections.abc import Sequence
from typing import Any

from ml_serving.rows.columns.numbers import as_truth
from ml_serving.rows.columns.schema import FILE, Column
from ml_serving.rows.columns.table import Types, Values, is_missing
from ml_serving.rows.columns.unfit import UnfitError

# So many levels are named in a message.
NAMED = 10


def read_levels(column: Column, values: Values) -> tuple[Values, Types]:
    """The numbers of levels; -1 for what is missing, and for what is no level, as pandas has
    it in a column with the levels of the training. values: single ones."""
    levels: Sequence[Any] = column.categories or ()
    # As in pandas, no truth value is a number.
    code: dict[tuple[bool, Any], int] = {
        (type(level) is bool, level): place for place, level in enumerate(levels)
    }
    all_texts, any_text = spelled(levels)
    of_truth = all(type(level) is bool for level in levels)
    codes: list[int] = []
    for row, value in enumerate(values):
        if is_missing(value):
            codes.append(-1)
            continue
        if not any_text and isinstance(value, str):
            value = as_truth(value)
        found = code.get((type(value) is bool, value), -1)
        if not any_text and not isinstance(value, int | float):
            what = "neither true nor false" if of_truth else "no number"
            raise UnfitError(row, f"{value!r} is {what}")
        if all_texts and not isinstance(value, str):
            what = "no text, as its categories are: send it in quotes"
            raise UnfitError(row, f"{value!r} is {what}")
        if found < 0 and (column.strict or column.required):
            shown = ", ".join(repr(level) for level in levels[:NAMED])
            raise UnfitError(row, f"{value!r} is none of its categories: {shown}")
        codes.append(found)
    return codes, "category"


def spelled(levels: Sequence[Any]) -> tuple[bool, bool]:
    """Whether all levels are texts, and whether any is."""
    texts = [isinstance(level, str) for level in levels]
    return all(texts), any(texts)


def read_unknown(column: Column, values: Values) -> tuple[Values, Types]:
    """Of a column whose levels the model's file does not name."""
    for row, value in enumerate(values):
        if not is_missing(value):
            what = "cannot be read: the model's file does not name the categories whole; declare them in "
            raise UnfitError(row, f"{value!r} {what}model/{FILE}")
    return [-1] * len(values), "category"
