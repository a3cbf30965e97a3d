"""A BentoML service with the two paths of SageMaker.

https://docs.bentoml.com/en/latest/build-with-bentoml/services.html and .../asgi.html: BentoML's own health paths
cannot be renamed, and its APIs answer POST only, so /ping is a FastAPI app beside them.
"""

import os
from pathlib import Path
from typing import Annotated

import bentoml
import joblib
import numpy as np
from bentoml.validators import DType, Shape
from fastapi import FastAPI, Response

app = FastAPI()


@bentoml.service(workers="cpu_count", traffic={"timeout": 60})
@bentoml.asgi_app(app)
class IrisClassifier:
    def __init__(self) -> None:
        model_dir = Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model"))
        self.model = joblib.load(model_dir / "model.joblib")

    @bentoml.api(route="/invocations")
    def predict(self, instances: Annotated[np.ndarray, Shape((-1, 4)), DType("float64")]) -> np.ndarray:
        return self.model.predict(instances)

    @app.get("/ping")
    def ping(self) -> Response:
        return Response(status_code=200)
