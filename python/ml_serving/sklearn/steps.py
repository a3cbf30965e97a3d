"""The steps of a fitted model, from its first one on: what each says of the columns that reach it."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer

from ml_serving.rows.columns.schema import NUMBER, OBJECT, OPEN, UNUSED, Column
from ml_serving.sklearn.encoded import categories_of, takes_dicts, vectorizes
from ml_serving.sklearn.libraries import LIBRARIES, library_columns
from ml_serving.sklearn.members import Reached, imputed, members
from ml_serving.sklearn.selected import places

# For whole steps: RAW, where it gets the request as it is and does not say how many
# columns that has; MADE, where it gets what another step has made.
RAW, MADE = "raw", "made"
Given = Reached | str

# Types by how much they say: a later one is believed. An encoder that gets a column as it
# comes has seen its type; code that is no library's may do with it what it likes.
WEIGHT = (NUMBER, OPEN, OBJECT, "bool", "int64", "str", "category")


class Look:
    """Goes through a model from its first step on, and notes what the steps say.

    texts: whether the model gets a list of texts, not rows; dicts: of dicts. own_code: whether a part of it is
    no known library's. without_blanks: whether names may be as LightGBM keeps them.
    """

    def __init__(self, count: int | None) -> None:
        self.texts = False
        self.dicts = False
        self.own_code = False
        self.without_blanks = False
        self._found: list[list[Column]] = [[] for _ in range(count or 0)]

    def columns(self, names: Sequence[str] | None) -> list[Column]:
        """Each column as the step says that knows most."""
        return [
            named(strongest(found), names[index] if names else None)
            for index, found in enumerate(self._found)
        ]

    def note(self, reached: Given, columns: Iterable[Column]) -> None:
        if isinstance(reached, str):
            return
        for index, column in zip(reached, columns, strict=False):
            if index is not None:
                self._found[index].append(column)

    def all_are(self, reached: Given, kind: str) -> None:
        source = "value" if kind == OPEN else "model"
        self.note(reached, [Column(type=kind, source=source)] * len(reached))

    def at(self, step: Any, reached: Given) -> Given:
        """Notes what a step says of what has reached it. What its own columns are made of."""
        if step is None or isinstance(step, str):
            return reached if step != "drop" else []
        for kind, look in LOOKS.items():
            if isinstance(step, kind):
                return look(self, step, reached)
        library = type(step).__module__.partition(".")[0]
        if library in LIBRARIES:
            if not isinstance(reached, str):
                self.note(reached, library_columns(step, len(reached)))
            self.without_blanks |= library == "lightgbm"
            return MADE
        if hasattr(step, "fit_resample") and not hasattr(step, "transform"):
            # Only the training goes through it.
            return reached
        if library not in ("sklearn", "imblearn"):
            self.own_code = True
            self.all_are(reached, OPEN)
            return RAW if reached == RAW else MADE
        return self._at_sklearn(step, reached)

    def _at_sklearn(self, step: Any, reached: Given) -> Given:
        if reached == RAW and not self.own_code and takes_dicts(step):
            self.dicts = True
        elif vectorizes(step):
            self.texts |= reached == RAW
            self.all_are(reached, "str")
        elif (categories := categories_of(step)) is not None:
            self.note(reached, categories)
        elif hasattr(step, "statistics_") and step.strategy in IMPUTES_ANY:
            return reached if isinstance(reached, str) else imputed(step, reached)
        elif type(step).__name__ not in TAKES_ANY and not self._inside(step, reached):
            self.all_are(reached, NUMBER)
        return MADE

    def _inside(self, step: Any, reached: Given) -> bool:
        """Looks at the fitted models in a model of models; False if it is none."""
        preprocessor = getattr(step, "_preprocessor", None)
        if preprocessor is not None:
            # Of HistGradientBoosting: its categories go one way, its numbers another.
            for name, part, where in preprocessor.transformers_:
                some = picked(reached, places(where, preprocessor))
                if name == "encoder":
                    self.at(part, some)
                else:
                    self.all_are(some, NUMBER)
            return True
        found = False
        for inner, where in members(step):
            found = True
            self.at(inner, reached if where is None else picked(reached, where))
        return found


# Imputers that leave the type of a column as it is.
IMPUTES_ANY = ("most_frequent", "constant")
# What looks at no value, or at whether there is one only.
TAKES_ANY = ("MissingIndicator", "DummyClassifier", "DummyRegressor")


def named(column: Column, name: str | None) -> Column:
    return dataclasses.replace(column, name=name)


def strongest(found: Sequence[Column]) -> Column:
    unused = Column(type=UNUSED, source="model")
    column = max(found, key=lambda one: weight(one.type), default=unused)
    if column.type == "int64" and is_exact(column) and not is_open(found):
        # To encoders 270 and 270.0 are the same: all rows are of one type, with what is missing.
        return dataclasses.replace(column, type=NUMBER)
    return column


def is_exact(column: Column) -> bool:
    """Whether float64 has every number that an encoder knows, and none beside it."""
    return all(abs(number) < 2**53 for number in column.categories or ())


def is_open(found: Sequence[Column]) -> bool:
    return any(column.type == OPEN for column in found)


def weight(kind: str) -> int:
    return WEIGHT.index(kind) if kind in WEIGHT else len(WEIGHT)


def picked(reached: Given, where: Sequence[int]) -> Given:
    if isinstance(reached, str):
        return MADE if reached == MADE else RAW
    return [reached[index] if index < len(reached) else None for index in where]


def in_pipeline(look: Look, step: Pipeline, reached: Given) -> Given:
    for _, part in step.steps:
        reached = look.at(part, reached)
    return reached


def in_columns(look: Look, step: ColumnTransformer, reached: Given) -> Given:
    slices: dict[str, slice] = getattr(step, "output_indices_", {})
    width = max((one.stop for one in slices.values()), default=0)
    made: Reached = [None] * width
    for name, part, where in step.transformers_:
        got = look.at(part, picked(reached, places(where, step)))
        span = range(width)[slices.get(name, slice(0, 0))]
        if not isinstance(got, str) and len(got) == len(span):
            made[span.start : span.stop] = got
    return made if not isinstance(reached, str) else MADE


def in_union(look: Look, step: FeatureUnion, reached: Given) -> Given:
    for _, part in step.transformer_list:
        look.at(part, reached)
    return MADE


def in_function(look: Look, step: FunctionTransformer, reached: Given) -> Given:
    if step.func is None:
        return reached
    if isinstance(step.func, np.ufunc):
        # From numbers to numbers, each by itself.
        look.all_are(reached, NUMBER)
        return MADE
    look.own_code = True
    look.all_are(reached, OPEN)
    return RAW if reached == RAW else MADE


LOOKS: dict[type, Callable[[Look, Any, Given], Given]] = {
    Pipeline: in_pipeline,
    ColumnTransformer: in_columns,
    FeatureUnion: in_union,
    FunctionTransformer: in_function,
}
