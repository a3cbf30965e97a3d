"""GET /schema and GET /openapi.json: what requests to a model hold.

An app.py with such a path of its own keeps it; what FastAPI says of itself has ours beside it.
"""

from typing import Any

import orjson

from ml_serving.errors import RequestError
from ml_serving.server import openapi
from ml_serving.server.app import App
from ml_serving.server.models import ONLY, Models
from ml_serving.server.request import Request
from ml_serving.server.shared import in_background
from ml_serving.settings import multi_model, settings

TITLE = "A model on Amazon SageMaker"


class Descriptions:
    def __init__(self, models: Models, app: App) -> None:
        self._models = models
        self._app = app
        self.methods = {b"/schema": self.schema, b"/openapi.json": self.openapi}
        app.describe(self._beside)

    def schema(self, request: Request) -> None:
        if self._app.has("/schema") or not self._describes(ONLY):
            return self._app.handle(request)
        self.of_model(request, ONLY)

    def of_model(self, request: Request, name: str) -> None:
        """Of one model of a multi-model endpoint. Raises RequestError: 404 if there is none."""
        if not self._describes(name):
            raise RequestError(404, "nothing is said of the columns of this model")
        in_background(self._answer_schema(request, name))

    def openapi(self, request: Request) -> None:
        if not self._describes(ONLY):
            return self._app.handle(request)
        in_background(self._answer_openapi(request))

    def _describes(self, name: str) -> bool:
        """Raises RequestError: 503 while it is being loaded, 404 if there is none."""
        return settings.schema and self._models.get(name).examples is not None

    async def _answer_schema(self, request: Request, name: str) -> None:
        answer(request, await self._schema(name))

    async def _answer_openapi(self, request: Request) -> None:
        # Also where the app answers: examples are known from then on.
        schema = await self._schema(ONLY)
        if self._app.has("/openapi.json"):
            return self._app.handle(request)
        answer(request, openapi.described(schema, TITLE))

    async def _schema(self, name: str) -> dict[str, Any]:
        model = self._models.get(name)
        if model.examples is None:
            return {}
        return await model.examples.schema(lambda job: self._models.submit(name, job))

    def _beside(self, document: dict[str, Any]) -> dict[str, Any]:
        """An app's own document, with ours."""
        hidden = multi_model or not settings.schema
        model = None if hidden else self._models.loaded.get(ONLY)
        if model is None or model.examples is None:
            return document
        return openapi.merged(document, model.examples.known)


def answer(request: Request, document: dict[str, Any]) -> None:
    request.answer(200, orjson.dumps(document), "application/json")
