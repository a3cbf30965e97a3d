"""What the rows of a request must hold, and how they become tables, or a 400 that says which row is wrong."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np

from ml_serving.documents import Json
from ml_serving.errors import RequestError
from ml_serving.rows.columns.building import Part, rows_of
from ml_serving.rows.columns.frames import (
    given_array,
    given_codes,
    given_frame,
    given_texts,
)
from ml_serving.rows.columns.matrix import numeric, out_of_bounds, rounded
from ml_serving.rows.columns.numbers import NUMBERS
from ml_serving.rows.columns.schema import NUMBER, OPEN, Column
from ml_serving.rows.columns.table import Array, Rows, Table, grouped, is_missing
from ml_serving.rows.columns.unfit import MisfitError
from ml_serving.rows.columns.words import number_of
from ml_serving.rows.forms.lengths import (
    check_lengths,
    check_names,
    no_rows,
    wrong_length,
)

# How a model gets its rows: as it got them when it was trained.
Form = Literal["array", "objects", "frame", "codes", "texts", "series"]


@dataclass(frozen=True)
class Features:
    """What the model was trained on.

    count: values in a row; None when the model does not say, and then any goes.
    names: in the model's order; None when it was trained without names.
    text: whether a value may be text. text_columns: which columns (from 0) hold text even
    where it looks like a number. Both are for handlers that do not say `columns`.
    columns: one for each value in a row, in the model's order.
    form: array: a float64 array of (rows, columns), of int64 where all values are whole and
    the model tells these from others, or of objects where some are texts; objects: an array
    of objects, whatever the values are; frame: a pandas data frame; codes: a float64 array of (rows, columns), categories as the numbers of their
    levels; texts: a list of texts, one a row; series: the same as pandas has it.
    absent: what a value is that a sparse matrix leaves out: 0, or NaN where the model takes it for missing; None where
    that differs between its parts.
    own_code: whether code that is no known library's gets the rows as they come. Then what
    it makes of a row may depend on the other rows, so that requests are never joined.
    respelled: how the model's library spells a name of the training data, where it keeps it
    otherwise; requests may have either.
    """

    count: int | None = None
    names: Sequence[str] | None = None
    text: bool = False
    text_columns: frozenset[int] = frozenset()
    columns: Sequence[Column] | None = None
    form: Form = "array"
    own_code: bool = False
    absent: float | None = 0.0
    respelled: Callable[[str], str] | None = None

    @cached_property
    def known(self) -> tuple[Column, ...]:
        """The columns, with what is known of each: name, type, whether it is required, and
        the source of that. Empty where the model does not even say how many there are."""
        if self.columns is not None:
            return tuple(self.columns)
        width = len(self.names) if self.names is not None else self.count or 0
        return tuple(
            dataclasses.replace(
                self._default,
                name=self.names[index] if self.names is not None else None,
                type="str" if index in self.text_columns else self._default.type,
            )
            for index in range(width)
        )

    @cached_property
    def plain(self) -> bool:
        """Whether all the model needs are numbers: read, joined and given as one matrix."""
        columns = self.known or (self._default,)
        return self.form in ("array", "frame", "codes") and all(map(numeric, columns))

    @cached_property
    def numbered(self) -> bool:
        """Whether a name is a number, so that a header may look like a row."""
        return any(number_of(name) is not None for name in self.names or ())

    @cached_property
    def _declared(self) -> bool:
        return any(column.declared for column in self.known)

    @property
    def _default(self) -> Column:
        return Column(
            type=OPEN if self.text or self.form == "frame" else NUMBER,
            source="value" if self.text or self.form == "frame" else "model",
        )

    def from_rows(self, rows: Sequence[Any], has_text: bool = True) -> Rows:
        """From rows as JSON has them: lists, or objects with feature names; of a model of
        texts, also the texts themselves.

        has_text: False if it is known that no value is text. Raises RequestError.
        """
        if not has_text and self.plain and (matrix := self._matrix(rows)) is not None:
            return self._checked(matrix)
        if not rows:
            raise no_rows()
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
        if self.names is None and self.form == "frame":
            check_lengths(rows, len(names))
            return self._rows([(None, list(zip(*rows, strict=True)), tuple(names))])
        return self._from_lists(self.reorder(names, rows))

    def from_columns(
        self, columns: Sequence[Sequence[Any]], names: Sequence[str] | None = None
    ) -> Rows:
        """From columns of values as JSON has them, or numpy arrays of one dimension; in the
        model's order, or with names in any. All are of one length."""
        if not columns or not len(columns[0]):
            raise no_rows()
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
        if self.count is not None and array.shape[1] != self.count:
            raise wrong_length(1, array.shape[1], self.count)
        if self.plain:
            return self._checked(array.astype(np.float64))
        return self.from_columns(list(array.T))

    def ready(self, table: Table) -> Any:
        """A table as the model gets it."""
        if self.is_text and table.names is None:
            return given_texts(table, self.known[0].name, self.form == "series")
        if self.form == "codes":
            return given_codes(table)
        names = self.names if self.names is not None else table.names
        if self.form in ("array", "objects") or names is None:
            return given_array(table, self.form == "objects")
        return given_frame(table, names, self.known)

    def lacks_names(self, table: Table) -> bool:
        """Whether a model whose columns may well have names gets them without any."""
        names = self.names if self.names is not None else table.names
        return self.form == "frame" and names is None

    @property
    def is_text(self) -> bool:
        """Whether a row is a text."""
        return self.form in ("texts", "series")

    def order(self, columns: Sequence[str]) -> list[int] | None:
        """Where in named columns each feature is; None where their order is the model's,
        which is so if it knows no names."""
        if self.names is None:
            return None
        columns = self.spelled(columns)
        check_names(columns, self.names, "the header")
        place = {name: index for index, name in enumerate(columns)}
        return [place[name] for name in self.names]

    def spelled(self, names: Sequence[str]) -> Sequence[str]:
        """Names as the model has them."""
        if self.respelled is None or self.names is None:
            return names
        known = set(self.names)
        return [name if name in known else self.respelled(name) for name in names]

    def reorder(self, columns: Sequence[str], rows: Sequence[Any]) -> Sequence[Any]:
        """Rows whose columns have names, in the model's order."""
        if (order := self.order(columns)) is None:
            return rows
        check_lengths(rows, len(columns))
        return [[row[index] for index in order] for row in rows]

    def column(self, index: int) -> Column:
        known = self.known
        return known[index] if index < len(known) else self._default

    def name(self, index: int) -> str:
        """How a feature is called in messages."""
        return repr(self.names[index]) if self.names else str(index + 1)

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
        return Rows.of(Table.matrix(matrix))

    def _from_lists(self, rows: Sequence[Sequence[Json]]) -> Rows:
        numbers = self.plain and {type(one) for row in rows for one in row} <= NUMBERS
        if numbers and (matrix := self._matrix(rows)) is not None:
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
        """Raises RequestError for what is no value of its column."""
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
        check_names(list(row), self.names, f"row {number}")
        return [row[name] for name in self.names]


def as_values(column: Sequence[Any]) -> Sequence[Any]:
    """A column as JSON would have it: what is missing is None."""
    if not isinstance(column, np.ndarray):
        return column
    values: list[Any] = list(column) if column.dtype.kind == "M" else column.tolist()
    return [None if is_missing(value) else value for value in values]
