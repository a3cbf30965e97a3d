"""Tables as models get them: what they got when they were trained."""

import functools
import importlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ml_serving.rows.columns.schema import DATE, Column
from ml_serving.rows.columns.table import Array, Table


def given_array(table: Table, objects: bool) -> Array:
    """(rows, columns): of numbers or of truth values where all are, else, or where asked for, of objects."""
    if table.is_matrix:
        return table.columns[0]
    kinds = {array.dtype.kind for array in table.columns}
    # pandas makes no number of a truth value, either.
    if (kinds <= set("iuf") or kinds == {"b"}) and not objects:
        return np.column_stack(table.columns)
    made = np.empty((len(table), len(table.columns)), dtype=object)
    for index, column in enumerate(table.columns):
        made[:, index] = column
    return made


def given_codes(table: Table) -> Array:
    """(rows, columns) of float64: of a category the number of its level, NaN where it is missing."""
    if table.is_matrix:
        return table.columns[0]
    made = np.column_stack(table.columns).astype(np.float64)
    for index, kind in enumerate(table.types):
        if kind == "category":
            made[made[:, index] < 0, index] = np.nan
    return made


def given_list(table: Table) -> list[Any]:
    values: list[Any] = table.columns[0].tolist()
    return values


def given_texts(table: Table, name: str | None, as_series: bool) -> Any:
    texts = table.columns[0]
    if not as_series:
        return texts.tolist()
    # Imported here, as below: only some models need it.
    import pandas as pd

    return pd.Series(texts, name=name)


def given_frame(table: Table, names: Sequence[str], columns: Sequence[Column]) -> Any:
    import pandas as pd

    if table.is_matrix:
        return pd.DataFrame(table.columns[0], columns=list(names))
    known = columns if len(columns) == len(names) else [Column()] * len(names)
    texts = iter(text_columns(table))
    parts = {
        index: next(texts) if kind == "str" else in_pandas(array, kind, column)
        for index, (array, kind, column) in enumerate(
            zip(table.columns, table.types, known, strict=True)
        )
    }
    # By number first: two columns may have the same name.
    frame = pd.DataFrame(parts, copy=False)
    frame.columns = list(names)
    return frame


def in_pandas(array: Array, kind: str, column: Column) -> Any:
    """A column as pandas has it, of the type that the table names."""
    if kind == "object":
        return object_series(array)
    if kind == "category":
        return categories(array, column)
    if kind.startswith("datetime64"):
        return dates(array, kind)
    return array


def text_columns(table: Table) -> Iterator[Any]:
    """The columns of texts, as pandas has them: made as one, since each would take as long."""
    texts = [
        array
        for array, kind in zip(table.columns, table.types, strict=True)
        if kind == "str"
    ]
    if not texts:
        return
    import pandas as pd

    made = pd.array(np.concatenate(texts), dtype=text_type())
    for start in range(0, len(made), len(table)):
        yield made[start : start + len(table)]


@functools.cache
def text_type() -> Any:
    """What this version of pandas makes of texts: its own type, or objects."""
    import pandas as pd

    return pd.Series(["a"]).dtype


def object_series(array: Array) -> Any:
    import pandas as pd

    return pd.Series(array, dtype=object, copy=False)


def categories(codes: Array, column: Column) -> Any:
    import pandas as pd

    if codes.dtype == object:
        # Of levels that are not known here.
        return pd.Categorical(codes)
    # XGBoost takes no category without any level.
    levels = column.categories or ("",)
    kind = category_type(levels, tuple(map(type, levels)), column.ordered)
    return pd.Categorical.from_codes(codes, dtype=kind)


@functools.cache
def category_type(
    levels: tuple[Any, ...], types: tuple[type, ...], ordered: bool
) -> Any:
    """types: of the levels, which else are the same where they compare equal, as 1, 1.0 and True do."""
    import pandas as pd

    return pd.CategoricalDtype(list(levels), ordered=ordered)


def dates(array: Array, kind: str) -> Any:
    pd: Any = importlib.import_module("pandas")
    found = DATE.fullmatch(kind)
    zone = found[2] if found else None
    if zone is None:
        return array
    return pd.Series(array).dt.tz_localize("UTC").dt.tz_convert(zone)
