"""What a schema declares, and what the model says of itself, become one description of the columns."""

import dataclasses
from collections.abc import Sequence

from ml_serving.errors import ModelError
from ml_serving.rows.columns.matrix import numeric
from ml_serving.rows.columns.schema import FILE, Column
from ml_serving.rows.features import Features
from ml_serving.rows.forms.lengths import quoted

# Of columns that are not those of the model.
ADVICE = (
    "it declares what the model gets, without what it predicts and in the names of its training; "
    "edit it, or remove it, and `python code/serve schema FILE` writes it anew from a file of data"
)


def with_schema(features: Features, schema: Sequence[Column] | None) -> Features:
    """The features with what is declared of them, which is stronger than what the model
    says. Raises ModelError where the two cannot both be true."""
    if schema is None:
        return features
    if features.form == "dicts":
        raise ModelError(
            f"model/{FILE} declares columns, but the model takes objects with any of the names that it knows, as "
            "DictVectorizer does: delete the file"
        )
    names = [column.name for column in schema if column.name is not None]
    if features.names is not None and names:
        names = list(features.spelled(names))
        # Before their count: they tell which column is too many, or lacking.
        check_names(features.names, names)
        place = dict(zip(names, schema, strict=True))
        schema = [place[name] for name in features.names]
    check_count(features, len(schema))
    told = features.known or (Column(),) * len(schema)
    columns = [
        one_of_both(declared, model, number)
        for number, (declared, model) in enumerate(zip(schema, told, strict=True), 1)
    ]
    form = features.form
    for number, column in enumerate(columns, 1):
        if form == "codes" and (column.type == "str" or column.is_date):
            raise ModelError(
                f"model/{FILE}, column {number} ({column.name!r}): the type is {column.type}, but the model takes "
                "numbers and categories only: of a category, declare the levels, in the order of their codes in training"
            )
    if form == "array" and features.names and not all(map(numeric, columns)):
        form = "frame"
    return dataclasses.replace(
        features,
        count=len(columns),
        names=features.names if features.names is not None else names or None,
        columns=columns,
        form=form,
    )


def check_count(features: Features, count: int) -> None:
    if features.count not in (None, count):
        raise ModelError(
            f"model/{FILE} declares {count} columns, but the model was trained on "
            f"{features.count}: {ADVICE}"
        )


def check_names(known: Sequence[str], names: Sequence[str]) -> None:
    unknown = [name for name in names if name not in set(known)]
    missing = [name for name in known if name not in set(names)]
    if unknown or missing:
        parts = [
            f"declares {quoted(unknown)}, which the model does not know"
            if unknown
            else "",
            f"lacks {quoted(missing)}, on which it was trained" if missing else "",
        ]
        raise ModelError(f"model/{FILE} {' and '.join(filter(None, parts))}: {ADVICE}")


def one_of_both(declared: Column, model: Column, number: int) -> Column:
    """A column as it is declared, with what only the model tells."""
    name = declared.name or model.name
    text = declared.type in ("str", "category")
    if model.type == "category" and (levels := model.categories):
        if not text and all(isinstance(level, str) for level in levels):
            raise ModelError(
                f"model/{FILE}, column {number} ({name!r}): the type is {declared.type}, but the model was trained on "
                f"categories: {quoted(levels)}"
            )
        # What it makes of a row, the levels of the training decide, in their order.
        return dataclasses.replace(
            model, name=name, required=declared.required, source="both"
        )
    check_kind(declared, model, f"model/{FILE}, column {number} ({name!r})")
    return dataclasses.replace(
        declared,
        name=name,
        none=model.none,
        empty_text=model.empty_text,
        strict=model.strict,
        any_number=numeric(model),
    )


def check_kind(declared: Column, model: Column, where: str) -> None:
    """Raises ModelError where an encoder knows values that the declared type has none of: to it, each row would hold
    something new."""
    mixed = declared.type == "category" and kind_of(declared) is None
    trained, kind = kind_of(model), kind_of(declared) or "number"
    if trained in (None, kind) or mixed:
        return
    if trained == "text":
        raise ModelError(
            f"{where}: the type is {declared.type}, but the model was trained on texts: write str"
        )
    values = f" ({quoted(model.categories)})" if model.categories else ""
    hint = (
        " (pandas reads 02139 as the number 2139 where no dtype says str)"
        if trained == "number" and kind == "text"
        else ""
    )
    raise ModelError(
        f"{where}: the type is {declared.type}, but the model was trained on {trained}s{values}: write "
        f"{type_of_levels(model)}, or train it anew with {declared.type}{hint}"
    )


def kind_of(column: Column) -> str | None:
    """text, number or date: what all values are that are known of a column; None where none are, or not all of one
    kind."""
    if column.is_date:
        return "date"
    if column.type == "str":
        return "text"
    kinds = {
        "text" if isinstance(one, str) else "number" for one in column.categories or ()
    }
    return kinds.pop() if len(kinds) == 1 else None


def type_of_levels(column: Column) -> str:
    """As pandas calls it."""
    if column.is_date:
        return column.type
    levels = column.categories or ()
    if all(isinstance(one, bool) for one in levels):
        return "bool"
    return "int64" if all(type(one) is int for one in levels) else "float64"
