"""What reaches the models in a model of models, and what imputers hand on."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from ml_serving.rows.columns.table import is_missing
from ml_serving.sklearn.libraries import booster_names

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


def names_and_count(model: Any) -> tuple[Sequence[str] | None, int | None]:
    """The names of the columns that a model was trained on, None where it had none; and how many there were, None where
    it does not say."""
    if (of_booster := booster_names(model)) is not None:
        return of_booster
    names = getattr(model, "feature_names_in_", None)
    count: int | None = getattr(model, "n_features_in_", None)
    if count is None and names is None and (inner := gets_all(model)) is not None:
        return names_and_count(inner)
    return None if names is None else [str(name) for name in names], count


def gets_all(model: Any) -> Any:
    """The model within another that gets what that is asked for; None where there is none."""
    if isinstance(model, Pipeline):
        steps: list[Any] = [step for _, step in model.steps]
        # Others are left out, but in their place the pipeline asks for names in vain.
        return next((one for one in steps if one not in (None, "passthrough")), None)
    inner = next(iter(members(model)), (None, None))
    return inner[0] if inner[1] is None else None


def members(step: Any) -> Iterable[tuple[Any, Sequence[int] | None]]:
    """The fitted models in a model of models, each with the columns (of its own) that it
    gets; None for all. One beyond the last is one that others have made."""
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
            # What the models predict comes before the columns.
            width: int = step.n_features_in_
            made = step.final_estimator_.n_features_in_ - width
            yield step.final_estimator_, [*[width] * made, *range(width)]
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
