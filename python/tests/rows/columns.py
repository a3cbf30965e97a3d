"""Columns at random, each of a type and on its way through a step of a model."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
    TargetEncoder,
)

from tests.rows import own_steps

TRAINED, ASKED = 48, 20
NAMES = ["zip", "m2", "Größe, cm", 'a "b"', "0", "x=1", " kind", "a b", "when"]
# What text looks like that is something else, and what nothing else looks like.
WORDS = ["02139", "NA", "1E5", "True", "null", "nan", "270", "1_000", "-1", ".5", "2024-01-01", "None", "inf", "0x1F"]
WORDS += ["flat", "house", " blue", 'a "b", c', "é;ß", "1 000", "FALSE", "90210", "N/A", "two\nlines"]
DAYS = [pd.Timestamp("2024-01-25") + pd.Timedelta(days=day) for day in range(12)]


@dataclass(frozen=True)
class Kind:
    """levels: a few values of a column. new: one that is none of them. gaps: steps that were trained where some miss."""

    levels: Callable[[random.Random], list[Any]]
    new: Callable[[random.Random], Any]
    type: str | None = None
    gaps: tuple[str, ...] = ()


IMPUTED = ("scaled", "imputed", "filled", "ordinal", "onehot", "levels")
KINDS = {
    "whole": Kind(
        lambda chance: chance.sample([-3, 0, 1, 101, 220, 270, 2139, 100000], 4),
        lambda chance: chance.randint(-9, 9),
        "int64",
    ),
    "small": Kind(lambda chance: chance.sample([1, 2, 3, 99], 3), lambda chance: chance.randint(0, 9), "int8"),
    "big": Kind(lambda chance: [2**53 + step for step in chance.sample(range(6), 4)], lambda _: 2**53 + 77, "int64"),
    "number": Kind(
        lambda chance: [chance.choice([0.1, 1.0, 101.5, 270.0, -2.25, 1e-7, 12345.678]) * n for n in (1, 2, 3, 5)],
        lambda chance: chance.choice([0.5, 270.0, -3.0, chance.uniform(-9, 300)]),
        "float64",
        ("scaled", "levels"),
    ),
    "truth": Kind(lambda _: [True, False], lambda chance: chance.random() < 0.5, "bool"),
    "text": Kind(lambda chance: chance.sample(WORDS, 4), lambda chance: chance.choice([*WORDS, "new"]), "str", IMPUTED),
    "category": Kind(lambda chance: chance.sample(WORDS, 4), lambda _: "new", None, IMPUTED),
    "coded": Kind(lambda chance: chance.sample([1, 2, 3, 10, 20], 3), lambda _: 7),
    "date": Kind(lambda chance: chance.sample(DAYS, 4), lambda chance: chance.choice(DAYS), "datetime64[us]"),
}


def onehot() -> Any:
    return OneHotEncoder(handle_unknown="ignore", sparse_output=False)


def ordinal() -> Any:
    return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)


@dataclass(frozen=True)
class Step:
    """is_open: whether it leaves open which type its column has."""

    make: Callable[[], Any]
    is_open: bool = False


STEPS = {
    "scaled": Step(lambda: make_pipeline(SimpleImputer(), StandardScaler())),
    "binned": Step(lambda: KBinsDiscretizer(3, encode="ordinal", strategy="uniform")),
    "onehot": Step(onehot),
    "imputed": Step(lambda: make_pipeline(SimpleImputer(strategy="most_frequent"), onehot())),
    "filled": Step(lambda: make_pipeline(SimpleImputer(strategy="constant", fill_value="?"), ordinal())),
    "ordinal": Step(ordinal),
    "target": Step(lambda: TargetEncoder(cv=2, shuffle=False)),
    "words": Step(lambda: TfidfVectorizer(analyzer="char", lowercase=False)),
    "as text": Step(lambda: make_pipeline(FunctionTransformer(own_steps.as_text), onehot()), is_open=True),
    "spelled": Step(lambda: make_pipeline(own_steps.Spelled(), onehot()), is_open=True),
    "types": Step(own_steps.Types, is_open=True),
    "month": Step(lambda: FunctionTransformer(own_steps.month), is_open=True),
    # Not a step: what is trained on categories as they are.
    "levels": Step(lambda: "passthrough"),
}
# What each type of column may go through.
WAYS = {
    "whole": ["scaled", "binned", "onehot", "imputed", "ordinal", "target", "as text", "spelled", "types"],
    "small": ["scaled", "onehot", "ordinal", "types"],
    "big": ["onehot", "ordinal", "target", "as text", "spelled", "types"],
    "number": ["scaled", "scaled", "binned", "as text", "spelled", "types"],
    "truth": ["onehot", "ordinal", "target", "as text", "spelled", "types"],
    "text": ["onehot", "imputed", "imputed", "filled", "ordinal", "target", "words", "as text", "spelled", "types"],
    "category": ["onehot", "ordinal", "target", "imputed", "types", "spelled"],
    "coded": ["onehot", "ordinal", "types"],
    "date": ["month", "types", "onehot"],
}
# What an array of objects does not have, or only as something else.
FRAMES_ONLY = {"types", "spelled", "month"}
# What no value's form tells.
DECLARED = {"category", "coded", "date", "small"}
# How a column of dates may be written: to pandas, as the schema says it, and by what.
DATES: list[tuple[dict[str, str], dict[str, str], Callable[[pd.Timestamp], Any]]] = [
    ({}, {}, lambda day: day.isoformat()),
    ({"format": "%d/%m/%Y"}, {"format": "%d/%m/%Y"}, lambda day: day.strftime("%d/%m/%Y")),
    ({"unit": "s"}, {"unit": "s"}, lambda day: int(day.timestamp())),
    ({"unit": "ms"}, {"unit": "ms"}, lambda day: int(day.timestamp() * 1000)),
]


@dataclass
class Drawn:
    """train: what it was trained on. effect: of each value on what is to be predicted. asked: values of requests, None
    where one is missing. described: as a schema has it."""

    train: pd.Series
    effect: np.ndarray
    asked: list[Any]
    described: dict[str, Any]
    dates: dict[str, str] | None
    gaps: bool


def drawn(kind: str, step: str, gaps: bool, schema: bool, chance: random.Random) -> Drawn:
    made = KINDS[kind]
    levels = made.levels(chance)
    values = [chance.choice(levels) for _ in range(TRAINED)]
    # Each of them at least once in each half, for what is trained twice.
    values[: len(levels)] = values[-len(levels) :] = levels
    effects = {level: chance.uniform(-2, 2) for level in levels}
    effect = np.array([effects[value] for value in values])
    kept = [None if gaps and chance.random() < 0.1 else value for value in values]
    train = pd.Series(kept).astype(type_of(kind, levels, chance))
    asked = [chance.choice(levels) if chance.random() < 0.85 else made.new(chance) for _ in range(ASKED)]
    asked = [None if chance.random() < (0.06 if gaps else 0.02) else value for value in asked]
    described: dict[str, Any] = {"type": str(train.dtype), "required": not gaps}
    if isinstance(train.dtype, pd.CategoricalDtype):
        listed = train.dtype.categories.tolist()
        described |= {"type": "category", "categories": listed, "ordered": bool(train.dtype.ordered)}
    if kind != "date":
        return Drawn(train, effect, asked, described, None, gaps)
    given, said, spell = chance.choice(DATES) if schema else DATES[0]
    asked = [value and spell(value) for value in asked]
    return Drawn(train, effect, asked, described | said, given, gaps)


def type_of(kind: str, levels: list[Any], chance: random.Random) -> Any:
    if kind in ("category", "coded"):
        return pd.CategoricalDtype(sorted(levels), ordered=chance.random() < 0.5)
    return KINDS[kind].type


def is_ascii(kind: Any) -> bool:
    """Whether all levels of a category are."""
    return not isinstance(kind, pd.CategoricalDtype) or all(str(level).isascii() for level in kind.categories)
