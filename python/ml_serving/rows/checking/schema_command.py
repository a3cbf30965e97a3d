"""python code/serve schema FILE: writes model/input_schema.json from a file with rows of the training data.

Beside what the generator makes of such a file, this knows the model, and so which columns it takes; and it reads
Parquet, which keeps the types of a data frame.
"""

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson

from ml_serving.rows.checking.data_files import DataError, Frame, Series, model_frame
from ml_serving.rows.checking.notebook import opened
from ml_serving.rows.columns.declared import kind_of, type_of_levels, with_schema
from ml_serving.rows.columns.schema import DATES, FILE, Column, read_columns
from ml_serving.rows.suspect import holds_dates

# Such as 02139: a number would lose its zero.
CODE = re.compile(r"\s*(\+|-?0)\d+\s*")
# What pandas calls types whose columns have room for what is missing.
NULLABLE = {
    "Int": "int",
    "UInt": "uint",
    "Float": "float",
    "boolean": "bool",
    "string": "str",
}


def write_schema(path: Path, model_dir: Path, handler: ModuleType) -> int:
    """The exit code. Raises StartError."""
    target = model_dir / FILE
    if target.exists():
        raise DataError(
            f"{target} is there already: edit it, or remove it and say this again"
        )
    features = opened(handler, model_dir).features
    if features.form == "dicts":
        raise DataError(
            f"the model takes objects with any of the names that it knows: there are no columns for {FILE} to declare"
        )
    frame = model_frame(path, features.known)
    is_csv = path.suffix.lower() == ".csv"
    codes = columns_of_codes(path, features.known) if is_csv else ()
    told = {one.name: one for one in features.known}
    columns = [
        column_of(name, frame[name], name in codes, told.get(name, Column()))
        for name in frame.columns
    ]
    lines = ",\n".join(f"    {orjson.dumps(column).decode()}" for column in columns)
    text = f'{{\n  "columns": [\n{lines}\n  ]\n}}\n'
    # What we write must be what we read, and what the model takes.
    declared = read_columns(orjson.loads(text), FILE)
    with_schema(features, declared)
    for column in declared:
        may_be = "" if column.required else ", may be missing"
        print(f"{column.name}: {column.type}{may_be}{remark_on(column, frame, codes)}")
    target.write_text(text)
    print(f"wrote {target}; edit it where the model got other types")
    return 0


def remark_on(column: Column, frame: Frame, codes: Collection[str]) -> str:
    """What a file cannot tell."""
    if column.name in codes:
        return "; text, since a number would lose its zeros in front"
    if column.type == "str" and holds_dates(frame[column.name].dropna().tolist()):
        return f'; dates as text: if the model got dates, {DATES}, and their "format" where it is not ISO 8601'
    return ""


def columns_of_codes(path: Path, known: Sequence[Column]) -> set[str]:
    import pandas as pd

    texts: Any = pd.read_csv(path, dtype="str")
    numbers = {
        one.name
        for one in known
        if one.type in ("number", "bool") or kind_of(one) in ("number", "date")
    }
    return {
        str(name)
        for name in texts.columns
        if name not in numbers and any(map(is_code, texts[name].dropna()))
    }


def is_code(field: str) -> bool:
    return CODE.fullmatch(field) is not None


def column_of(
    name: object, values: Series, is_text: bool, told: Column
) -> dict[str, Any]:
    """told: what the model says of it."""
    import pandas as pd

    if not isinstance(name, str):
        raise DataError(f"the column {name!r} has no name that is a text")
    column: dict[str, Any] = {
        "name": name,
        "type": "str" if is_text else type_of(values),
    }
    if column["type"] == "str" and kind_of(told) in ("number", "date"):
        # Texts that a reader has made something else of, before the model was trained.
        column["type"] = type_of_levels(told)
    if isinstance(values.dtype, pd.CategoricalDtype):
        column["categories"] = values.dtype.categories.tolist()
        column["ordered"] = bool(values.dtype.ordered)
    return {**column, "required": not bool(values.isna().any())}


def type_of(values: Series) -> str:
    name = str(values.dtype)
    for nullable, plain in NULLABLE.items():
        if name.startswith(nullable):
            return plain + name.removeprefix(nullable)
    if name != "object":
        return name
    kinds: set[type] = {type(value) for value in values.dropna()}
    found = {frozenset([str]): "str", frozenset([bool]): "bool"}.get(frozenset(kinds))
    if found is None:
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise DataError(
            f"the column {values.name!r} holds values of several types: {names}"
        )
    return found
