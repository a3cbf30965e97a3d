"""The forms in which clients put rows into JSON: ours, MLflow's, pandas', SageMaker's and KServe's."""

from collections.abc import Callable, Mapping
from typing import Any

from ml_serving.documents import Json
from ml_serving.errors import RequestError
from ml_serving.rows.columns.table import Rows
from ml_serving.rows.features import Features
from ml_serving.rows.forms.kserve import from_tensors, is_tensors
from ml_serving.worker.others import ignore

Object = Mapping[str, Json]

EXPECTED = (
    'expected rows: […], {"instances": rows}, {"inputs": rows}, {"data": rows}, {"dataframe_records": rows}, '
    '{"columns": names, "data": rows}, the same as {"dataframe_split": …}, one row as an object, or KServe\'s {"inputs": '
    '[{"name": …, "shape": …, "datatype": …, "data": …}]}'
)


def from_document(document: Json, features: Features, has_text: bool) -> Rows:
    """has_text: False if it is known that no value is text. Raises RequestError."""
    if not isinstance(document, dict):
        return from_list(document, features, has_text)
    form = form_of(document)
    names = features.names or ()
    # A model may have features that are called so.
    if names and all(name in document for name in names):
        return from_columns_or_row(document, features, has_text)
    if form is not None:
        read, beside = FORMS[form]
        if len(document) == 1:
            return read(document[form], document, features, has_text)
        others = [name for name in document if name not in (form, *beside)]
        if also := [name for name in others if name in FORMS]:
            raise RequestError(400, f'"{form}" and "{also[0]}": {EXPECTED}')
        ignore(others, ("parameters", *FORMS))
        return read(document[form], document, features, has_text)
    if features.form == "dicts":
        return features.from_rows([document], has_text)
    check_orient(document)
    if names and not any(name in document for name in names):
        raise RequestError(400, EXPECTED)
    if not names and not (features.is_text or features.form == "frame"):
        raise RequestError(400, EXPECTED)
    return from_columns_or_row(document, features, has_text)


def form_of(document: Object) -> str | None:
    for name in FORMS:
        if name in document:
            return name
    return None


def from_list(rows: Json, features: Features, has_text: bool) -> Rows:
    """Rows, or one row without its list."""
    if features.is_text and isinstance(rows, str):
        rows = [rows]
    if not isinstance(rows, list):
        raise RequestError(400, "expected a list of rows")
    if features.is_text and not {list, dict} & set(map(type, rows)):
        return features.from_columns([rows])
    if rows and isinstance(rows[0], dict):
        rows = unwrapped(rows, features)
    elif rows and not isinstance(rows[0], list) and not features.is_text:
        rows = [rows]
    return features.from_rows(rows, has_text)


def unwrapped(rows: list[Json], features: Features) -> list[Json]:
    """Rows as SageMaker's built-in algorithms get them: {"features": […]}. Raises RequestError for other objects
    among these."""
    first = rows[0] if rows and features.form != "dicts" else None
    if not isinstance(first, dict) or list(first) != ["features"]:
        return rows
    if "features" in (features.names or ()) or not isinstance(first["features"], list):
        return rows
    for number, row in enumerate(rows, start=1):
        if isinstance(row, dict) and list(row) != ["features"]:
            raise RequestError(
                400,
                f'row {number} is not {{"features": […]}}, with nothing beside it, as row 1 is',
            )
    return [row["features"] if isinstance(row, dict) else row for row in rows]


def from_columns_or_row(row: Object, features: Features, has_text: bool) -> Rows:
    """An object with the values of one row, or with those of many, column by column."""
    check_orient(row)
    columns = list(row.values())
    if not columns or not all(isinstance(column, list) for column in columns):
        return features.from_rows([dict(row)], has_text)
    if features.names is None and features.form in ("array", "objects", "codes"):
        # In JSON the members of an object have no order.
        raise RequestError(
            400,
            "the columns have names, but the model was trained without feature names: "
            "send rows as lists",
        )
    listed: list[Any] = columns
    if len({len(column) for column in listed}) > 1:
        lengths = [
            f"{name!r} {len(one)}" for name, one in zip(row, listed, strict=True)
        ]
        raise RequestError(
            400, f"columns are of different lengths: {', '.join(lengths[:5])}"
        )
    return features.from_columns(listed, list(row))


def check_orient(document: Object) -> None:
    """Raises RequestError for an object of objects, where no row is one: as pandas writes a frame unless it is told."""
    if document and all(isinstance(one, dict) for one in document.values()):
        raise RequestError(
            400,
            "an object of objects, as frame.to_json() writes it, does not say in which order its rows are: send "
            'frame.to_json(orient="records") or orient="split"',
        )


def from_names_and_rows(given: Json, features: Features, has_text: bool) -> Rows:
    """What pandas writes with orient="split"."""
    split = given if isinstance(given, dict) else {}
    names, rows = split.get("columns"), split.get("data")
    if not isinstance(names, list) or not isinstance(rows, list):
        raise RequestError(400, 'expected {"columns": names, "data": rows}')
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list):
            raise RequestError(400, f'row {number} is no list, as in "data" it must be')
    known = features.names or ()
    # So pandas numbers columns that have no names.
    if names == list(range(len(names))) and not {*map(str, names)} <= {*known}:
        return features.from_rows(rows, has_text)
    called = [str(name) for name in names]
    order = features.order(called)
    if called == list(known) or (
        order is None and features.form not in ("frame", "dicts")
    ):
        return features.from_rows(rows, has_text)
    return features.from_named(called, rows)


def listed(given: Json, around: Object, features: Features, has_text: bool) -> Rows:
    if isinstance(given, dict):
        return from_columns_or_row(given, features, has_text)
    return from_list(given, features, has_text)


def inputs(given: Json, around: Object, features: Features, has_text: bool) -> Rows:
    if is_tensors(given, features):
        return from_tensors(given, around, features)
    return listed(given, around, features, has_text)


def data(given: Json, around: Object, features: Features, has_text: bool) -> Rows:
    if "columns" in around:
        return from_names_and_rows(dict(around), features, has_text)
    return listed(given, around, features, has_text)


def split(given: Json, around: Object, features: Features, has_text: bool) -> Rows:
    return from_names_and_rows(given, features, has_text)


Read = Callable[[Json, Object, Features, bool], Rows]

# By the key that tells the form: what reads it, and what may stand beside it without a word.
FORMS: Mapping[str, tuple[Read, tuple[str, ...]]] = {
    "instances": (listed, ()),
    "inputs": (inputs, ("id", "outputs", "parameters")),
    "dataframe_split": (split, ()),
    "dataframe_records": (listed, ()),
    "data": (data, ("columns", "index")),
}
