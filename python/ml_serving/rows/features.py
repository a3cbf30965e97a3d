"""How the rows of a request become tables, or a 400 that says which row is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ml_serving.documents import Json
from ml_serving.errors import RequestError
from ml_serving.rows.columns.building import Part, rows_of
from ml_serving.rows.columns.matrix import out_of_bounds, rounded
from ml_serving.rows.columns.numbers import NUMBERS
from ml_serving.rows.columns.table import (
    MATRIX,
    NOTHING,
    Array,
    Rows,
    Table,
    grouped,
    is_missing,
)
from ml_serving.rows.columns.unfit import MisfitError
from ml_serving.rows.forms.lengths import (
    check_lengths,
    check_names,
    no_rows,
    wrong_length,
)
from ml_serving.rows.trained import Trained

# Of a model that takes these as they are.
OBJECTS = (
    'the model takes objects, such as {"a": 1, "b": "x"}: send each row as one, in application/json or '
    "application/jsonlines"
)


@dataclass(frozen=True)
class Features(Trained):
    """What the rows of a request must hold: they are read by what the model was trained on."""

    def from_rows(self, rows: Sequence[Any], has_text: bool = True) -> Rows:
        """From rows as JSON has them: lists, or objects with feature names; of a model of
        texts, also the texts themselves.

        has_text: False if it is known that no value is text. Raises RequestError.
        """
        if not has_text and self.plain and (matrix := self._matrix(rows)) is not None:
            return self._checked(matrix)
        if not rows:
            raise no_rows()
        if self.form == "dicts":
            return self._from_dicts(rows)
        if self.is_text:
            rows = [row if isinstance(row, list | dict) else [row] for row in rows]
        if self.names is None and self.form in ("frame", "series"):
            return self._by_keys(rows)
        lists = [self._values(row, number) for number, row in enumerate(rows, start=1)]
        return self._from_lists(lists)

    def from_named(self, names: Sequence[str], rows: Sequence[Any]) -> Rows:
        """From rows as lists, whose columns have names, in any order."""
        if not rows:
            raise no_rows()
        if self.names is None and self.form in ("frame", "dicts"):
            check_lengths(rows, len(names))
        if self.form == "dicts":
            return self._from_dicts(
                [dict(zip(names, row, strict=True)) for row in rows]
            )
        if self.names is None and self.form == "frame":
            return self._rows([(None, list(zip(*rows, strict=True)), tuple(names))])
        return self._from_lists(self.reorder(names, rows))

    def from_columns(
        self, columns: Sequence[Sequence[Any]], names: Sequence[str] | None = None
    ) -> Rows:
        """From columns of values as JSON has them, or numpy arrays of one dimension; in the
        model's order, or with names in any. All are of one length."""
        if not columns or not len(columns[0]):
            raise no_rows()
        self._check_columns()
        given: tuple[str, ...] | None = None
        if names is not None and self.names is None and self.form == "frame":
            given = tuple(names)
        elif names is not None and (order := self.order(names)) is not None:
            columns = [columns[index] for index in order]
        if self.count is not None and len(columns) != self.count:
            raise wrong_length(1, len(columns), self.count)
        arrays = [cast(Array, one) for one in columns if isinstance(one, np.ndarray)]
        quick = self.plain and len(arrays) == len(columns)
        if quick and all(one.dtype.kind in "biuf" for one in arrays):
            matrix = np.column_stack([one.astype(np.float64) for one in arrays])
            return self._checked(matrix)
        return self._rows([(None, [as_values(one) for one in columns], given)])

    # How it was called when rows became one array: handlers may read content types of their own.
    array = from_rows

    def numbers(self, array: Array) -> Rows:
        """From an array of numbers: (rows, columns), or one row."""
        if array.ndim == 1:
            array = array.reshape(1, -1)
        if array.ndim != 2:
            raise RequestError(400, f"expected 2 dimensions, got {array.ndim}")
        if not len(array):
            raise no_rows()
        self._check_columns()
        if self.count is not None and array.shape[1] != self.count:
            raise wrong_length(1, array.shape[1], self.count)
        if self.plain:
            return self._checked(array.astype(np.float64, copy=False))
        return self.from_columns(list(array.T))

    def reorder(self, columns: Sequence[str], rows: Sequence[Any]) -> Sequence[Any]:
        """Rows whose columns have names, in the model's order."""
        if (order := self.order(columns)) is None:
            return rows
        check_lengths(rows, len(columns))
        return [[row[index] for index in order] for row in rows]

    def _matrix(self, rows: Sequence[Any]) -> Array | None:
        """Rows of numbers as numpy reads them in one go; None for what is no such table.

        Texts would pass as numbers, or take memory for the longest of them in each cell.
        """
        try:
            matrix = np.array(rows, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            return None
        right = matrix.ndim == 2 and matrix.size
        return matrix if right and self.count in (None, matrix.shape[1]) else None

    def _checked(self, matrix: Array) -> Rows:
        if self._declared:
            if found := out_of_bounds(matrix, self.known):
                row, index, what = found
                raise self._unfit(row, index, what)
            matrix = rounded(matrix, self.known)
        return Rows((Table(MATRIX, (matrix,)),))

    def _from_dicts(self, rows: Sequence[Any]) -> Rows:
        for number, row in enumerate(rows, start=1):
            if not isinstance(row, dict):
                raise RequestError(400, f"row {number} is no object: {OBJECTS}")
        made = np.empty(len(rows), dtype=object)
        made[:] = rows
        return Rows.of(Table(("object",), (made,)))

    def _check_columns(self) -> None:
        """Raises RequestError where the model has none."""
        if self.form == "dicts":
            raise RequestError(400, OBJECTS)

    def _from_lists(self, rows: Sequence[Sequence[Json]]) -> Rows:
        if self.plain or self._of_one_type:
            kinds = {type(one) for row in rows for one in row}
            right = kinds <= NUMBERS if self.plain else all(map(has_fraction, rows))
            if right and (matrix := self._matrix(rows)) is not None:
                return self._checked(matrix)
        check_lengths(rows, self.count or len(rows[0]))
        return self._rows([(None, list(zip(*rows, strict=True)), None)])

    def _by_keys(self, rows: Sequence[Any]) -> Rows:
        """Of a model that knows no names, though its first step may: those of the objects,
        in their order. A list has none."""
        lists: list[Sequence[Any]] = [
            list(row.values()) if isinstance(row, dict) else self._values(row, number)
            for number, row in enumerate(cast(Sequence[Json], rows), start=1)
        ]
        keys = [
            tuple(row) if isinstance(row, dict) else None
            for row in cast(Sequence[Json], rows)
        ]
        parts: list[Part] = []
        for names, places in grouped(keys).items():
            part = [lists[place] for place in places]
            check_lengths(part, self.count or len(part[0]), places)
            columns = list(zip(*part, strict=True))
            parts.append((None if len(places) == len(rows) else places, columns, names))
        return self._rows(parts)

    def _rows(self, parts: Sequence[Part]) -> Rows:
        """Raises RequestError for what is no value of its column, and for rows without any."""
        for places, columns, _ in parts:
            if not columns:
                number = 1 if places is None else places[0] + 1
                raise RequestError(400, f"row {number} has no features")
        try:
            return rows_of(parts, self.column, self.plain)
        except MisfitError as error:
            raise self._unfit(error.row, error.column, str(error)) from error

    def _unfit(self, row: int, index: int, what: str) -> RequestError:
        place = f"row {row + 1}, feature {self.name(index)}"
        return RequestError(
            400, f"{place}{' ' if what.startswith('is ') else ': '}{what}"
        )

    def _values(self, row: Json, number: int) -> Sequence[Json]:
        if isinstance(row, list):
            return row
        if not isinstance(row, dict):
            raise RequestError(400, f"row {number} is neither a list nor an object")
        if self.names is None and self.is_text and len(row) == 1:
            return list(row.values())
        if self.names is None:
            raise RequestError(
                400,
                f"row {number} is an object, but the model was trained without feature "
                "names: send rows as lists",
            )
        if self.respelled:
            row = dict(zip(self.spelled(list(row)), row.values(), strict=True))
        check_names(list(row), self.names, f"row {number}", self._may_be_missing)
        return [row[name] for name in self.names]


def has_fraction(row: Sequence[Any]) -> bool:
    """Whether it is one of numbers, some of which are no whole ones, or missing."""
    kinds = set(map(type, row))
    if not kinds <= {int, float, NOTHING} or kinds == {int}:
        return False
    # Others become floats or objects by what is beside them.
    return all(type(one) is not int or abs(one) < 2**63 for one in row)


def as_values(column: Sequence[Any]) -> Sequence[Any]:
    """A column as JSON would have it: what is missing is None."""
    if not isinstance(column, np.ndarray):
        return column
    values: list[Any] = list(column) if column.dtype.kind == "M" else column.tolist()
    return [None if is_missing(value) else value for value in values]
