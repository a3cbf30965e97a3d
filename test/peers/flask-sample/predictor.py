"""A Flask server such as the one of AWS's sample for bringing your own scikit-learn container."""

import io
import os

import joblib
import pandas as pd
from flask import Flask, Response, request

app = Flask(__name__)


class Model:
    """Holds the model of this worker; it is read on first use."""

    loaded = None

    @classmethod
    def get(cls):
        if cls.loaded is None:
            folder = os.environ.get("SM_MODEL_DIR", "/opt/ml/model")
            cls.loaded = joblib.load(os.path.join(folder, "model.joblib"))
        return cls.loaded


@app.get("/ping")
def ping():
    status = 200 if Model.get() is not None else 404
    return Response("\n", status=status, mimetype="application/json")


@app.post("/invocations")
def invocations():
    if request.content_type != "text/csv":
        return Response("This predictor takes text/csv only", status=415, mimetype="text/plain")
    table = pd.read_csv(io.StringIO(request.get_data().decode("utf-8")), header=None)
    print(f"Got {len(table)} records")
    answer = pd.DataFrame({"prediction": Model.get().predict(table)})
    return Response(answer.to_csv(header=False, index=False), status=200, mimetype="text/csv")
