"""What models of other libraries say of their columns, without importing these."""

import re
from collections.abc import Sequence
from itertools import combinations, islice
from typing import Any

from ml_serving.rows.columns.schema import NUMBER, Column
from ml_serving.rows.model_files.booster_levels import booster_levels

# What they make of a row never depends on the other rows.
LIBRARIES = ("lightgbm", "xgboost", "catboost")


def booster_names(model: Any) -> tuple[Sequence[str] | None, int] | None:
    """The names of the columns that a booster was trained on, None where it had none, and how many there were; None for
    an estimator of scikit-learn's, which tells them itself."""
    library = library_of(model)
    # They call columns without names by numbers of their own.
    if library == "catboost":
        return given_names(model.feature_names_, "{}")
    if library == "lightgbm" and hasattr(model, "num_feature"):
        return given_names(model.feature_name(), "Column_{}")
    return None


def given_names(names: Sequence[str], made_up: str) -> tuple[Sequence[str] | None, int]:
    own = [made_up.format(index) for index in range(len(names))]
    return None if list(names) == own else list(names), len(names)


def library_of(model: Any) -> str:
    return type(model).__module__.partition(".")[0]


def library_columns(model: Any, count: int) -> Sequence[Column]:
    library = library_of(model)
    columns = [Column(type=NUMBER, source="model") for _ in range(count)]
    if library == "catboost":
        return catboost_columns(model, columns)
    levels = {"lightgbm": lightgbm_levels, "xgboost": xgboost_levels}.get(library)
    found: dict[int, tuple[Any, ...]] = levels(model) if levels else {}
    for index, known in found.items():
        columns[index] = Column(
            type="category",
            categories=known or None,
            source="model",
            # LightGBM takes what it does not know for missing; XGBoost refuses it.
            strict=library == "xgboost",
        )
    return columns


def catboost_columns(model: Any, columns: Sequence[Column]) -> Sequence[Column]:
    """It keeps no levels, but a hash of the text of each: which it knows, only it can tell. It has none for what is
    missing."""
    texts = set(model.get_text_feature_indices())
    known = {*model.get_cat_feature_indices(), *texts}
    return [
        Column(
            type="str" if index in texts else "category", required=True, source="model"
        )
        if index in known
        else column
        for index, column in enumerate(columns)
    ]


def lightgbm_levels(model: Any) -> dict[int, tuple[Any, ...]]:
    """The levels of columns that were categories of pandas, by the column (from 0)."""
    booster: Any = getattr(model, "booster_", model)
    levels: list[list[Any]] = getattr(booster, "pandas_categorical", None) or []
    if not levels:
        return {}
    text: str = booster.model_to_string()
    noted = re.search(r"\[categorical_feature: ([\d,]+)\]", text)
    places = [int(one) for one in noted[1].split(",")] if noted else []
    infos = re.search(r"^feature_infos=(.*)$", text, re.MULTILINE)
    ordered = ordered_places(places, levels, infos[1].split(" ") if infos else [])
    every = sorted([*places, *ordered])
    if len(every) != len(levels):
        return {}
    return {at: tuple(known) for at, known in zip(every, levels, strict=True)}


def ordered_places(
    places: Sequence[int], levels: Sequence[Sequence[Any]], infos: Sequence[str]
) -> tuple[int, ...]:
    """Which other columns had levels with an order, which LightGBM takes for numbers. None
    where more than one answer fits what it noted of their values."""
    others = [at for at in range(len(infos)) if at not in places]
    fitting = [
        some
        for some in islice(combinations(others, len(levels) - len(places)), 10_000)
        if all(
            fits(infos[at], len(known), at in places)
            for at, known in zip(sorted([*places, *some]), levels, strict=True)
        )
    ]
    return fitting[0] if len(fitting) == 1 else ()


def fits(info: str, levels: int, category: bool) -> bool:
    """info: "[lowest:highest]" of numbers, "code:code:…" of categories, "none" if unused."""
    if category or info == "none":
        return category or levels <= 1
    lowest, highest = (float(one) for one in info.strip("[]").split(":"))
    return lowest >= 0 and highest == levels - 1


def xgboost_levels(model: Any) -> dict[int, tuple[Any, ...]]:
    booster: Any = model.get_booster() if hasattr(model, "get_booster") else model
    types: list[str] = booster.feature_types or []
    if "c" not in types:
        return {}
    known = booster_levels(booster.save_raw("json"))
    return {
        at: known[at] for at, kind in enumerate(types) if kind == "c" and at in known
    }


def without_blanks(name: str) -> str:
    """A column's name as LightGBM keeps it."""
    return name.replace(" ", "_")
