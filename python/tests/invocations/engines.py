"""Engines that answer what was recorded, and a client of the middleware around them."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

from ml_serving.invocations import SageMaker

JSON = [(b"content-type", b"application/json")]
SSE = [(b"content-type", b"text/event-stream; charset=utf-8")]


class Recorded:
    """An engine that answers every request alike, in the given pieces, and remembers what it was asked."""

    def __init__(self, pieces: Sequence[bytes] = (), status: int = 200, headers: Any = JSON) -> None:
        self.pieces, self.status, self.headers = pieces, status, headers
        self.path, self.asked = "", {}

    async def __call__(self, scope: Any, receive: Callable, send: Callable) -> None:
        self.path = scope["path"]
        self.asked = json.loads((await receive())["body"] or b"null")
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        for piece in self.pieces or self.choices():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def choices(self) -> list[bytes]:
        """Without recorded pieces: an x for each prompt, the last one first."""
        prompts = self.asked["prompt"] if isinstance(self.asked["prompt"], list) else [self.asked["prompt"]]
        choices = [{"index": index, "text": "x", "finish_reason": "stop"} for index in range(len(prompts))]
        return [json.dumps({"choices": choices[::-1]}).encode()]


def exchange(
    engine: Callable, document: Any = None, path: str = "/invocations", headers: Any = JSON
) -> tuple[list[Any], Exception | None]:
    """Asks the middleware around an engine: the messages that the client gets, and what is raised beside."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    method = "GET" if document is None else "POST"
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b""}
    sent: list[Any] = []
    requests = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Any:
        return next(requests, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> Exception | None:
        try:
            await SageMaker(engine)(scope, receive, send)
        except RuntimeError as error:
            return error
        return None

    raised = asyncio.run(run())
    if not sent:
        return sent, raised
    assert [message["type"] for message in sent] == ["http.response.start"] + ["http.response.body"] * (len(sent) - 1)
    assert [message.get("more_body", False) for message in sent[1:]] == [True] * (len(sent) - 2) + [False]
    return sent, raised


def call(engine: Callable, document: Any = None, **options: Any) -> tuple[int, list[bytes]]:
    """The status, and the pieces in which the answer came."""
    (start, *bodies), raised = exchange(engine, document, **options)
    assert raised is None
    return start["status"], [message["body"] for message in bodies]


def answer_of(engine: Callable, document: Any, **options: Any) -> tuple[int, Any]:
    """The status and the whole answer, read as JSON."""
    status, pieces = call(engine, document, **options)
    return status, json.loads(b"".join(pieces))
