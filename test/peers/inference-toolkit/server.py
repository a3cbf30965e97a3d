"""AWS's toolkit on its multi-model-server, which is Java: a handler for one model, as its README has it."""

import os

import joblib
from sagemaker_inference import default_inference_handler, model_server, transformer
from sagemaker_inference.default_handler_service import DefaultHandlerService


class Iris(default_inference_handler.DefaultInferenceHandler):
    def default_model_fn(self, model_dir, context=None):
        return joblib.load(os.path.join(model_dir, "model.joblib"))

    def default_predict_fn(self, data, model, context=None):
        return model.predict(data)


class HandlerService(DefaultHandlerService):
    def __init__(self):
        super().__init__(transformer=transformer.Transformer(default_inference_handler=Iris()))


if __name__ == "__main__":
    model_server.start_model_server(handler_service=f"{os.path.abspath(__file__)}:handle")

_service = HandlerService()


def handle(data, context):
    return _service.handle(data, context)
