"""Columns of values become tables: one for each list of types that the rows of a request have."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ml_serving.rows.columns.schema import Column
from ml_serving.rows.columns.table import (
    Array,
    Rows,
    Table,
    Types,
    Values,
    grouped,
)
from ml_serving.rows.columns.unfit import MisfitError, UnfitError
from ml_serving.rows.columns.values import array, chosen, read

# Rows (which of the request's; None: all), their columns, and the names of these where only
# the request tells them.
Part = tuple[Sequence[int] | None, Sequence[Sequence[Any]], tuple[str, ...] | None]


def rows_of(
    parts: Sequence[Part], column: Callable[[int], Column], plain: bool
) -> Rows:
    """column: the one at an index. plain: whether all are numbers, for one matrix. Raises
    MisfitError."""
    found: list[tuple[Array, Table]] = []
    for places, columns, names in parts:
        count = len(columns[0]) if columns else 0
        rows = np.arange(count) if places is None else np.array(places)
        values = [read_column(column, *one, rows) for one in enumerate(columns)]
        for some, types in alike([types for _, types in values], count):
            arrays = tuple(
                array(given if len(some) == count else chosen(given, some), kind)
                for (given, _), kind in zip(values, types, strict=True)
            )
            table = Table(types, arrays, names)
            if plain and "object" not in types:
                table = Table.matrix(np.column_stack(arrays).astype(np.float64))
            found.append((rows[np.array(some)], table))
    if len(found) == 1:
        return Rows.of(found[0][1])
    return Rows(tuple(table for _, table in found), tuple(rows for rows, _ in found))


def read_column(
    column: Callable[[int], Column], index: int, values: Sequence[Any], rows: Array
) -> tuple[Values, Types]:
    try:
        return read(column(index), values)
    except UnfitError as error:
        raise MisfitError(int(rows[error.row]), index, str(error)) from error


def alike(
    types: Sequence[Types], count: int
) -> list[tuple[Sequence[int], tuple[str, ...]]]:
    """Which rows (from 0) have the same types, and which these are."""
    single = tuple(kind for kind in types if isinstance(kind, str))
    if len(single) == len(types):
        return [(range(count), single)]
    by_row = zip(
        *([kind] * count if isinstance(kind, str) else kind for kind in types),
        strict=True,
    )
    return [(rows, kind) for kind, rows in grouped(by_row).items()]
