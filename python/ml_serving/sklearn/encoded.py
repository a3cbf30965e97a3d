"""What encoders and vectorizers of scikit-learn have seen of a column."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

from ml_serving.errors import ModelError
from ml_serving.rows.columns.schema import NUMBER, OBJECT, Column
from ml_serving.rows.columns.table import is_missing

ENCODERS = (OneHotEncoder, OrdinalEncoder, TargetEncoder)


def vectorizes(step: Any) -> bool:
    """Whether it makes numbers of texts."""
    return isinstance(step, CountVectorizer | HashingVectorizer)


def takes_dicts(step: Any) -> bool:
    """Whether it makes numbers of dicts, one a row. Raises ModelError for what takes rows of any other kind."""
    if isinstance(step, FeatureHasher) and step.input_type != "dict":
        raise ModelError(
            f"the model begins with FeatureHasher(input_type={step.input_type!r}), whose rows are no tables: train it "
            "with input_type='dict', and send objects; or behind a step that makes such rows of columns"
        )
    return isinstance(step, DictVectorizer | FeatureHasher)


def categories_of(step: Any) -> list[Column] | None:
    """Of each column of an encoder, what its categories say; None for another step."""
    if not isinstance(step, ENCODERS):
        return None
    return [encoded(categories) for categories in step.categories_]


def encoded(categories: Any) -> Column:
    """A column whose values an encoder has met."""
    array = np.asarray(categories)
    listed: Sequence[Any] = array.tolist()
    known = tuple(one for one in listed if not is_missing(one))
    kind = {"U": "str", "b": "bool", "i": "int64", "u": "int64", "f": NUMBER}.get(
        array.dtype.kind, OBJECT
    )
    if array.dtype.kind == "M":
        kind = str(array.dtype)
        known = ()
    elif kind == OBJECT and known and all(isinstance(one, str) for one in known):
        kind = "str"
    return Column(
        type=kind,
        categories=known or None,
        source="model",
        none=any(one is None for one in listed),
        empty_text="" in known and len(known) == len(listed),
    )
