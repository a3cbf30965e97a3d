"""Finds the columns of text that a model was fitted on, where its encoders tell.

In CSV, a column of postcodes looks like numbers; only the model knows better.
"""

from collections.abc import Iterator
from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

# As a ColumnTransformer keeps them.
Columns = list[Any] | range | slice | str | int


def text_columns(model: Any) -> frozenset[int]:
    """Indices (from 0) of the columns whose categories are text."""
    names: list[str] = list(getattr(model, "feature_names_in_", ()))
    return frozenset(
        names.index(column) if isinstance(column, str) else int(column)
        for column, categories in encoded(first_step(model))
        if any(isinstance(category, str) for category in categories)
    )


def encoded(step: Any) -> Iterator[tuple[Any, Any]]:
    """Each encoded column, by its name or index, with the categories it had."""
    parts: list[tuple[Any, Columns]] = [
        (step, range(len(getattr(step, "categories_", ()))))
    ]
    if isinstance(step, ColumnTransformer):
        parts = [(first_step(part), of) for _, part, of in step.transformers_]
    for part, columns in parts:
        categories = getattr(part, "categories_", ())
        if isinstance(columns, (list, range)) and len(columns) == len(categories):
            yield from zip(columns, categories, strict=True)


def first_step(model: Any) -> Any:
    return model[0] if isinstance(model, Pipeline) else model
