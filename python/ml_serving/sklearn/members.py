"""What reaches the models in a model of models, and what imputers hand on."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ml_serving.rows.columns.table import is_missing

# Which column of the request (from 0) each column of a step is; None for one that was made of
# others.
Reached = list[int | None]


def imputed(step: Any, reached: Reached) -> Reached:
    """What an imputer gives: without columns that had no value at all, and with a further
    one for each that tells where a value was missing."""
    kept: Reached = list(reached)
    if step.strategy != "constant" and not getattr(step, "keep_empty_features", False):
        empty = [is_missing(one) for one in step.statistics_]
        kept = [one for one, gone in zip(reached, empty, strict=False) if not gone]
    indicator = getattr(step, "indicator_", None)
    return kept + [None] * (0 if indicator is None else len(indicator.features_))


def members(step: Any) -> Iterable[tuple[Any, Sequence[int] | None]]:
    """The fitted models in a model of models, each with the columns (of its own) that it
    gets; None for all."""
    for name in ("best_estimator_", "regressor_"):
        if hasattr(step, name):
            yield getattr(step, name), None
            return
    if hasattr(step, "calibrated_classifiers_"):
        for one in step.calibrated_classifiers_:
            yield one.estimator, None
    elif hasattr(step, "support_") and hasattr(step, "estimator_"):
        yield step.estimator_, np.flatnonzero(step.support_).tolist()
    elif hasattr(step, "estimators_"):
        chosen: Any = getattr(step, "estimators_features_", None)
        for index, one in enumerate(flat(step.estimators_)):
            yield one, None if chosen is None else list(chosen[index])
        if getattr(step, "passthrough", False):
            yield step.final_estimator_, None
    elif hasattr(step, "estimator_"):
        yield step.estimator_, None
    elif type(step).__name__ == "FrozenEstimator":
        yield step.estimator, None


def flat(estimators: Any) -> list[Any]:
    """Of gradient boosting they are an array of trees."""
    # A pipeline looks like a list, too: numpy would take it for a row.
    shaped = hasattr(estimators, "ravel")
    listed: list[Any] = list(estimators.ravel() if shaped else estimators)
    return [one for one in listed if not isinstance(one, str)]
