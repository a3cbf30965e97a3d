"""The types of ASGI, and the one way in which a whole answer is sent."""

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]


def header(headers: Headers, name: bytes) -> str:
    """A header's value, or an empty string; ASGI's names are in lower case."""
    return next((value.decode("latin-1") for key, value in headers if key == name), "")


def compact(document: Any) -> bytes:
    """A document as JSON, as short as it can be."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(
        errors="replace"
    )


async def answer(send: Send, status: int, body: bytes = b"") -> None:
    """Sends a whole answer: JSON, or nothing but a status."""
    headers = [(b"content-length", str(len(body)).encode())]
    if body:
        headers.append((b"content-type", b"application/json"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
