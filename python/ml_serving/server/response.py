"""What app.py answers to a request: its head, and its body as it comes."""

import asyncio
import time
from collections.abc import Callable, Iterable

from ml_serving.server.request import Request, response_head

# Of a body, so much is handed on at once: a slow client that takes that much is still there.
PIECE_BYTES = 256 * 1024
# What a header's name may hold beside letters and digits (RFC 9110, 5.6.2), and its value not.
NAME_SIGNS = b"!#$%&'*+-.^_`|~"
NOT_IN_VALUES = (b"\r", b"\n", b"\0")
# The server says these itself, by what connection and body are like.
OURS = {b"connection", b"keep-alive", b"transfer-encoding", b"date"}


class ClientGone(OSError):
    """The client takes no more of the answer."""


class Response:
    """started, complete: whether its head, all of it, was sent."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.started = self.complete = False
        self._bodiless = self._chunked = False
        # How much of the announced Content-Length is to come.
        self._left: int | None = None
        # When the client takes more, or is gone, or the answer is complete.
        self._changed = asyncio.Event()
        request.sender.watcher = self._changed

    @property
    def gone(self) -> bool:
        return self.request.gone or self.request.sender.closing

    @property
    def left(self) -> bool:
        """Whether the client is gone, or has said that it sends no more. Most that say so are gone, too, and one
        cannot see which: what app.py still streams is ended, but an answer that comes as a whole is sent."""
        return self.gone or self.request.sender.finished

    def start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Sends the head. Raises ValueError for one that HTTP does not have, ClientGone."""
        self._check_client()
        if self.started or self.complete:
            raise RuntimeError("the answer was started already")
        if not 200 <= status <= 999:
            raise ValueError(f"{status} is no status of an answer")
        lines = [(bytes(name).lower(), bytes(value)) for name, value in headers]
        if (b"connection", b"close") in lines:
            self.request.keep_alive = False
        if status == 204:
            # It has none (RFC 9110, 8.6): who believed it would wait for a body, or take the next answer for it.
            lines = [line for line in lines if line[0] != b"content-length"]
        self._left = content_length(lines)
        self._bodiless = self.request.method == b"HEAD" or status in (204, 304)
        head = b"".join(header_line(*line) for line in lines)
        # A body that ends with the connection, where the client knows no chunks.
        self._chunked = (
            self._left is None and not self._bodiless and self.request.chunked
        )
        if self._chunked:
            head += b"Transfer-Encoding: chunked\r\n"
        self.started = True
        first = response_head(status, "", int(time.time()))
        self.request.sender.started(self.request, first + head)

    async def send(self, part: bytes, more: bool) -> None:
        """Sends a part of the body, waiting while the client is behind. Raises ClientGone."""
        self._check_client()
        if not self.started or self.complete:
            raise RuntimeError("a body comes after the answer's start, and ends once")
        if not self._bodiless:
            await self._write(self._framed(part, more))
        if not more:
            self._close()
            return self.request.sender.ended(self.request)
        await self._writable()

    async def over(self) -> None:
        """Waits until the client has left, or has got all of the answer."""
        await self._until(lambda: self.complete or self.left)

    def fail(self, status: int, message: str) -> None:
        """Ends an answer that is not complete. Where its head was sent already, the connection is cut, so that the
        client sees that something is missing."""
        if self.started:
            self.cut()
        elif not self.complete:
            self._close()
            self.request.refuse(status, message)

    def cut(self) -> None:
        """Ends the connection, where the answer is not complete."""
        if not self.complete:
            self._close()
            self.request.abort()

    def _framed(self, part: bytes, more: bool) -> bytes:
        if self._left is not None:
            self._left -= len(part)
            if self._left < 0 or (self._left and not more):
                raise ValueError("the body is not as long as its Content-Length says")
        if not self._chunked:
            return part
        chunk = b"%x\r\n%b\r\n" % (len(part), part) if part else b""
        return chunk if more else chunk + b"0\r\n\r\n"

    async def _write(self, content: bytes) -> None:
        sender = self.request.sender
        pieces = memoryview(content)
        for start in range(0, len(content), PIECE_BYTES):
            await self._writable()
            sender.write(pieces[start : start + PIECE_BYTES])

    async def _writable(self) -> None:
        """Waits while the client is behind. Raises ClientGone."""
        await self._until(lambda: not self.request.sender.blocked or self.gone)
        self._check_client()

    def _check_client(self) -> None:
        if self.gone:
            raise ClientGone("the client is gone")

    def _close(self) -> None:
        """Before the connection is told of the end: it turns to the next request at once, and has its watcher."""
        self.complete = True
        self.request.sender.watcher = None
        self._changed.set()

    async def _until(self, reached: Callable[[], bool]) -> None:
        while not reached():
            self._changed.clear()
            await self._changed.wait()


def header_line(name: bytes, value: bytes) -> bytes:
    """Raises ValueError for what would be read as something else."""
    valid = name.isascii() and name.translate(None, NAME_SIGNS).isalnum()
    if not valid or any(sign in value for sign in NOT_IN_VALUES):
        raise ValueError(f"this is no header: {name!r}: {value!r}")
    return b"" if name in OURS else b"%b: %b\r\n" % (name, value)


def content_length(lines: Iterable[tuple[bytes, bytes]]) -> int | None:
    """What they announce. Raises ValueError."""
    given = {value for name, value in lines if name == b"content-length"}
    if not given:
        return None
    if len(given) > 1 or not min(given).isdigit():
        raise ValueError(f"this is no Content-Length: {given}")
    return int(min(given))
