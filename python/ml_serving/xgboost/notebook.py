"""What a model of XGBoost answers where it was trained: by XGBoost's own classes, not by the server's shorter way."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xgboost as xgb

from ml_serving.rows.columns.schema import Column
from ml_serving.settings import settings

CLASSES: Mapping[str, Callable[[], Any]] = {
    "classifier": xgb.XGBClassifier,
    "regressor": xgb.XGBRegressor,
    "ranker": xgb.XGBRanker,
}


def answers(booster: xgb.Booster, columns: Sequence[Column], frame: Any) -> Any:
    """For a data frame with the model's columns. Of what scikit-learn's API has saved, the answers of that."""
    named = any(column.type == "category" for column in columns)
    data: Any = frame if named else frame.to_numpy(dtype=np.float64, na_value=np.nan)
    noted = json.loads(booster.attr("scikit_learn") or "{}").get("_estimator_type")
    if noted in CLASSES:
        model = CLASSES[noted]()
        model.load_model(booster.save_raw("ubj"))
        return (
            model.predict_proba(data) if settings.probabilities else model.predict(data)
        )
    matrix: Any = xgb.DMatrix(
        data,
        feature_names=booster.feature_names,
        feature_types=None if named else booster.feature_types,
        enable_categorical=True,
    )
    if not settings.probabilities:
        return booster.predict(matrix)
    asked = booster.copy()
    objective = json.loads(booster.save_config())["learner"]["objective"]["name"]
    if objective == "multi:softmax":
        # It answers labels.
        asked.set_param({"objective": "multi:softprob"})
    shares = asked.predict(matrix)
    return shares if shares.ndim == 2 else np.column_stack([1 - shares, shares])
