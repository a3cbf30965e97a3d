"""A LitServe server with the two paths of SageMaker.

https://lightning.ai/docs/litserve/api-reference/litapi and .../litserver; a pydantic type for the requests, as in
https://lightning.ai/docs/litserve/features/request-response-format.
"""

import os
from pathlib import Path
from typing import Annotated

import joblib
import litserve as ls
import numpy as np
from pydantic import BaseModel, Field

Row = Annotated[list[float], Field(min_length=4, max_length=4)]


class PredictRequest(BaseModel):
    instances: Annotated[list[Row], Field(min_length=1)]


class IrisAPI(ls.LitAPI):
    def setup(self, device):
        model_dir = Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model"))
        self.model = joblib.load(model_dir / "model.joblib")

    def decode_request(self, request: PredictRequest):
        return np.asarray(request.instances)

    def predict(self, x):
        return self.model.predict(x)

    def encode_response(self, output):
        return {"predictions": output.tolist()}


if __name__ == "__main__":
    server = ls.LitServer(
        IrisAPI(api_path="/invocations"),
        healthcheck_path="/ping",
        accelerator="cpu",
        workers_per_device=os.cpu_count(),
        timeout=60,
        max_payload_size=25 * 1024 * 1024,
        restart_workers=True,
    )
    server.run(host="0.0.0.0", port=int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080")), generate_client_file=False)
