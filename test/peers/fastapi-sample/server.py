"""A server such as samples with FastAPI have it: the model is loaded at import, a body is a Pydantic model."""

import os

import joblib
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = joblib.load(os.path.join(os.environ.get("SM_MODEL_DIR", "/opt/ml/model"), "model.joblib"))


class Rows(BaseModel):
    instances: list[list[float]]


@app.get("/ping")
def ping() -> dict:
    return {"status": "healthy"}


@app.post("/invocations")
def invocations(rows: Rows) -> dict:
    return {"predictions": model.predict(rows.instances).tolist()}
