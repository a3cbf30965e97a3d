"""Dates: texts and numbers of a request become what pandas has in a column of dates."""

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ml_serving.rows.schema import DATE, Column
from ml_serving.rows.table import Array, is_missing

Unfit = Callable[[int, str], Exception]


def read_dates(column: Column, values: Sequence[Any] | Array, unfit: Unfit) -> Array:
    """datetime64 of the column's unit, in UTC where it has a zone. Raises unfit."""
    # Imported here: only models of dates need it.
    pd: Any = importlib.import_module("pandas")
    found = DATE.fullmatch(column.type)
    unit, zone = found.groups() if found else ("ns", None)
    made = np.empty(len(values), dtype=f"datetime64[{unit}]")
    for row, value in enumerate(values):
        if is_missing(value):
            made[row] = np.datetime64("NaT")
            continue
        if isinstance(value, np.datetime64):
            made[row] = value
            continue
        check_form(column, value, lambda what, row=row: unfit(row, what))
        try:
            stamp: Any = (
                pd.Timestamp(value, unit=column.unit)
                if column.unit
                else pd.to_datetime(value, format=column.format or "ISO8601")
            )
            if column.unit and zone:
                stamp = stamp.tz_localize("UTC")
            if (stamp.tzinfo is not None) != (zone is not None):
                raise unfit(row, f"{value!r} has {'no' if zone else 'a'} time zone")
            if zone:
                stamp = stamp.tz_convert("UTC").tz_localize(None)
            made[row] = stamp.as_unit(unit).to_datetime64()
        except (ValueError, TypeError, OverflowError) as error:
            if isinstance(error, type(unfit(0, ""))):
                raise
            wanted = column.format or "ISO 8601, such as 2024-01-31T12:00:00"
            raise unfit(row, f"{value!r} is not a date ({wanted})") from error
    return made


def check_form(column: Column, value: Any, unfit: Callable[[str], Exception]) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if column.unit and not number:
        raise unfit(f"{value!r} is no number of {column.unit} since 1970")
    if not column.unit and not isinstance(value, str):
        wanted = column.format or "ISO 8601, such as 2024-01-31T12:00:00"
        raise unfit(f"{value!r} is no date in a text ({wanted})")
