"""Models at random, as people put them together: columns of each type through each step, nested in each way."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb
from hypothesis import strategies as st
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.rows.columns import DECLARED, FRAMES_ONLY, KINDS, NAMES, STEPS, WAYS, Drawn, drawn, is_ascii
from tests.rows.right import Training

# By a tree: distances that are products of matrices are rounded differently by shape, and neighbours may then be others.
CLASSIFIERS: dict[str, Callable[[], Any]] = {
    "linear": lambda: LogisticRegression(C=100, max_iter=200),
    "forest": lambda: RandomForestClassifier(6, random_state=0),
    "boosting": lambda: HistGradientBoostingClassifier(max_iter=4, min_samples_leaf=2),
    "neighbours": lambda: KNeighborsClassifier(3, algorithm="kd_tree"),
    "LightGBM": lambda: lgb.LGBMClassifier(n_estimators=3, min_child_samples=2, n_jobs=1, verbose=-1),
    "XGBoost": lambda: xgb.XGBClassifier(n_estimators=3, max_depth=3, n_jobs=1),
}
REGRESSORS: dict[str, Callable[[], Any]] = {
    "linear": lambda: Ridge(0.1),
    "forest": lambda: RandomForestRegressor(6, random_state=0),
    "boosting": lambda: HistGradientBoostingRegressor(max_iter=4, min_samples_leaf=2),
    "neighbours": lambda: KNeighborsRegressor(3, algorithm="kd_tree"),
    "LightGBM": lambda: lgb.LGBMRegressor(n_estimators=3, min_child_samples=2, n_jobs=1, verbose=-1),
    "XGBoost": lambda: xgb.XGBRegressor(n_estimators=3, max_depth=3, n_jobs=1),
}
# Those that take columns of categories as they are, and what they have to be told for that.
TREES: dict[str, dict[str, Any]] = {
    "boosting": {"categorical_features": "from_dtype"},
    "LightGBM": {"min_data_per_group": 1, "cat_smooth": 0.1},
    "XGBoost": {"enable_categorical": True},
}
CLASSIFIER_WRAPS: dict[str, Callable[[Callable[[], Any]], Any]] = {
    "plain": lambda pipe: pipe(),
    "search": lambda pipe: GridSearchCV(pipe(), {"memory": [None]}, cv=2),
    "calibrated": lambda pipe: CalibratedClassifierCV(pipe(), cv=2),
    "voting": lambda pipe: VotingClassifier([("a", pipe()), ("b", pipe())], voting="soft"),
    "stacking": lambda pipe: StackingClassifier([("a", pipe())], LogisticRegression(), cv=2),
    "outputs": lambda pipe: MultiOutputClassifier(pipe()),
    "bagging": lambda pipe: BaggingClassifier(pipe(), 3, random_state=0),
}
REGRESSOR_WRAPS: dict[str, Callable[[Callable[[], Any]], Any]] = {
    "plain": lambda pipe: pipe(),
    "search": lambda pipe: GridSearchCV(pipe(), {"memory": [None]}, cv=2),
    "voting": lambda pipe: VotingRegressor([("a", pipe()), ("b", pipe())]),
    "stacking": lambda pipe: StackingRegressor([("a", pipe())], Ridge(), cv=2),
    "target": lambda pipe: TransformedTargetRegressor(pipe(), transformer=StandardScaler()),
    "outputs": lambda pipe: MultiOutputRegressor(pipe()),
    "bagging": lambda pipe: BaggingRegressor(pipe(), 3, random_state=0),
}


@dataclass(frozen=True)
class Plan:
    """columns: (type, step, whether some are missing) of each. pick: how the step finds its column. levels: a model of
    trees that takes the columns as they are, categories with their levels, in the place of the steps. named: trained on
    a data frame; else on an array, of objects where the types differ."""

    columns: tuple[tuple[str, str, bool], ...]
    pick: str
    front: str
    wrap: str
    estimator: str
    classes: bool
    named: bool
    schema: bool
    probabilities: bool
    seed: int


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    named = draw(st.sampled_from([True, True, True, False]))
    levels = named and draw(st.sampled_from([False] * 5 + [True]))
    kinds = (
        ["number", "whole", "category", "coded"] if levels else [one for one in WAYS if named or one not in DECLARED]
    )
    columns = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(kinds))
        steps = ["levels"] if levels else [step for step in WAYS[kind] if named or step not in FRAMES_ONLY]
        step = draw(st.sampled_from(steps))
        gaps = step in KINDS[kind].gaps and draw(st.booleans())
        columns.append((kind, step, gaps))
    undeclared = any(kind in DECLARED and STEPS[step].is_open for kind, step, _ in columns)
    classes = draw(st.booleans())
    wraps = CLASSIFIER_WRAPS if classes else REGRESSOR_WRAPS
    return Plan(
        tuple(columns),
        pick=draw(st.sampled_from(["names", "places", "slice", "mask", "remainder"] if named else ["places", "slice"])),
        front="levels" if levels else draw(st.sampled_from(["columns", "columns", "union", "deep"])),
        # Bagging makes an array of a data frame.
        wrap=draw(st.sampled_from([wrap for wrap in wraps if not named or wrap != "bagging"])),
        estimator=draw(st.sampled_from(sorted(TREES if levels else REGRESSORS))),
        classes=classes,
        named=named,
        schema=undeclared or draw(st.booleans()),
        probabilities=classes and draw(st.booleans()),
        seed=draw(st.integers(0, 2**16)),
    )


def model_of(plan: Plan, names: list[str]) -> Any:
    """Untrained."""
    estimators, wraps = (CLASSIFIERS, CLASSIFIER_WRAPS) if plan.classes else (REGRESSORS, REGRESSOR_WRAPS)
    make = estimators[plan.estimator]
    if plan.front == "levels":
        return wraps[plan.wrap](lambda: Pipeline([("trees", make().set_params(**TREES[plan.estimator]))]))
    return wraps[plan.wrap](lambda: make_pipeline(front(plan, names), make()))


def front(plan: Plan, names: list[str]) -> Any:
    if plan.front == "union":
        return FeatureUnion([("one", columns(plan, names)), ("other", columns(plan, names))])
    if plan.front == "deep":
        return Pipeline([("inner", Pipeline([("columns", columns(plan, names))])), ("scaled", StandardScaler())])
    return columns(plan, names)


def columns(plan: Plan, names: list[str]) -> ColumnTransformer:
    parts = [
        (f"part {place}", STEPS[step].make(), picked(plan, place, names, step))
        for place, (_, step, _) in enumerate(plan.columns)
    ]
    if plan.pick == "remainder" and len(parts) > 1 and plan.columns[-1][1] != "words":
        _, rest, _ = parts.pop()
        return ColumnTransformer(parts, remainder=rest, sparse_threshold=0)
    return ColumnTransformer(parts, sparse_threshold=0)


def picked(plan: Plan, place: int, names: list[str], step: str) -> Any:
    if step == "words":
        # A vectorizer takes one column, not a table of one.
        return names[place] if plan.named else place
    ways = {"places": [place], "slice": slice(place, place + 1), "mask": [at == place for at in range(len(names))]}
    return ways.get(plan.pick, [names[place]])


@dataclass
class Built:
    """A trained model, rows to ask it for, and what is right."""

    model: Any
    training: Training
    table: tuple[list[str] | None, list[list[Any]]]
    schema: dict[str, Any] | None


def build(plan: Plan) -> Built:
    """Raises ValueError or TypeError where scikit-learn does not train such a model."""
    chance = random.Random(plan.seed)
    parts = [drawn(*column, plan.schema, chance) for column in plan.columns]
    # LightGBM refuses what JSON has a meaning for.
    fitting = [name for name in NAMES if plan.estimator != "LightGBM" or not set(name) & set(',"')]
    names = chance.sample(fitting, len(parts))
    frame = pd.concat([part.train for part in parts], axis=1)
    frame.columns = names
    y = sum(part.effect for part in parts) + np.random.default_rng(plan.seed).normal(size=len(frame)) * 0.1
    if plan.classes:
        y = np.where(y > np.median(y), "high", "low")
        if plan.estimator == "XGBoost":
            # It takes nothing else.
            y = (y == "high").astype(int)
    if plan.wrap == "outputs":
        y = np.column_stack([y, y[::-1]])
    given: Any = frame
    if not plan.named:
        given = frame.to_numpy() if len(set(frame.dtypes)) == 1 else frame.to_numpy(dtype=object)
    model = model_of(plan, names).fit(given, y)
    is_open = frozenset(
        place for place, (_, step, _) in enumerate(plan.columns) if STEPS[step].is_open and not plan.schema
    )
    training = Training(
        model,
        list(frame.dtypes) if plan.named else None,
        array=None if plan.named else given.dtype,
        open=is_open,
        dates={place: part.dates for place, part in enumerate(parts) if part.dates is not None},
        required=frozenset(place for place, part in enumerate(parts) if plan.schema and not part.gaps),
        unnamed=frozenset(
            place
            for place, kind in enumerate(frame.dtypes)
            # XGBoost cuts what is not ASCII.
            if plan.front == "levels" and plan.estimator == "XGBoost" and not plan.schema and not is_ascii(kind)
        ),
        or_floats=not plan.named
        and given.dtype == object
        and all(STEPS[step].is_open or step in ("scaled", "binned") for _, step, _ in plan.columns),
        probabilities=plan.probabilities,
    )
    rows = [list(row) for row in zip(*(part.asked for part in parts), strict=True)]
    return Built(model, training, (names if plan.named else None, rows), schema_of(plan, names, parts))


def schema_of(plan: Plan, names: list[str], parts: list[Drawn]) -> dict[str, Any] | None:
    if not plan.schema:
        return None
    described = [part.described for part in parts]
    return {
        "columns": [{"name": name} | one if plan.named else one for name, one in zip(names, described, strict=True)]
    }
