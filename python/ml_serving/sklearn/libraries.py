"""What models of other libraries say of their columns, without importing these."""

import json
import re
from collections.abc import Sequence
from typing import Any

from ml_serving.rows.booster_levels import booster_levels
from ml_serving.rows.schema import NUMBER, Column

# What they make of a row never depends on the other rows.
LIBRARIES = ("lightgbm", "xgboost", "catboost")


def library_columns(model: Any, count: int) -> Sequence[Column]:
    library = type(model).__module__.partition(".")[0]
    columns = [Column(type=NUMBER, source="model") for _ in range(count)]
    levels = {"lightgbm": lightgbm_levels, "xgboost": xgboost_levels}.get(library)
    found: dict[int, tuple[Any, ...]] = levels(model) if levels else {}
    for index, known in found.items():
        columns[index] = Column(
            type="category",
            categories=known,
            source="model",
            # LightGBM takes what it does not know for missing; XGBoost refuses it.
            strict=library == "xgboost",
        )
    return columns


def lightgbm_levels(model: Any) -> dict[int, tuple[Any, ...]]:
    """The levels of columns that were categories of pandas, by the column (from 0)."""
    booster: Any = getattr(model, "booster_", model)
    levels: list[list[Any]] = getattr(booster, "pandas_categorical", None) or []
    if not levels:
        return {}
    noted = re.search(r"\[categorical_feature: ([\d,]+)\]", booster.model_to_string())
    places = [int(one) for one in noted[1].split(",")] if noted else []
    if len(places) != len(levels):
        return {}
    return {at: tuple(known) for at, known in zip(sorted(places), levels, strict=True)}


def xgboost_levels(model: Any) -> dict[int, tuple[Any, ...]]:
    booster: Any = model.get_booster() if hasattr(model, "get_booster") else model
    types: list[str] = booster.feature_types or []
    if "c" not in types:
        return {}
    return booster_levels(json.loads(booster.save_raw("json"))["learner"])
