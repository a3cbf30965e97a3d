"""What the engine answers, on its way to the client."""

import json

from ml_serving.documents import Json
from ml_serving.invocations.asgi import Message, Send, answer, header
from ml_serving.invocations.errors import (
    FAILED,
    RequestError,
    engine_error,
    streamed_error,
)
from ml_serving.invocations.events import Events
from ml_serving.invocations.shapes import Question


class Reply:
    """Takes the messages that the engine sends, and sends on what they come to.

    The start of a stream is held back until its first event: engines notice some
    errors only then, and these are to have their status.
    """

    def __init__(self, question: Question, send: Send) -> None:
        self._telling = question.telling
        self._client = send
        self._start: Message = {}
        self._started = False
        self._over = False
        self._streams = False
        self._body = bytearray()
        self._events = Events()

    async def send(self, message: Message) -> None:
        """The engine's `send`."""
        if self._over:
            return
        if message["type"] == "http.response.start":
            self._start = message
            content_type = header(message["headers"], b"content-type")
            self._streams = content_type.startswith("text/event-stream")
        elif message["type"] == "http.response.body":
            body, more = message.get("body", b""), message.get("more_body", False)
            await (self._stream if self._streams else self._collect)(body, more)

    async def fail(self) -> None:
        """Ends the answer after the engine's code has raised."""
        if not self._over:
            await self._refuse(RequestError(500, FAILED))

    def abandon(self) -> None:
        """The client has gone: whatever the engine still says is not told."""
        self._over = True

    async def _collect(self, body: bytes, more: bool) -> None:
        self._body += body
        if more:
            return
        status = self._start["status"]
        if status >= 400:
            await self._refuse(engine_error(status, _json(self._body)))
        else:
            self._over = True
            await answer(self._client, status, self._telling.whole(bytes(self._body)))

    async def _stream(self, body: bytes, more: bool) -> None:
        told = b""
        for event in self._events.feed(body):
            document = event.document()
            if error := streamed_error(document):
                if told:
                    await self._tell(told)
                return await self._refuse(error)
            told += self._telling.event(event, document)
        if not more:
            self._over = True
            await self._tell(told + self._telling.end(), more=False)
        elif told:
            await self._tell(told)

    async def _tell(self, body: bytes, more: bool = True) -> None:
        if not self._started:
            self._started = True
            await self._client(self._start)
        await self._client(
            {"type": "http.response.body", "body": body, "more_body": more}
        )

    async def _refuse(self, error: RequestError) -> None:
        self._over = True
        if self._started:
            await self._tell(b"data: " + error.body + b"\n\n", more=False)
        else:
            await answer(self._client, error.status, error.body)


def _json(body: bytes | bytearray) -> Json:
    try:
        return json.loads(body)
    except ValueError:
        return None
