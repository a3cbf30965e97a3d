"""An app that speaks ASGI 3, such as FastAPI's: on the server's event loop."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_to_bytes

from ml_serving.server.lifespan import AsgiApp, Lifespan, Message
from ml_serving.server.request import Request
from ml_serving.server.response import ClientGone, Response

# How long an app may send what nobody hears, and not ask whether somebody does.
UNHEARD_SECONDS = 1


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

        pace = Pace()

        async def send(message: Message) -> None:
            await pace.step()
            with pace.of_client():
                match message["type"]:
                    case "http.response.start":
                        response.start(message["status"], message.get("headers", ()))
                    case "http.response.body":
                        body = bytes(message.get("body", b""))
                        await response.send(body, message.get("more_body", False))
                    case other:
                        raise RuntimeError(f"{other!r} is no part of an answer here")

        await self._app(scope, receive, send)


class Pace:
    """How an app goes on between the parts of its answer.

    What Starlette streams is cancelled when its client leaves, and only a generator that waits for something itself
    ends at once by that: one that is left behind in the middle ends whenever it is collected. So send() returns without
    waiting wherever it can, also where nobody hears it.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        # Whether others had a turn since the last part.
        self._turned = True
        # When the first part was sent that nobody heard.
        self._unheard: float | None = None

    async def step(self) -> None:
        """Others get their turn, however fast the app and its client are."""
        if not self._turned:
            await asyncio.sleep(0)
        self._turned = False
        self._loop.call_soon(self._turn)

    @contextmanager
    def of_client(self) -> Generator[None]:
        """Raises ClientGone no sooner than a while after the first one: an app that ends by itself does after its
        answer what it has to."""
        try:
            yield
        except ClientGone:
            now = self._loop.time()
            self._unheard = self._unheard or now
            if now > self._unheard + UNHEARD_SECONDS:
                raise

    def _turn(self) -> None:
        self._turned = True


def scope_of(request: Request) -> dict[str, Any]:
    path, _, query = request.target.partition(b"?")
    return {
        "type": "http",
        # With 2.4, Starlette would not listen for a disconnect while it streams, and send() alone would say so: too
        # late for what has nothing to send.
        "asgi": {"version": "3.0", "spec_version": "2.3"},
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
