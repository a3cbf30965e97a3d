"""The categories that a file of XGBoost's names, which both its own format and a pickle hold."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, cast

Levels = dict[int, tuple[Any, ...]]


def booster_levels(learner: Mapping[str, Any]) -> Levels:
    """Of each column (from 0), its levels in the order of their codes; () where it has none, or they are not known.

    learner: what `save_raw("json")` has under that name. Empty where the model was trained by
    a version that did not note them (before 3.1), or on codes.
    """
    encodings = found(learner.get("gradient_booster", {}))
    levels = ((index, decoded(one)) for index, one in enumerate(encodings))
    return dict(levels)


none: Sequence[Mapping[str, Any]] = ()


def found(booster: Any) -> Sequence[Mapping[str, Any]]:
    """Boosters hold one another: dart a gbtree."""
    if not isinstance(booster, dict):
        return none
    inner = cast(dict[str, Any], booster)
    if "cats" in inner:
        return inner["cats"]["enc"]
    return next((some for one in inner.values() if (some := found(one))), none)


def decoded(encoding: Mapping[str, Any]) -> tuple[Any, ...]:
    values: Sequence[Any] = encoding["values"]
    if "offsets" not in encoding:
        return tuple(values)
    # Texts in UTF-8, one after the other; the bytes have a sign. XGBoost cuts off what is not
    # ASCII, in training and in predictions alike: what these levels were is then not known.
    text = bytes(value % 256 for value in values)
    if not text.isascii():
        return ()
    ends: Sequence[int] = encoding["offsets"]
    return tuple(text[start:end].decode() for start, end in pairwise(ends))
