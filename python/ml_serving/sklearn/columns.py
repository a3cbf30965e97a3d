"""What a fitted model itself says of the columns that it was trained on, through any nesting."""

import dataclasses
from typing import Any

import numpy as np
from sklearn.preprocessing import FunctionTransformer

from ml_serving.rows.columns.matrix import numeric
from ml_serving.rows.columns.schema import NUMBER, OBJECT, OPEN, Column
from ml_serving.rows.features import Features
from ml_serving.rows.trained import Form
from ml_serving.sklearn.libraries import LIBRARIES, without_blanks
from ml_serving.sklearn.members import names_and_count
from ml_serving.sklearn.steps import RAW, Look
from ml_serving.sklearn.workers import needs_frame, parts


def model_features(model: Any) -> Features:
    """What the rows of a request must hold, and of which type each column is."""
    names, count = names_and_count(model)
    look = Look(count)
    look.at(model, RAW if count is None else list(range(count)))
    if look.dicts:
        return Features(form="dicts", columns=[], own_code=has_own_code(model))
    if look.texts:
        form: Form = "series" if look.own_code else "texts"
        column = Column(type="str", required=True, source="model")
        return Features(1, None, columns=[column], form=form, own_code=look.own_code)
    columns = look.columns(names)
    if names is None:
        # An array has one type: of whole numbers if one of its columns has; if one is open,
        # what the values of a row make together.
        if any(column.type == "int64" for column in columns):
            columns = [whole(column) for column in columns]
        elif any(column.type == OPEN for column in columns):
            columns = [
                Column() if column.type == NUMBER else column for column in columns
            ]
        form = "frame" if count is None and look.own_code else "array"
        if any(column.type in (OBJECT, "str") for column in columns):
            form = "objects"
    else:
        numbers = all(map(numeric, columns))
        form = "array" if numbers and not needs_frame(model) else "frame"
    return Features(
        count,
        names,
        columns=columns or None,
        form=form,
        own_code=look.own_code or has_own_code(model),
        absent=absent(model),
        respelled=without_blanks if look.without_blanks else None,
    )


def absent(model: Any) -> float | None:
    """What a sparse matrix leaves out is zero, but to XGBoost it is missing."""
    if type(model).__module__.startswith("xgboost."):
        return np.nan
    inside = any(type(part).__module__.startswith("xgboost.") for part in parts(model))
    return None if inside else 0.0


def has_own_code(model: Any) -> bool:
    """Whether any part of a model, however it is reached, is no known library's."""
    known = ("sklearn", "imblearn", *LIBRARIES)
    return any(
        type(part).__module__.partition(".")[0] not in known
        or (isinstance(part, FunctionTransformer) and calls_own(part))
        for part in parts(model)
    )


def calls_own(step: FunctionTransformer) -> bool:
    # Those of numpy go from number to number, each by itself.
    return any(
        one is not None and not isinstance(one, np.ufunc)
        for one in (step.func, step.inverse_func)
    )


def whole(column: Column) -> Column:
    return dataclasses.replace(column, type="int64") if numeric(column) else column
