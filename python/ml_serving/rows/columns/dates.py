"""Dates: texts and numbers of a request become what pandas has in a column of dates."""

import importlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from ml_serving.rows.columns.schema import DATE, FILE, Column
from ml_serving.rows.columns.table import Array, is_missing

Unfit = Callable[[int, str], Exception]

# Values that are looked at together.
AT_ONCE = 5000
# From so many texts on, reading them in one go is faster.
WORTH = 4

# What pandas takes for the time at which it reads them, whatever the format.
CLOCK = ("now", "today")


def read_dates(column: Column, values: Sequence[Any] | Array, unfit: Unfit) -> Array:
    """datetime64 of the column's unit, in UTC where it has a zone. Raises unfit."""
    # Imported here: only models of dates need it.
    pd: Any = importlib.import_module("pandas")
    found = DATE.fullmatch(column.type)
    unit, zone = found.groups() if found else ("ns", None)
    made = np.empty(len(values), dtype=f"datetime64[{unit}]")
    for start in range(0, len(values), AT_ONCE):
        some = values[start : start + AT_ONCE]
        known = in_one_go(pd, column, some)
        for row, value in enumerate(some, start):
            stamp: Any = pd.NaT
            if not is_missing(value):
                if (what := wrong_form(column, value)) is not None:
                    raise unfit(row, f"{shown(value)} {what}")
                try:
                    stamp = known.get(value) or stamp_of(pd, column, value, zone)
                except (ValueError, TypeError, OverflowError) as error:
                    what = f"is not a date ({wanted(column)})"
                    raise unfit(row, f"{shown(value)} {what}") from error
            if stamp is pd.NaT:
                made[row] = np.datetime64("NaT")
                continue
            if (stamp.tzinfo is not None) != (zone is not None):
                what = f"has {'no' if zone else 'a'} time zone"
                raise unfit(row, f"{shown(value)} {what}")
            if zone:
                stamp = stamp.tz_convert("UTC").tz_localize(None)
            try:
                made[row] = stamp.as_unit(unit).to_datetime64()
            except (ValueError, OverflowError) as error:
                what = f"is out of the range of {column.type}"
                raise unfit(row, f"{shown(value)} {what}") from error
    return made


def in_one_go(pd: Any, column: Column, values: Sequence[Any] | Array) -> dict[Any, Any]:
    """Texts and the moments that each of them is by itself, as far as pandas reads them together: one by one takes it
    twenty times as long."""
    texts = {value for value in values if type(value) is str}
    if column.unit or len(texts) < WORTH:
        return {}
    groups = defaultdict[tuple[int, str], list[str]](list)
    for text in texts:
        groups[len(text), offset(text)].append(text)
    known: dict[str, Any] = {}
    for some in groups.values():
        # What one of them is not, is found where it is read alone.
        with suppress(ValueError, TypeError, OverflowError):
            read = pd.to_datetime(some, format=column.format or "ISO8601")
            known |= zip(some, read, strict=True)
    return known


def offset(text: str) -> str:
    """Of a time from UTC: pandas reads no others beside it."""
    sizes = (6, 5, 3) if ":" in text else ()
    return next((end for size in sizes if (end := text[-size:])[0] in "+-"), "")


def stamp_of(pd: Any, column: Column, value: Any, zone: str | None) -> Any:
    """pandas' Timestamp, or NaT for a text that says so. Raises what pandas raises."""
    if isinstance(value, np.datetime64):
        return pd.Timestamp(value)
    if column.unit:
        # Numbers count from 1970 in UTC.
        stamp = pd.Timestamp(value, unit=column.unit)
        return stamp.tz_localize("UTC") if zone else stamp
    return pd.to_datetime(value, format=column.format or "ISO8601")


def wrong_form(column: Column, value: Any) -> str | None:
    """What is wrong with a value that is no date, whatever it holds."""
    if isinstance(value, np.datetime64):
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if column.unit:
        return None if number else f"is no number of {column.unit} since 1970"
    if not isinstance(value, str):
        also = f"; numbers are dates where model/{FILE} has a unit" if number else ""
        return f"is no date in a text ({wanted(column)}){also}"
    if value.strip().lower() in CLOCK:
        return f"is not a date ({wanted(column)})"
    return None


def shown(value: Any) -> str:
    return repr(f"{value}" if isinstance(value, np.datetime64) else value)


def wanted(column: Column) -> str:
    return column.format or "ISO 8601, such as 2024-01-31T12:00:00"
