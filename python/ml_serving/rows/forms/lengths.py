"""Rows and headers that have too much or too little: 400, and what."""

from collections.abc import Sequence
from typing import Any

from ml_serving.errors import RequestError
from ml_serving.settings import settings


def check_names(
    given: Sequence[str],
    names: Sequence[str],
    where: str,
    may_be_missing: frozenset[str | None] = frozenset(),
) -> None:
    """names: the model's. where: what they were given in. may_be_missing: those whose values
    need not be there. Raises RequestError."""
    there, known = set(given), set(names)
    missing = [name for name in names if name not in there]
    unknown = [name for name in given if name not in known]
    if missing:
        also = f" (it has {quoted(unknown)})" if unknown else ""
        hint = ": send null where there is no value"
        if not may_be_missing.issuperset(missing):
            hint = ""
        raise RequestError(400, f"{where} lacks {quoted(missing)}{also}{hint}")
    if unknown:
        raise RequestError(
            400, f"{where} has {quoted(unknown)}, which the model does not know"
        )
    if len(given) != len(names):
        raise RequestError(400, f"{where} names a feature twice")


def check_lengths(
    rows: Sequence[Any], width: int, places: Sequence[int] | None = None
) -> None:
    """places: which rows of the request (from 0) they are. Raises RequestError."""
    for index, row in enumerate(rows):
        if len(row) != width:
            number = (index if places is None else places[index]) + 1
            raise wrong_length(number, len(row), width)


def check_size(rows: int, width: int) -> None:
    """Before a matrix is made of a form that leaves values out. Raises RequestError."""
    most = settings.max_rows_bytes
    if rows * width * 8 > most:
        raise RequestError(
            413, f"{rows} rows of {width} features take more than {most} bytes"
        )


def quoted(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names[:5])


def no_rows() -> RequestError:
    return RequestError(400, "the request has no rows")


def wrong_length(row: int, length: int, expected: int) -> RequestError:
    return RequestError(400, f"row {row} has {length} features, expected {expected}")
