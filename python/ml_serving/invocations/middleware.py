"""The middleware: answers SageMaker's paths, and leaves all others to the engine."""

import json
import os

from ml_serving.invocations.asgi import (
    App,
    Message,
    Receive,
    Scope,
    Send,
    answer,
    compact,
)
from ml_serving.invocations.errors import RequestError
from ml_serving.invocations.media import Media
from ml_serving.invocations.models import Models
from ml_serving.invocations.ping import Ping
from ml_serving.invocations.reply import Reply
from ml_serving.invocations.request import ClientGone, read
from ml_serving.invocations.shapes import Question, question

# The second is where SageMaker sends what an endpoint gets at /openai/v1/chat/completions: the engine has it too, but
# knows neither which model nor which media are allowed.
INVOCATIONS = ("/invocations", "/v1/chat/completions")
_DESCRIBES_BODY = (b"content-type", b"content-length", b"transfer-encoding")


class SageMaker:
    """Wraps an ASGI app that speaks OpenAI's API: vLLM's or SGLang's.

    A request to one of INVOCATIONS goes into the app as one to its own API, without another
    server between; the answer is changed on its way out.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._ping = Ping(app)
        self._models = Models(
            os.environ.get("SERVED_MODEL_NAME", "model"),
            json.loads(os.environ.get("SERVED_ADAPTERS", "{}")),
            others=json.loads(os.environ.get("SERVED_ADAPTERS_AT_RUN_TIME", "false")),
        )
        self._media = Media(json.loads(os.environ.get("SERVED_MEDIA_DOMAINS", "[]")))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = (scope["type"], scope.get("method"), scope.get("path"))
        if asked == ("http", "GET", "/ping"):
            await self._ping.answer(scope, send)
        elif asked[:2] == ("http", "POST") and asked[2] in INVOCATIONS:
            await self._invoke(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _invoke(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            document = await read(scope, receive)
            model = self._models.asked_for(document, scope["headers"])
            asked = question(document, model)
            await self._media.check(asked.document)
        except RequestError as error:
            return await answer(send, error.status, error.body)
        except ClientGone:
            return
        await self._ask(asked, scope, receive, send)

    async def _ask(
        self, asked: Question, scope: Scope, receive: Receive, send: Send
    ) -> None:
        reply = Reply(asked, send)
        body = compact(asked.document)
        request = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def engine_receive() -> Message:
            for message in request:
                return message
            # Only http.disconnect is left to come: the engine stops generating then.
            message = await receive()
            reply.abandon()
            return message

        try:
            await self._app(
                _engine_scope(scope, asked, body), engine_receive, reply.send
            )
        except Exception:
            await reply.fail()
            # The web server logs it.
            raise


def _engine_scope(scope: Scope, asked: Question, body: bytes) -> Scope:
    headers = [
        (name, value) for name, value in scope["headers"] if name not in _DESCRIBES_BODY
    ]
    headers.append((b"content-type", b"application/json"))
    headers.append((b"content-length", str(len(body)).encode()))
    path = {"path": asked.path, "raw_path": asked.path.encode(), "query_string": b""}
    return {**scope, **path, "headers": headers}
