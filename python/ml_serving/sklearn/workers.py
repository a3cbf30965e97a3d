"""How a worker goes about a model: its threads, and shorter ways to the same predictions."""

import functools
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, cast

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.preprocessing import FunctionTransformer
from threadpoolctl import threadpool_limits

from ml_serving.settings import settings

log = logging.getLogger(__name__)

CLASSIFIERS = (RandomForestClassifier, ExtraTreesClassifier)
REGRESSORS = (RandomForestRegressor, ExtraTreesRegressor)


def settle(model: Any) -> None:
    """What only a worker may do: start threads, and predict."""
    threadpool_limits(settings.threads)
    # Names were checked when the request was read.
    warnings.filterwarnings("ignore", "X does not have valid feature names")
    for part in parts(model):
        if getattr(part, "n_jobs", None) is not None:
            # Workers share the CPUs: threads within one only make it slower.
            part.n_jobs = 1
        if (
            type(part) in (*CLASSIFIERS, *REGRESSORS)
            and getattr(part, "n_outputs_", 0) == 1
        ):
            shorten(part)


def parts(model: Any) -> Iterator[BaseEstimator]:
    """Every estimator in a model: itself, steps, members of ensembles, what a search
    found best."""
    seen: set[int] = set()
    found: list[Any] = [model]
    while found:
        part = found.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, (list, tuple)):
            found.extend(cast(Iterable[Any], part))
        elif isinstance(part, dict):
            found.extend(cast(Mapping[Any, Any], part).values())
        elif isinstance(part, BaseEstimator):
            yield part
            found.extend(vars(part).values())
        elif type(part).__module__.startswith("sklearn.") and hasattr(part, "__dict__"):
            # Such as what a calibrated classifier keeps its classifiers in.
            found.extend(cast(dict[str, Any], vars(part)).values())


def shorten(forest: Any) -> None:
    """Has a forest ask its trees without the scheduler in between, which takes most of
    the time of a small request, if that gives exactly the same on rows made for it."""
    name = "predict_proba" if type(forest) in CLASSIFIERS else "predict"
    usual = getattr(forest, name)
    direct = direct_prediction(forest, type(forest) in REGRESSORS)
    same = False
    with suppress(Exception):
        same = np.array_equal(direct(probes(forest)), usual(probes(forest)))
    if same:
        setattr(forest, name, direct)
    else:
        log.warning("the direct path through %s is not used", type(forest).__name__)


def direct_prediction(forest: Any, regression: bool) -> Callable[[Any], np.ndarray]:
    trees = [member.tree_ for member in forest.estimators_]

    # Other parts of scikit-learn go by the method's name.
    @functools.wraps(forest.predict if regression else forest.predict_proba)
    def predict(rows: Any) -> np.ndarray:
        rows = forest._validate_X_predict(rows)
        total = trees[0].predict(rows)
        for tree in trees[1:]:
            total += tree.predict(rows)
        total /= len(trees)
        return total[:, 0] if regression else total

    return predict


def probes(forest: Any) -> np.ndarray:
    """64 rows at and beside thresholds of the forest's trees."""
    chance = np.random.default_rng(0)
    trees = [member.tree_ for member in forest.estimators_]
    thresholds = np.concatenate([tree.threshold for tree in trees])
    rows = chance.choice(thresholds, size=(64, forest.n_features_in_))
    return rows + chance.choice([0, 1e-6, -1e-6, 1, -1], size=rows.shape)


@functools.cache
def needs_frame(model: Any) -> bool:
    """Whether a model that was fitted on a data frame looks at its columns' names: only
    what picks columns does, and what is not scikit-learn's own may."""
    return any(
        isinstance(part, (ColumnTransformer, FunctionTransformer))
        or not type(part).__module__.startswith("sklearn.")
        for part in parts(model)
    )
