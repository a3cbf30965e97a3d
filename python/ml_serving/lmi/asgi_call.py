"""Requests to an ASGI app without a web server."""

import asyncio
import logging
from collections.abc import AsyncIterator

from ml_serving.invocations.asgi import App, Message

logger = logging.getLogger(__name__)


async def post(
    app: App, path: str, content_type: str, body: bytes
) -> AsyncIterator[Message]:
    """What the app sends, message by message, as it sends it."""
    requests = iter([{"type": "http.request", "body": body, "more_body": False}])
    messages: asyncio.Queue[Message | None] = asyncio.Queue()

    async def receive() -> Message:
        for request in requests:
            return request
        # DJL Serving does not tell when a client has left.
        return await asyncio.Future()

    def done(task: asyncio.Future[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            logger.error("a request failed", exc_info=error)
        messages.put_nowait(None)

    scope = _scope(path, content_type, body)
    task = asyncio.ensure_future(app(scope, receive, messages.put))
    task.add_done_callback(done)
    try:
        while (message := await messages.get()) is not None:
            yield message
    finally:
        task.cancel()


def _scope(path: str, content_type: str, body: bytes) -> Message:
    headers = [(b"content-length", str(len(body)).encode())]
    if content_type:
        headers.append((b"content-type", content_type.encode("latin-1", "replace")))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
    }
