"""Which path is answered how. SageMaker's own are answered here, all others by app.py."""

from collections.abc import Callable, Mapping

import orjson

from ml_serving.errors import RequestError
from ml_serving.server import multi_model_api
from ml_serving.server.app import App
from ml_serving.server.descriptions import Descriptions
from ml_serving.server.invocations import Invocations
from ml_serving.server.models import ONLY, Models
from ml_serving.server.request import Request
from ml_serving.settings import kind, multi_model, settings

Methods = Mapping[bytes, Callable[[Request], None]]


class Routes:
    def __init__(self, models: Models, app: App) -> None:
        self._models = models
        self._app = app
        self._invocations = Invocations(models)
        self._descriptions = Descriptions(models, app)
        self._routes: dict[bytes, Methods] = {
            b"/ping": {b"GET": self._ping, b"HEAD": self._ping},
            b"/metrics": {b"GET": self._metrics},
            b"/execution-parameters": {b"GET": self._execution_parameters},
        }
        if not multi_model:
            self._routes[b"/invocations"] = {b"POST": self._invoke}
            if kind == "generation":
                # Where SageMaker sends what an endpoint gets at /openai/v1/chat/completions.
                self._routes[b"/v1/chat/completions"] = {b"POST": self._invoke}

    def handle(self, request: Request) -> None:
        if request.refusal:
            return self._invocations.refuse(request, *request.refusal)
        path = request.target.partition(b"?")[0]
        methods = self._routes.get(path)
        if not methods and multi_model and path.startswith(b"/models"):
            methods = multi_model_api.methods(
                path, self._models, self._invocations, self._descriptions
            )
        if not methods:
            return self._own(request, path)
        if request.method not in methods:
            allow = b"Allow: " + b", ".join(methods) + b"\r\n"
            return request.refuse(405, "Method Not Allowed", allow)
        try:
            methods[request.method](request)
        except RequestError as error:
            request.refuse(error.status, error.message)

    def _own(self, request: Request, path: bytes) -> None:
        """What app.py answers, unless it leaves a description of the model to us."""
        describe = self._descriptions.methods.get(path)
        if request.method != b"GET" or multi_model or not describe:
            return self._app.handle(request)
        try:
            describe(request)
        except RequestError as error:
            request.refuse(error.status, error.message)

    def _invoke(self, request: Request) -> None:
        self._invocations.invoke(request, ONLY)

    def _ping(self, request: Request) -> None:
        request.answer(200 if self._models.ready and self._app.ready else 503)

    def _metrics(self, request: Request) -> None:
        text = self._models.metrics.text()
        request.answer(200, text, "text/plain; version=0.0.4; charset=utf-8")

    def _execution_parameters(self, request: Request) -> None:
        """What suits a batch transform job, which sends at most 100 MB at once."""
        megabytes = min(settings.max_body_bytes // 2**20, 100)
        parameters = {
            "MaxConcurrentTransforms": max(
                1, min(2 * settings.workers, 100 // megabytes)
            ),
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": megabytes,
        }
        request.answer(200, orjson.dumps(parameters), "application/json")
