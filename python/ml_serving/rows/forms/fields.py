"""Fields of CSV become values as JSON has them, by what their column is."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from ml_serving.rows.columns.schema import DECIMAL, NUMBER, OBJECT, WHOLE, Column
from ml_serving.rows.columns.words import (
    MISSING,
    MISSING_NUMBER,
    number_of,
    truth_of,
)


def read_fields(
    fields: Sequence[str], column: Column, empty: str, lone: bool = False
) -> list[Any]:
    """The values of a column. empty: what stands for an empty text. lone: whether it is the only one."""
    reader = reader_of(column)
    if reader is text_as_it_stands:
        unquoted = "" if column.empty_text else None
        # A line with nothing on it is no row: so writers have quotes around what is missing.
        known = column.required or "" in (column.categories or ())
        quoted = None if lone and not known else ""
        return [
            unquoted if field == "" else quoted if field == empty else field
            for field in fields
        ]
    # Each only once: a column has few that are not there again.
    read = {field: reader("" if field == empty else field) for field in set(fields)}
    return [read[field] for field in fields]


def reader_of(column: Column) -> Callable[[str], Any]:
    if column.type in (NUMBER, "bool", *WHOLE, *DECIMAL):
        return number_or_text
    if column.is_date:
        return number_or_text if column.unit else text
    if column.type == "str" or (column.type == "category" and not column.categories):
        return text_as_it_stands
    return category_reader(column) if column.type in ("category", OBJECT) else own_form


def text_as_it_stands(field: str) -> str:
    return field


def text(field: str) -> str | None:
    return None if field in MISSING else field


def number_or_text(field: str) -> float | bool | str | None:
    word = field.strip()
    if word.lower() in MISSING_NUMBER:
        return None
    if (truth := truth_of(word)) is not None:
        return truth
    number = number_of(word)
    return field if number is None else number


def own_form(field: str) -> float | bool | str | None:
    """What pandas would make of it in a file that has only this field in its column."""
    if field in MISSING:
        return None
    if field in ("True", "TRUE", "true", "False", "FALSE", "false"):
        return field.lower() == "true"
    number = number_of(field)
    # Other spellings of NaN than those above are texts to pandas.
    no_number = number is None or (isinstance(number, float) and math.isnan(number))
    return field if no_number else number


def category_reader(column: Column) -> Callable[[str], Any]:
    """A field is the category that it spells: a text as it stands, else its own form."""
    known = {one for one in column.categories or () if isinstance(one, str)}
    all_texts = len(known) == len(column.categories or ())

    def read(field: str) -> Any:
        if field in known:
            return field
        if all_texts:
            return text(field)
        return own_form(field)

    return read
