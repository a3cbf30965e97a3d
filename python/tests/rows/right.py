"""What a model says in Python of rows as they were in training: the right answers.

Where training leaves open what a row is, there are several, and a worker may give any of them, but always the same:
a value that is missing in a column that had none, for which pandas reads one type from a file of that row, and another
from a file of that and others.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from tests.rows.forms import Request, Table, plain

WHOLE = re.compile(r"[+-]?\d+")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


@dataclass
class Right:
    """answers: any of which a row may get. refused: why it may be refused: the model does, in one of its readings; or
    the schema does."""

    answers: list[Any] = field(default_factory=list)
    refused: str = ""

    def holds(self, answer: Any) -> bool:
        return any(alike(answer, one) for one in self.answers)


def alike(one: Any, other: Any) -> bool:
    """Up to what BLAS rounds differently by shape."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
    return type(one) is type(other) and one == other


def own_form(field: Any) -> Any:
    """A field of CSV that could be anything, as what it is by its form. All that plain CSV writers write."""
    if field is None or (isinstance(field, str) and field.strip().lower() in ("", "na", "n/a", "nan", "null", "none")):
        return None
    word = str(field).strip()
    if word.lower() in ("true", "false"):
        return word.lower() == "true"
    if WHOLE.fullmatch(word):
        return int(word)
    return float(word) if NUMBER.fullmatch(word) or word in ("inf", "-inf") else field


@dataclass
class Training:
    """How a model was trained, as far as its rows tell.

    types: of a frame's columns, or None of an array; then array is that one's type. open: columns of a frame or array
    in which neither the model nor a schema says what a value stands for. dates: how columns of them are written, as
    pandas.to_datetime takes it. required: columns of which a schema says so. unnamed: columns with
    levels that the model's file does not name whole. or_floats: whether nothing tells an array of objects from one of floats,
    which is what pandas makes of whole numbers beside others.
    """

    model: Any
    types: Sequence[Any] | None
    array: Any = None
    open: frozenset[int] = frozenset()
    dates: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    required: frozenset[int] = frozenset()
    unnamed: frozenset[int] = frozenset()
    or_floats: bool = False
    probabilities: bool = False

    def right(self, given: Table, request: Request) -> list[Right]:
        """Of each row of a request."""
        is_csv = request.content_type.startswith("text/csv")
        return [self._of_row(given[0], given[1][place], is_csv, b'""' in request.body) for place in request.rows]

    def _of_row(self, names: list[str] | None, row: list[Any], is_csv: bool, quoted: bool) -> Right:
        found = Right()
        readings = [row]
        if is_csv:
            # Nothing at all is missing; nothing in quotes is that, or text of no length.
            row = [None if value == "" else value for value in row]
            readings = [row]
            if quoted:
                readings.append(
                    ["" if value is None and self._is_text(place) else value for place, value in enumerate(row)]
                )
        for values in readings:
            unset = [index for index in self.required if values[index] is None]
            if unset:
                found.refused = f"column {unset[0]} is required"
                continue
            if any(self._is_new_level(index, value) for index, value in enumerate(values)):
                found.refused = "it is none of the training's levels"
            if any(values[index] is not None for index in self.unnamed):
                found.refused = "the model's file does not name its levels whole"
            if is_csv:
                values = [own_form(value) if index in self.open else value for index, value in enumerate(values)]
            for data in self._frames(names, values) if self.types is not None else self._arrays(values):
                try:
                    answer = self.ask(data)[0]
                except (ValueError, TypeError, AttributeError, KeyError) as error:
                    found.refused = f"{type(error).__name__}: {error}"
                else:
                    found.answers.append(answer)
        return found

    def _is_text(self, index: int) -> bool:
        kind = self.types[index] if self.types else np.dtype(self.array)
        return isinstance(kind, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(kind)

    def ask(self, data: Any) -> list[Any]:
        if not self.probabilities:
            return [plain_answer(one) for one in np.asarray(self.model.predict(data))]
        shares = self.model.predict_proba(data)
        return (np.hstack(shares) if isinstance(shares, list) else shares).tolist()

    def _frames(self, names: list[str] | None, row: list[Any]) -> Iterator[pd.DataFrame]:
        """One row as what may have been in the training's frame."""
        new = any(self._is_new_level(index, value) for index, value in enumerate(row))
        # By what the column had in training, where truth values may be numbers; as pandas reads a file of the row alone;
        # and as of Python's values.
        lone = (None, "numbers", "float64", object) if None in row else (None,)
        for kind, levels in product(lone, {True, not new}):
            columns = [self._column(index, value, kind, levels) for index, value in enumerate(row)]
            frame = pd.concat(columns, axis=1)
            frame.columns = names
            yield frame

    def _is_new_level(self, index: int, value: Any) -> bool:
        kind = (self.types or {index: None})[index]
        return isinstance(kind, pd.CategoricalDtype) and value is not None and value not in kind.categories

    def _column(self, index: int, value: Any, lone: Any, levels: bool) -> pd.Series:
        """lone: the type of a column that is all missing, None or "numbers" for the training's. levels: whether a category that
        training did not have is missing, as where pandas makes categories, or what it says."""
        kind = (self.types or ())[index]
        if self._is_new_level(index, value):
            return pd.Series([np.nan]).astype(kind) if levels else pd.Series([value])
        if index in self.dates:
            return pd.Series(pd.to_datetime([value], **self.dates[index])).astype(kind)
        if value is not None:
            return pd.Series([value]) if index in self.open else pd.Series([value]).astype(kind)
        if lone not in (None, "numbers"):
            return pd.Series([np.nan], dtype=lone)
        if pd.api.types.is_bool_dtype(kind):
            kind = object if lone is None else "float64"
        elif pd.api.types.is_integer_dtype(kind):
            kind = "float64"
        return pd.Series([np.nan], dtype=kind)

    def _arrays(self, row: list[Any]) -> Iterator[np.ndarray]:
        kind = np.dtype(self.array)
        types = [np.dtype(object), np.dtype(float)] if None in row and kind.kind in "iub" else [kind]
        if self.or_floats and not any(isinstance(value, str | bool) for value in row):
            types.append(np.dtype(float))
        for gone, kind in product((np.nan, None) if None in row else (np.nan,), types):
            array = np.empty((1, len(row)), dtype=object)
            array[0] = [gone if value is None else value for value in row]
            yield array.astype(kind)


def plain_answer(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [plain_answer(one) for one in value]
    return plain(value)
