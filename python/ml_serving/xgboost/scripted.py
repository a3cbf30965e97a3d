"""What is done for inference.py where it has no such function, for XGBoost: SCRIPT in model_handler.py."""

from typing import Any

import xgboost as xgb

from ml_serving.rows.features import Features
from ml_serving.rows.scripted import ScriptedRows
from ml_serving.settings import settings


class ScriptedXGBoost(ScriptedRows):
    """As AWS's container: predict_fn gets a DMatrix, and a model of model_fn's is asked by its own predict."""

    def features_of(self, model: Any) -> Features:
        booster = model.get_booster() if isinstance(model, xgb.XGBModel) else model
        return super().features_of(booster)

    def settle(self, model: Any) -> None:
        if isinstance(model, xgb.Booster):
            model.set_param({"nthread": settings.threads})
        elif isinstance(model, xgb.XGBModel):
            model.set_params(n_jobs=settings.threads)

    def ask(self, model: Any, data: Any) -> Any:
        if not isinstance(model, xgb.Booster):
            return model.predict(data)
        matrix = data if isinstance(data, xgb.DMatrix) else xgb.DMatrix(data)
        return model.predict(matrix, validate_features=False)

    def as_data(self, rows: Any) -> Any:
        return xgb.DMatrix(rows)
