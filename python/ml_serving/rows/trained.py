"""What a model was trained on, and in which form it gets rows."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from ml_serving.rows.columns.frames import (
    given_array,
    given_codes,
    given_frame,
    given_list,
    given_texts,
)
from ml_serving.rows.columns.matrix import numeric
from ml_serving.rows.columns.schema import NUMBER, OPEN, Column
from ml_serving.rows.columns.table import Table
from ml_serving.rows.columns.words import number_of
from ml_serving.rows.forms.lengths import check_names

# How a model gets its rows: as it got them when it was trained.
Form = Literal["array", "objects", "frame", "codes", "texts", "series", "dicts"]


@dataclass(frozen=True)
class Trained:
    """What the model was trained on.

    count: values in a row; None when the model does not say, and then any goes.
    names: in the model's order; None when it was trained without names.
    text: whether a value may be text. text_columns: which columns (from 0) hold text even
    where it looks like a number. Both are for handlers that do not say `columns`.
    columns: one for each value in a row, in the model's order.
    form: array: a float64 array of (rows, columns), of int64 where all values are whole and
    the model tells these from others, or of objects where some are texts; objects: an array
    of objects, whatever the values are; frame: a pandas data frame; codes: a float64 array of
    (rows, columns), categories as the numbers of their levels; texts: a list of texts, one a
    row; series: the same as pandas has it; dicts: a list of dicts, as JSON has them.
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
    def _of_one_type(self) -> bool:
        """Whether the values of a row go into one array of numbers, which is one of float64 as
        soon as one of them is no whole number."""
        return self.form == "array" and all(
            column.type == OPEN or numeric(column) for column in self.known
        )

    @cached_property
    def _declared(self) -> bool:
        return any(column.declared for column in self.known)

    @cached_property
    def _may_be_missing(self) -> frozenset[str | None]:
        """Names of columns that are declared so."""
        known = self.known
        return frozenset(one.name for one in known if one.declared and not one.required)

    @property
    def _default(self) -> Column:
        return Column(
            type=OPEN if self.text or self.form == "frame" else NUMBER,
            source="value" if self.text or self.form == "frame" else "model",
        )

    def ready(self, table: Table) -> Any:
        """A table as the model gets it."""
        if self.form == "array" and table.is_matrix:
            return table.columns[0]
        if self.form == "dicts":
            return given_list(table)
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

    @cached_property
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

    def column(self, index: int) -> Column:
        known = self.known
        return known[index] if index < len(known) else self._default

    def name(self, index: int) -> str:
        """How a feature is called in messages."""
        return repr(self.names[index]) if self.names else str(index + 1)
