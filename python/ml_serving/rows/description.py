"""What a model's rows hold, for GET /schema, for the log, and as examples that can be sent."""

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any

import orjson

from ml_serving.documents import Json
from ml_serving.rows.columns.schema import FILE, OPEN, Column
from ml_serving.rows.features import Features
from ml_serving.rows.forms.content_types import RESPONSE_TYPES
from ml_serving.worker.adapter import Description
from ml_serving.worker.negotiation import RequestType

log = logging.getLogger(__name__)

# What a column may hold of which nothing is known: tried in this order.
GUESSES: tuple[Json, ...] = (1, "text", "2024-01-01")
A_DAY = datetime(2024, 1, 1, tzinfo=UTC)
IN_A_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
# So many categories of a column are shown.
LEVELS = 100
# So many columns are named in a line of the log.
NAMED = 20


def described(
    features: Features, types: Sequence[RequestType[Any]], example: Json
) -> Description:
    """types: that requests may come in. example: a row of input_schema.json, or None."""
    document = {
        "columns": [as_json(column) for column in features.known],
        "requests": {one.name: {"row": one.shape} for one in types},
        "answers": [one.name for one in reversed(RESPONSE_TYPES)],
    }
    rows = list(example_rows(features.known, example))
    names = features.names
    candidates = [
        [
            (one.name, body)
            for one in types
            if one.example and (body := one.example(names, [row], features.is_text))
        ]
        for row in rows
    ]
    return Description(orjson.dumps(document), candidates)


def as_json(column: Column) -> dict[str, object]:
    levels = levels_of(column)
    known = {
        "name": column.name,
        "type": column.type,
        "required": column.required,
        "categories": levels[:LEVELS] or None,
        "categories_left_out": len(levels[LEVELS:]) or None,
        "format": column.format,
        "unit": column.unit,
        "source": column.source,
    }
    return {key: value for key, value in known.items() if value is not None}


def levels_of(column: Column) -> list[Json]:
    """The categories that a column is known to have, as JSON has them."""
    plain = [
        one.item() if hasattr(one, "item") else one for one in column.categories or ()
    ]
    # NaN is no JSON.
    return [one for one in plain if isinstance(one, str | int) or is_number(one)]


def is_number(value: object) -> bool:
    return isinstance(value, float) and isfinite(value)


def example_rows(columns: Sequence[Column], example: Json) -> Iterator[list[Json]]:
    """Rows that the model may take, the likeliest first."""
    if not columns:
        return
    if isinstance(example, dict) and all(one.name in example for one in columns):
        yield [example[str(one.name)] for one in columns]
    if isinstance(example, list) and len(example) == len(columns):
        yield example
    unknown = any(column.type == OPEN for column in columns)
    for guess in GUESSES if unknown else GUESSES[:1]:
        yield [example_value(column, guess) for column in columns]


def example_value(column: Column, guess: Json) -> Json:
    if levels := levels_of(column):
        return levels[0]
    if column.is_date:
        return example_date(column)
    return {"bool": True, "str": "text", OPEN: guess}.get(column.type, 1)


def example_date(column: Column) -> Json:
    if column.unit:
        return int(A_DAY.timestamp()) * IN_A_SECOND[column.unit]
    return A_DAY.strftime(column.format or "%Y-%m-%d")


def log_columns(features: Features) -> None:
    """In one line, how each column is read, and what says so."""
    names: dict[tuple[str, str], list[str]] = {}
    for index, column in enumerate(features.known):
        # A model does not tell what may be missing: it refuses it or not.
        may_be = column.declared and not column.required
        kind = f"{column.type}{' (may be missing)' if may_be else ''}"
        names.setdefault((column.source, kind), []).append(features.name(index))
    sources = {
        "schema": f"declared in model/{FILE}",
        "both": f"named in model/{FILE}, with the categories that the model was trained on",
        "model": "as the model was trained",
        "value": f"as each value is written, until model/{FILE} declares them",
    }
    parts = [
        f"{words}: {'; '.join(groups)}"
        for source, words in sources.items()
        if (
            groups := [
                f"{of_all(some, len(features.known))} {kind}"
                for (said, kind), some in names.items()
                if said == source
            ]
        )
    ]
    others = "objects, as they are" if features.form == "dicts" else "any"
    log.info("columns", extra={"fields": {"read": ". ".join(parts) or others}})


def of_all(names: Sequence[str], count: int) -> str:
    if len(names) == count > 1:
        return f"all {count}"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
