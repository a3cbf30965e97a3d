"""An app that speaks ASGI 3, such as FastAPI's: on the server's event loop."""

from typing import Any
from urllib.parse import unquote_to_bytes

from ml_serving.server.lifespan import AsgiApp, Lifespan, Message
from ml_serving.server.request import Request
from ml_serving.server.response import Response


class Asgi:
    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self._lifespan = Lifespan(app)

    async def start(self) -> None:
        """Raises AppError."""
        await self._lifespan.startup()

    async def stop(self) -> None:
        await self._lifespan.shutdown()

    async def answer(self, response: Response) -> None:
        """Returns when the app does, which may be later than its answer. Raises what the app raises."""
        request = response.request
        scope = scope_of(request) | {"state": self._lifespan.state.copy()}
        bodies = [request.body]
        request.body = b""

        async def receive() -> Message:
            if bodies and not response.gone:
                return {
                    "type": "http.request",
                    "body": bodies.pop(),
                    "more_body": False,
                }
            await response.over()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            match message["type"]:
                case "http.response.start":
                    response.start(message["status"], message.get("headers", ()))
                case "http.response.body":
                    body = bytes(message.get("body", b""))
                    await response.send(body, message.get("more_body", False))
                case other:
                    raise RuntimeError(f"{other!r} is no part of an answer here")

        await self._app(scope, receive, send)


def scope_of(request: Request) -> dict[str, Any]:
    path, _, query = request.target.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1" if request.chunked else "1.0",
        "method": request.method.decode("ascii"),
        "scheme": "http",
        "path": unquote_to_bytes(path).decode(errors="replace"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": request.header_lines(),
        "client": request.sender.client,
        "server": request.sender.server,
    }
