"""A BentoML service with adaptive batching.

https://docs.bentoml.com/en/latest/build-with-bentoml/parallelize-requests.html and .../get-started/adaptive-batching.html
"""

from typing import Annotated

import bentoml
import numpy as np
from bentoml.validators import DType, Shape
from load_model import load_model


@bentoml.service(workers="cpu_count", traffic={"timeout": 60})
class Classifier:
    def __init__(self) -> None:
        self.model = load_model()

    # A request of 1,000 rows has to fit into a batch.
    @bentoml.api(route="/invocations", batchable=True, max_batch_size=1000, max_latency_ms=1000)
    def predict(self, instances: Annotated[np.ndarray, Shape((-1, 8)), DType("float64")]) -> np.ndarray:
        return self.model.predict(instances)
