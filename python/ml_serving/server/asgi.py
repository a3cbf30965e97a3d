"""Hands requests to app.py, which is an ASGI application."""

import asyncio
import importlib
import logging
from typing import Any
from urllib.parse import unquote

from ml_serving.errors import AppError, first_line
from ml_serving.server.request import Request
from ml_serving.server.shared import in_background

log = logging.getLogger(__name__)


class App:
    """The application in app.py, imported while the port already answers."""

    def __init__(self) -> None:
        self._app: Any = None

    @property
    def ready(self) -> bool:
        return self._app is not None

    async def load(self) -> None:
        """Raises AppError."""
        try:
            module = await asyncio.to_thread(importlib.import_module, "app")
            self._app = module.asgi_app
        except (Exception, SystemExit) as error:
            log.exception("app.py cannot be imported")
            kind = type(error).__name__
            raise AppError(f"app.py: {kind}: {first_line(error)}") from error

    def handle(self, request: Request) -> None:
        if self.ready:
            in_background(self._answer(request))
        else:
            request.refuse(503, "the server is starting")

    async def _answer(self, request: Request) -> None:
        sent: list[dict[str, Any]] = []
        received = iter([{"type": "http.request", "body": request.body}])

        async def receive() -> dict[str, Any]:
            return next(received, {"type": "http.disconnect"})

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        try:
            await self._app(scope_of(request), receive, send)
            start, *parts = sent
            body = b"".join(part.get("body", b"") for part in parts)
            headers = b"".join(
                b"%s: %s\r\n" % (name, value)
                for name, value in start.get("headers", [])
                if name.lower() not in (b"content-length", b"date", b"connection")
            )
            request.answer(start["status"], body, headers=headers)
        except Exception:
            log.exception("app.py failed")
            request.refuse(500, "app.py failed; the container's log says why")


def scope_of(request: Request) -> dict[str, Any]:
    path, _, query = request.target.partition(b"?")
    headers = dict(request.headers)
    if headers.pop(b"transfer-encoding", None):
        # It came in chunks; WSGI applications read as much as is announced.
        headers[b"content-length"] = b"%d" % len(request.body)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method.decode("ascii"),
        "scheme": "http",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": list(headers.items()),
        "client": None,
        "server": None,
    }
