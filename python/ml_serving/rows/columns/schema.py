"""The columns that a model was trained on, and model/input_schema.json, which declares them.

    {"columns": [
      {"name": "zip", "type": "str", "required": true},
      {"name": "kind", "type": "category", "categories": ["flat", "house"], "required": false},
      {"name": "when", "type": "datetime64[ns]", "format": "%d.%m.%Y", "required": true}
    ]}

Types are called as pandas calls them, so that `frame.dtypes` is what to write.
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

import orjson

from ml_serving.documents import Json
from ml_serving.errors import ModelError, first_line

FILE = "input_schema.json"

WHOLE = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
DECIMAL = ("float32", "float64")
# datetime64[ns], or datetime64[us, Europe/Berlin].
DATE = re.compile(r"datetime64\[(s|ms|us|ns)(?:, ?([^\]]+))?\]")
UNITS = ("s", "ms", "us", "ns")
# What a data frame most likely has, to be named in messages.
DATES = "datetime64[us] (pandas before 3: [ns])"
ALLOWED = (
    f"bool, {', '.join(WHOLE)}, {', '.join(DECIMAL)}, str, category, datetime64[s], [ms], "
    "[us] or [ns] (with a zone: datetime64[ns, UTC])"
)

# What only a model tells of a column, beside the types above.
# Any number: no part of the model tells whole numbers from others.
NUMBER = "number"
# Objects of any type, one beside the other, as an encoder has met them.
OBJECT = "object"
# Of the type that each value's own form tells: nothing else does.
OPEN = "open"
# Of any type: no part of the model looks at it.
UNUSED = "unused"


@dataclass(frozen=True)
class Column:
    """A column that the model was trained on.

    name: None where it was trained without names.
    type: how pandas calls it; or number, object, open or unused (see above).
    required: whether a value may not be missing. A model does not tell: then it is free to
    refuse what is missing itself.
    categories: the levels of a category; of an object, the values that an encoder knows.
    ordered: whether the levels of a category have an order.
    format: of dates that are texts, as strftime has it; None for ISO 8601.
    unit: of dates that are numbers since 1970: s, ms, us or ns; None for texts.
    source: schema, model, both (declared, but of the type and the categories that the model has) or value: what says of
    which type it is.
    none: whether what is missing is None, as the model's encoder has met it, not NaN.
    empty_text: whether an empty field of CSV is an empty text: the model's encoder has met
    that, and nothing that was missing.
    strict: whether a value that is no category is refused, as the model itself would.
    any_number: of a declared type: whether the model makes no difference between it and
    other numbers.
    """

    name: str | None = None
    type: str = OPEN
    required: bool = False
    categories: tuple[Any, ...] | None = None
    ordered: bool = False
    format: str | None = None
    unit: str | None = None
    source: str = "value"
    none: bool = False
    empty_text: bool = False
    strict: bool = False
    any_number: bool = False

    @property
    def declared(self) -> bool:
        return self.source in ("schema", "both")

    @property
    def is_date(self) -> bool:
        return self.type.startswith("datetime64")


class Schema(NamedTuple):
    """What model/input_schema.json says. example: a row that it may hold beside the columns."""

    columns: tuple[Column, ...]
    example: Json = None


def read_schema(model_dir: Path) -> Schema | None:
    """None without that file. Raises ModelError."""
    path = model_dir / FILE
    if not path.is_file():
        return None
    try:
        document: Json = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {first_line(error)}") from error
    columns = read_columns(document, str(path))
    return Schema(columns, cast(dict[str, Json], document).get("example"))


def read_columns(document: Json, where: str) -> tuple[Column, ...]:
    """The columns of a schema that has been parsed. where: what it is, for messages.
    Raises ModelError."""
    given = document.get("columns") if isinstance(document, dict) else None
    if not isinstance(given, list) or not given:
        raise ModelError(f'{where}: expected {{"columns": […]}} with at least one')
    columns = tuple(
        read_column(one, f"{where}, column {number}")
        for number, one in enumerate(given, start=1)
    )
    names = [column.name for column in columns]
    if len({name is None for name in names}) > 1:
        raise ModelError(f"{where}: either every column has a name or none has")
    twice = [name for name in names if name is not None and names.count(name) > 1]
    if twice:
        raise ModelError(f"{where}: two columns are called {twice[0]!r}")
    return columns


KEYS = {
    "name": (str, "a text"),
    "type": (str, f"one of {ALLOWED}"),
    "required": (bool, "true or false"),
    "categories": (list, "a list of texts, numbers or truth values"),
    "ordered": (bool, "true or false"),
    "format": (str, "a format as strftime has it, such as %Y-%m-%d"),
    "unit": (str, f"one of {', '.join(UNITS)}"),
}


def read_column(given: Json, where: str) -> Column:
    if not isinstance(given, dict):
        raise ModelError(f"{where} is {given!r}, not an object")
    name = given.get("name")
    where = f"{where} ({name!r})" if isinstance(name, str) else where
    for key, value in given.items():
        if key not in KEYS:
            raise ModelError(f"{where}: {key!r} is not one of {', '.join(KEYS)}")
        expected, words = KEYS[key]
        if not isinstance(value, expected):
            raise ModelError(f"{where}: {key} is {value!r}, not {words}")
    kind = given.get("type")
    if not isinstance(kind, str) or not is_type(kind):
        raise ModelError(f"{where}: type is {kind!r}, not one of {ALLOWED}")
    check_parts(given, kind, where)
    values = cast(dict[str, Any], dict(given))
    if kind == "category":
        values["categories"] = levels(values["categories"], where)
    # As pandas prints it.
    values["type"] = ", ".join(part.strip() for part in kind.split(","))
    return dataclasses.replace(Column(required=True, source="schema"), **values)


def is_type(kind: str) -> bool:
    return (
        kind in ("bool", "str", "category", *WHOLE, *DECIMAL)
        or DATE.fullmatch(kind) is not None
    )


def check_parts(given: Mapping[str, Json], kind: str, where: str) -> None:
    """What goes with some types only."""
    dates = kind.startswith("datetime64")
    for key, belongs in (
        ("categories", kind == "category"),
        ("ordered", kind == "category"),
        ("format", dates),
        ("unit", dates),
    ):
        if key in given and not belongs:
            raise ModelError(f"{where}: {key} does not go with the type {kind}")
    if kind == "category" and "categories" not in given:
        raise ModelError(
            f"{where}: a category needs its levels, in the order of the training: "
            '"categories": ["flat", "house"]'
        )
    if "format" in given and "unit" in given:
        raise ModelError(
            f"{where}: dates have either a format (texts) or a unit (numbers)"
        )
    if given.get("unit", "s") not in UNITS:
        raise ModelError(f"{where}: unit is {given['unit']!r}, not {KEYS['unit'][1]}")
    zone = dates and cast(re.Match[str], DATE.fullmatch(kind))[2]
    if zone:
        check_zone(zone, where)


def check_zone(zone: str, where: str) -> None:
    # Imported here: only dates need it.
    import pandas as pd

    try:
        pd.Timestamp(0, tz=zone)
    except Exception as error:
        raise ModelError(f"{where}: there is no time zone {zone!r}") from error


def levels(given: Sequence[Any], where: str) -> tuple[Any, ...]:
    kinds = {bool, int, float, str}
    if not given or any(type(level) not in kinds for level in given):
        raise ModelError(f"{where}: categories is not {KEYS['categories'][1]}")
    if len(set(given)) != len(given):
        raise ModelError(f"{where}: a category is there twice")
    return tuple(given)
