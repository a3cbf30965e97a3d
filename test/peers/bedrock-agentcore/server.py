"""As its README has it: one function, decorated. Its port is the one that it always has, 8080."""

import os

import joblib
from bedrock_agentcore import BedrockAgentCoreApp

app = BedrockAgentCoreApp()
model = joblib.load(os.path.join(os.environ.get("SM_MODEL_DIR", "/opt/ml/model"), "model.joblib"))


@app.entrypoint
def invoke(payload: dict) -> dict:
    return {"predictions": model.predict(payload["instances"]).tolist()}


app.run(host="0.0.0.0")
