"""ASGI's lifespan: an app is told that the server starts and stops, and may do its own around that."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from ml_serving.errors import AppError, first_line

log = logging.getLogger(__name__)

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class Lifespan:
    """state: what the app keeps for its requests, each of which gets a copy."""

    def __init__(self, app: AsgiApp) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._events: asyncio.Queue[Message] = asyncio.Queue()
        # What the app says to the event that it was told last.
        self._reply: asyncio.Future[Message] | None = None
        self._task: asyncio.Task[None] | None = None
        self._started = self._failed = False

    async def startup(self) -> None:
        """Returns when the app has started, or takes no such events. Raises AppError."""
        self._task = asyncio.create_task(self._run())
        match await self._tell("startup"):
            case {"type": "lifespan.startup.complete"}:
                self._started = True
            case {"type": "lifespan.startup.failed", **rest}:
                # Starlette puts a whole traceback there.
                message = str(rest.get("message", "")).strip()
                fields = {"exception": message}
                log.error("app.py does not start", extra={"fields": fields})
                reason = message.splitlines()[-1] if message else "it gives no reason"
                raise AppError(f"app.py does not start: {reason}")
            case _:
                pass

    async def shutdown(self) -> None:
        """Returns when the app has ended its own."""
        if self._task and not self._started:
            self._task.cancel()
        if not self._started:
            return
        match await self._tell("shutdown"):
            case {"type": "lifespan.shutdown.failed", **rest}:
                fields = {"exception": str(rest.get("message", ""))}
                log.error("app.py does not end well", extra={"fields": fields})
            case _:
                pass

    async def _tell(self, event: str) -> Message | None:
        """What the app says to that; None if it has ended without a word."""
        if not self._task:
            return None
        reply = self._reply = asyncio.get_running_loop().create_future()
        self._events.put_nowait({"type": f"lifespan.{event}"})
        await asyncio.wait((reply, self._task), return_when=asyncio.FIRST_COMPLETED)
        return reply.result() if reply.done() else None

    async def _run(self) -> None:
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self._app(scope, self._events.get, self._send)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            if self._failed:
                # It has said so itself.
                return
            if self._started:
                log.exception("app.py failed between its start and its end")
            else:
                # So does an app say that it takes no events.
                reason = f"{type(error).__name__}: {first_line(error)}"
                log.info("app.py is not told of start and end: %s", reason)

    async def _send(self, message: Message) -> None:
        known = message["type"].startswith("lifespan.")
        if not known or not self._reply or self._reply.done():
            raise RuntimeError(f"{message['type']!r} answers no event")
        self._failed = message["type"].endswith(".failed")
        self._reply.set_result(message)
