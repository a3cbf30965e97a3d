"""One HTTP request, and the bytes of its answer."""

import functools
import time
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus

import orjson


class Request:
    """target: path and query. headers: by lower-case name. arrived: time.monotonic()."""

    __slots__ = (
        *("method", "target", "headers", "body", "size", "keep_alive", "arrived"),
        *("refusal", "answered", "gone"),
    )

    def __init__(self) -> None:
        self.method = b""
        self.target = b""
        self.headers: dict[bytes, bytes] = {}
        self.body: bytes | list[bytes] = []
        self.size = 0
        self.keep_alive = False
        self.arrived = time.monotonic()
        # Status and reason, where it is not to be handled.
        self.refusal: tuple[int, str] | None = None
        # The client is gone.
        self.gone = False
        self.answered: Callable[[Request, bytes, bytes], None]

    def header(self, name: bytes) -> str | None:
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def answer(
        self,
        status: int,
        body: bytes = b"",
        content_type: str = "",
        headers: bytes = b"",
    ) -> None:
        """Sends the answer. headers: further lines, each with its line end."""
        head = response_head(status, content_type, int(time.time()))
        length = b"Content-Length: %d\r\n" % len(body)
        shown = b"" if self.method == b"HEAD" else body
        self.answered(self, b"".join((head, headers, length)), shown)

    def refuse(self, status: int, message: str, headers: bytes = b"") -> None:
        if status == 503:
            headers += b"Retry-After: 1\r\n"
        body = orjson.dumps({"error": message})
        self.answer(status, body, "application/json", headers)


@functools.lru_cache(maxsize=64)
def response_head(status: int, content_type: str, now: int) -> bytes:
    """Status line and the headers that all answers of a second share."""
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        f"Date: {formatdate(now, usegmt=True)}",
    ]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    return "".join(line + "\r\n" for line in lines).encode("latin-1")
