"""One HTTP request, and the bytes of its answer."""

import functools
import time
from email.utils import formatdate
from http import HTTPStatus
from typing import Protocol

import orjson


class Sender(Protocol):
    """What takes the bytes of answers: the connection that a request came on."""

    def answered(self, request: "Request", head: bytes, body: bytes) -> None: ...
    def started(self, request: "Request", head: bytes) -> None: ...
    def sent(self, part: bytes) -> None: ...
    def ended(self, request: "Request") -> None: ...
    def broken(self) -> None: ...


class Request:
    """target: path and query. headers: by lower-case name. arrived: time.monotonic()."""

    __slots__ = (
        *("method", "target", "headers", "body", "size", "keep_alive", "arrived"),
        *("refusal", "sender", "gone", "chunked"),
    )

    def __init__(self) -> None:
        self.method = b""
        self.target = b""
        self.headers: dict[bytes, bytes] = {}
        self.body: bytes | list[bytes] = []
        self.size = 0
        self.keep_alive = False
        # Whether the client knows chunks: those of HTTP/1.0 read until the end.
        self.chunked = False
        self.arrived = time.monotonic()
        # Status and reason, where it is not to be handled.
        self.refusal: tuple[int, str] | None = None
        # The client is gone.
        self.gone = False
        self.sender: Sender

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
        self.sender.answered(self, b"".join((head, headers, length)), shown)

    def start(self, content_type: str, headers: bytes = b"") -> None:
        """Begins an answer that is sent in parts: send() them, then end() or abort()."""
        head = response_head(200, content_type, int(time.time()))
        framing = b"Transfer-Encoding: chunked\r\n" if self.chunked else b""
        self.sender.started(self, b"".join((head, headers, framing)))

    def send(self, part: bytes) -> None:
        """part: not empty, which would be the end."""
        framed = b"%x\r\n%b\r\n" % (len(part), part) if self.chunked else part
        self.sender.sent(framed)

    def end(self) -> None:
        if self.chunked:
            self.sender.sent(b"0\r\n\r\n")
        self.sender.ended(self)

    def abort(self) -> None:
        """Ends what was begun in such a way that the client sees that it is not whole."""
        self.sender.broken()

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
