"""A plain Flask server: the sample of AWS for bringing your own scikit-learn container, and JSON beside its CSV."""

import io

import numpy as np
import pandas as pd
from flask import Flask, Response, jsonify, request
from load_model import load_model

app = Flask(__name__)


class Model:
    """Holds the model of this worker; it is read on first use."""

    loaded = None

    @classmethod
    def get(cls):
        if cls.loaded is None:
            cls.loaded = load_model()
        return cls.loaded


@app.get("/ping")
def ping():
    status = 200 if Model.get() is not None else 404
    return Response("\n", status=status, mimetype="application/json")


@app.post("/invocations")
def invocations():
    if request.content_type == "text/csv":
        # Values: a data frame would have names, and the model was trained without.
        rows = pd.read_csv(io.StringIO(request.get_data().decode("utf-8")), header=None).values
    else:
        rows = np.array(request.get_json()["instances"])
    return jsonify(predictions=Model.get().predict(rows).tolist())
