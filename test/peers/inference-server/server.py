"""As its documentation has it: functions registered as hooks; the paths are the package's."""

import json
import os
import sys

import inference_server
import joblib
import numpy


@inference_server.plugin_hook
def model_fn(model_dir: str):
    return joblib.load(os.path.join(os.environ.get("SM_MODEL_DIR", model_dir), "model.joblib"))


@inference_server.plugin_hook
def input_fn(input_data: bytes, content_type: str):
    return numpy.array(json.loads(input_data))


@inference_server.plugin_hook
def predict_fn(data, model):
    return model.predict(data)


@inference_server.plugin_hook
def output_fn(prediction, accept):
    return json.dumps(prediction.tolist()).encode(), "application/json"


# A package of one's own would be found by its entry point.
inference_server._plugin.manager().register(sys.modules[__name__])
app = inference_server.create_app()
