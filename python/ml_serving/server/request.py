"""One HTTP request, and the bytes of its answer."""

import asyncio
import functools
import time
from email.utils import formatdate
from http import HTTPStatus
from typing import NamedTuple, Protocol

import orjson

# The headers that announce a body.
FRAMING = {b"content-length", b"transfer-encoding"}


class Sender(Protocol):
    """What takes the bytes of answers: the connection that a request came on.

    closing: it takes no more. blocked: the client is behind. finished: the client has said that it sends no more.
    watcher: is set when these change. client, server: host and port.
    """

    closing: bool
    blocked: bool
    finished: bool
    watcher: asyncio.Event | None

    @property
    def client(self) -> tuple[str, int]: ...
    @property
    def server(self) -> tuple[str, int]: ...

    def answered(self, request: "Request", head: bytes, body: bytes) -> None: ...
    def started(self, request: "Request", head: bytes) -> None: ...
    def sent(self, part: bytes) -> None: ...
    def write(self, part: bytes | memoryview) -> None: ...
    def ended(self, request: "Request") -> None: ...
    def broken(self) -> None: ...


class Repeated(NamedTuple):
    """A header whose name came before. place: among all lines. before: the values that came first, joined."""

    place: int
    name: bytes
    value: bytes
    before: bytes


class Request:
    """target: path and query. headers: by lower-case name, values of the same joined. arrived: time.monotonic()."""

    __slots__ = (
        *("method", "target", "headers", "body", "size", "keep_alive", "arrived"),
        *("refusal", "repeated", "sender", "gone", "chunked"),
    )

    def __init__(self) -> None:
        self.method = b""
        self.target = b""
        self.headers: dict[bytes, bytes] = {}
        self.repeated: list[Repeated] | None = None
        self.body = b""
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

    def repeat(self, name: bytes, value: bytes) -> None:
        """A header that came before."""
        self.repeated = self.repeated or []
        place = len(self.headers) + len(self.repeated)
        self.repeated.append(Repeated(place, name, value, self.headers[name]))
        separator = b"; " if name == b"cookie" else b", "
        self.headers[name] += separator + value

    def header_lines(self) -> list[tuple[bytes, bytes]]:
        """All headers as they came, in their order, but that the body is whole now."""
        headers, repeated = self.headers.copy(), self.repeated or []
        for one in reversed(repeated):
            headers[one.name] = one.before
        lines = list(headers.items())
        for one in repeated:
            lines.insert(one.place, (one.name, one.value))
        if b"transfer-encoding" not in headers:
            return lines
        length = (b"content-length", b"%d" % len(self.body))
        return [line for line in lines if line[0] not in FRAMING] + [length]

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
        f"HTTP/1.1 {status} {phrase(status)}",
        f"Date: {formatdate(now, usegmt=True)}",
    ]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    return "".join(line + "\r\n" for line in lines).encode("latin-1")


def phrase(status: int) -> str:
    """app.py may answer with one that has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
