"""A request's rows: tables whose columns have a type each, which alone decides what may be predicted together."""

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

Array = np.ndarray[Any, Any]
# Of a column: its values as a request has them, and the type of all, or of each.
Values = Sequence[Any] | Array
Types = str | list[str]
NOTHING = type(None)
# The types of a table that is a single matrix.
MATRIX = ("matrix",)


# Not frozen, which would make them three times as slow to make: every request has some.
@dataclass(slots=True, eq=False)
class Table:
    """Rows whose values are, column by column, of one type.

    types: of each column, how pandas calls it: float64, int64, str, category, … Where all
    of them are float64, `columns` may be a single (rows, columns) matrix, and `types` is
    ("matrix",): what models of plain numbers get.
    columns: an array of shape (rows,) for each: texts are objects with NaN where one is
    missing, categories the numbers of their levels (-1: missing), dates datetime64 in UTC.
    names: of columns, where only the request tells them.
    """

    types: tuple[str, ...]
    columns: tuple[Array, ...]
    names: tuple[str, ...] | None = None

    @classmethod
    def matrix(cls, values: Array) -> "Table":
        return cls(MATRIX, (values,))

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def is_matrix(self) -> bool:
        return self.types is MATRIX

    @property
    def kind(self) -> Hashable:
        """Tables of equal kind can be joined: what the model gets for a row is then the same
        as without the other rows."""
        if self.types is MATRIX:
            return self.columns[0].shape[1]
        return self.names, self.types, self.columns[0].shape[1:]


def joined(tables: Sequence[Table]) -> Table:
    """The rows of tables of one kind, below each other."""
    first = tables[0]
    if len(tables) == 1:
        return first
    columns = zip(*(table.columns for table in tables), strict=True)
    return Table(
        first.types, tuple(np.concatenate(column) for column in columns), first.names
    )


@dataclass(slots=True, eq=False)
class Rows:
    """The rows of one request: as many tables as there are types in them, mostly one.

    places: for each table, which rows of the request its own are (from 0); None for a
    single table, which has them all in their order.
    as_json: from predictions to an answer in JSON, where the request's own form has one.
    """

    tables: tuple[Table, ...]
    places: tuple[Array, ...] | None = None
    as_json: Callable[[Array], bytes] | None = None

    @classmethod
    def of(cls, table: Table) -> "Rows":
        return cls((table,))

    def answered(self, as_json: Callable[[Array], bytes]) -> "Rows":
        return replace(self, as_json=as_json)

    def __len__(self) -> int:
        if self.places is None:
            return len(self.tables[0].columns[0])
        return sum(map(len, self.tables))

    def place(self, table: int, row: int) -> int:
        """Which row of the request (from 0) a table's row is."""
        return row if self.places is None else int(self.places[table][row])

    def in_order(self, predictions: Sequence[Array]) -> Array:
        """What was predicted for each table, in the order of the request's rows."""
        if self.places is None:
            return predictions[0]
        order = np.argsort(np.concatenate(self.places), kind="stable")
        kinds = {one.dtype for one in predictions}
        if len(kinds) > 1:
            # Of numbers and texts numpy would make texts, and of large whole numbers others.
            predictions = [one.astype(object) for one in predictions]
        return np.concatenate(predictions)[order]


Kind = TypeVar("Kind", bound=Hashable)


def grouped(kinds: Iterable[Kind]) -> dict[Kind, list[int]]:
    """Which ones (from 0) are of each kind, in the order in which the kinds come up."""
    groups: dict[Kind, list[int]] = {}
    for index, kind in enumerate(kinds):
        groups.setdefault(kind, []).append(index)
    return groups


def is_missing(value: Any) -> bool:
    """Whether a single value is None, NaN or NaT."""
    if value is None or isinstance(value, float):
        return value is None or math.isnan(value)
    return type(value) is np.datetime64 and bool(np.isnat(value))


def same(types: list[str]) -> Types:
    """One type for all values, where they have the same."""
    return types[0] if len(set(types)) == 1 else types
