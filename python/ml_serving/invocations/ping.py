"""GET /ping: whether the engine can answer."""

import asyncio
import time

from ml_serving.invocations.asgi import App, Message, Scope, Send, answer

# SageMaker waits 2 s for an answer.
PATIENCE_S = 1.5
# SGLang answers /health when it has next made tokens, which is after 1 s at best, and
# later while it reads long prompts: slow is not dead.
BUSY_S = 30.0


class Ping:
    """Asks the engine's own GET /health, one question at a time.

    An engine that is slow to answer counts as well for BUSY_S after it last was.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._question: asyncio.Task[bool] | None = None
        self._last_well = -BUSY_S

    async def answer(self, scope: Scope, send: Send) -> None:
        """Answers a ping: 200 or 503, with an empty body."""
        await answer(send, 200 if await self._is_well(scope) else 503)

    async def _is_well(self, scope: Scope) -> bool:
        question = self._question
        if question is None or question.done():
            question = self._question = asyncio.create_task(self._ask(scope))
        await asyncio.wait({question}, timeout=PATIENCE_S)
        if question.done():
            return question.exception() is None and question.result()
        return time.monotonic() - self._last_well < BUSY_S

    async def _ask(self, scope: Scope) -> bool:
        statuses: list[int] = []
        asked = iter([{"type": "http.request", "body": b"", "more_body": False}])
        answered = asyncio.Event()

        async def receive() -> Message:
            for message in asked:
                return message
            await answered.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            elif not message.get("more_body", False):
                answered.set()

        health = {"path": "/health", "raw_path": b"/health", "query_string": b""}
        await self._app({**scope, **health}, receive, send)
        if statuses != [200]:
            return False
        self._last_well = time.monotonic()
        return True
