"""What the rows of a request must hold, and how they become one array."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml_serving.documents import Json
from ml_serving.errors import RequestError


@dataclass(frozen=True)
class Features:
    """The features that the model was trained on.

    count: values in a row; None when the model does not say, and then any goes.
    names: in the model's order; None when it was trained without names.
    text: whether a value may be text.
    text_columns: which columns (from 0) hold text even where it looks like a number.
    """

    count: int | None = None
    names: Sequence[str] | None = None
    text: bool = False
    text_columns: frozenset[int] = frozenset()

    def array(self, rows: Sequence[Any], has_text: bool = True) -> np.ndarray:
        """Rows (lists, or objects with feature names) as a (rows, features) array.

        float64, with NaN for a missing value (None); of objects where text can be.
        has_text: False if it is known that no value is text. Raises RequestError.
        """
        if not has_text and (table := self._numbers(rows)) is not None:
            return table
        if not rows:
            raise RequestError(400, "the request has no rows")
        lists = [self._values(row, number) for number, row in enumerate(rows, start=1)]
        width = self.count or len(lists[0])
        for number, values in enumerate(lists, start=1):
            if len(values) != width:
                raise wrong_length(number, len(values), width)
        table = np.empty((len(lists), width), dtype=object)
        table[:] = lists
        return self._checked(table)

    def _numbers(self, rows: Sequence[Any]) -> np.ndarray | None:
        """The same as numpy reads it in one go; None for what is not even a table.

        Texts would pass as numbers, or take memory for the longest of them in each cell.
        """
        if self.text_columns:
            return None
        try:
            table = np.array(rows, dtype=np.float64)
        except (TypeError, ValueError):
            return None
        right = table.ndim == 2 and table.size and self.count in (None, table.shape[1])
        return table if right else None

    def order(self, columns: Sequence[str]) -> list[int] | None:
        """Where in named columns each feature is; None where their order is the model's,
        which is so if it knows no names."""
        if self.names is None:
            return None
        self._check_names(columns, "the header")
        place = {name: index for index, name in enumerate(columns)}
        return [place[name] for name in self.names]

    def reorder(self, columns: Sequence[str], rows: Sequence[Any]) -> Sequence[Any]:
        """Rows whose columns have names, in the model's order."""
        if (order := self.order(columns)) is None:
            return rows
        for number, row in enumerate(rows, start=1):
            if len(row) != len(columns):
                raise wrong_length(number, len(row), len(columns))
        return [[row[index] for index in order] for row in rows]

    def numbers(self, array: np.ndarray) -> np.ndarray:
        """An array of numbers as it came, checked for its shape."""
        if array.ndim == 1:
            array = array.reshape(1, -1)
        if array.ndim != 2:
            raise RequestError(400, f"expected 2 dimensions, got {array.ndim}")
        if not len(array):
            raise RequestError(400, "the request has no rows")
        if self.count is not None and array.shape[1] != self.count:
            raise wrong_length(1, array.shape[1], self.count)
        return array.astype(np.float64)

    def name(self, index: int) -> str:
        """How a feature is called in messages."""
        return repr(self.names[index]) if self.names else str(index + 1)

    def _values(self, row: Json, number: int) -> Sequence[Json]:
        if isinstance(row, list):
            return row
        if not isinstance(row, dict):
            raise RequestError(400, f"row {number} is neither a list nor an object")
        if self.names is None:
            raise RequestError(
                400,
                f"row {number} is an object, but the model was trained without feature "
                "names: send rows as lists",
            )
        self._check_names(list(row), f"row {number}")
        return [row[name] for name in self.names]

    def _check_names(self, given: Sequence[str], where: str) -> None:
        names = self.names or ()
        there, known = set(given), set(names)
        missing = [name for name in names if name not in there]
        unknown = [name for name in given if name not in known]
        if missing:
            raise RequestError(400, f"{where} lacks {quoted(missing)}")
        if unknown:
            raise RequestError(
                400, f"{where} has {quoted(unknown)}, which the model does not know"
            )
        if len(given) != len(names):
            raise RequestError(400, f"{where} names a feature twice")

    def _checked(self, table: np.ndarray) -> np.ndarray:
        for number, row in enumerate(table, start=1):
            for index, value in enumerate(row):
                fits = value is None or isinstance(value, (int, float))
                if not fits and not (self.text and isinstance(value, str)):
                    name = self.name(index)
                    raise RequestError(
                        400, f"row {number}, feature {name}: {value!r} is not a number"
                    )
        has_text = any(isinstance(value, str) for value in table.flat)
        return table if has_text or self.text_columns else table.astype(np.float64)


def quoted(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names[:5])


def wrong_length(row: int, length: int, expected: int) -> RequestError:
    return RequestError(400, f"row {row} has {length} features, expected {expected}")
