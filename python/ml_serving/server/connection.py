"""One HTTP/1.1 connection: its requests are answered one after the other."""

import asyncio
import socket
import struct
from collections import deque
from time import monotonic
from typing import cast

from ml_serving.server.reader import RequestReader
from ml_serving.server.request import Request
from ml_serving.server.shared import Shared

MAX_CONNECTIONS = 2000
# Requests that a client may send ahead of their answers.
MAX_AHEAD = 16
# Requests that are answered one after the other before others get their turn.
AT_ONCE = 16
# Of an answer that is sent in parts: how far a client may be behind.
MAX_UNSENT_BYTES = 1024 * 1024
# Seconds for the headers of a request, for all of it, between two requests, for a client
# to take its answer, and to stop sending after a refusal.
HEADER_SECONDS, REQUEST_SECONDS, IDLE_SECONDS = 20, 70, 75
SEND_SECONDS, LINGER_SECONDS = 60, 3
# What SO_LINGER takes for a close that is a reset.
NO_GOODBYE = struct.pack("ii", 1, 0)


class Connection(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.reader = RequestReader(shared, self.read)
        self.waiting: deque[Request] = deque()
        self.current: Request | None = None
        self.advancing = False
        # The answer that is being sent is the last.
        self.last = False
        # After the last answer.
        self.closing = False
        # The client does not take its answers.
        self.blocked = False
        # The client has said that it sends no more.
        self.finished = False
        # Is set when the client takes more, or sends no more, or is gone.
        self.watcher: asyncio.Event | None = None
        # Was told to send its body.
        self.continued: Request | None = None
        self.since = monotonic()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.shared.connections.add(self)
        if len(self.shared.connections) > MAX_CONNECTIONS:
            self.reader.refuse(503, "too many connections")

    def connection_lost(self, exc: Exception | None) -> None:
        self.closing = True
        for request in (self.reader.request, self.current, *self.waiting):
            if request:
                # It may be in the queue for long: its body must not.
                request.gone, request.body = True, b""
                self.shared.release(request)
        self.reader.end()
        self.shared.connections.discard(self)
        self.wake()

    def data_received(self, data: bytes) -> None:
        before = self.reader.request
        self.reader.feed(data)
        if self.reader.request is not before and not self.closing:
            self.since = monotonic()
        if self.reader.in_body:
            self.continue_reading()

    def eof_received(self) -> bool:
        # A client that has sent all that it will may still wait for answers.
        self.reader.done = self.finished = True
        self.wake()
        return self.current is not None or self.blocked or bool(self.waiting)

    def pause_writing(self) -> None:
        self.blocked, self.since = True, monotonic()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.blocked, self.since = False, monotonic()
        if len(self.waiting) <= MAX_AHEAD:
            self.transport.resume_reading()
        self.wake()
        self.advance()

    def wake(self) -> None:
        if self.watcher:
            self.watcher.set()

    def continue_reading(self) -> None:
        """Tells a client that asks before it sends a body (Expect: 100-continue), once what it sent before that is
        answered."""
        request = self.reader.request
        if not request or self.current or self.continued is request:
            return
        if b"expect" in request.headers:
            self.continued = request
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def read(self, request: Request) -> None:
        self.waiting.append(request)
        if len(self.waiting) > MAX_AHEAD:
            self.transport.pause_reading()
        self.advance()

    def advance(self) -> None:
        """Turns to the next request, where the client takes its answers. Those that come at once do not nest."""
        if self.advancing:
            return
        self.advancing = True
        for _ in range(AT_ONCE):
            if not self.waiting or self.current or self.closing or self.blocked:
                break
            request = self.current = self.waiting.popleft()
            request.sender = self
            self.shared.handle(request)
        else:
            asyncio.get_running_loop().call_soon(self.advance)
        self.advancing = False

    def answered(self, request: Request, head: bytes, body: bytes) -> None:
        self.started(request, head, body)
        self.ended(request)

    def started(self, request: Request, head: bytes, body: bytes = b"") -> None:
        """The head of an answer, and of its body what there is already."""
        self.shared.release(request)
        if self.closing:
            return
        no_more = self.reader.done or self.shared.stopping
        self.last = not request.keep_alive or (no_more and not self.waiting)
        ending = b"Connection: close\r\n\r\n" if self.last else b"\r\n"
        self.transport.write(b"".join((head, ending, body)))

    def sent(self, part: bytes) -> None:
        if self.closing:
            return
        self.transport.write(part)
        if self.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self.broken()

    def write(self, part: bytes | memoryview) -> None:
        """For those that wait themselves while the client is behind."""
        self.transport.write(part)

    def ended(self, request: Request) -> None:
        if self.closing:
            return
        self.current, self.since = None, monotonic()
        # The client may have said meanwhile that it sends no more.
        if self.last or (self.reader.done and not self.waiting):
            self.close(lingering=request.refusal is not None)
        elif len(self.waiting) == MAX_AHEAD and not self.blocked:
            self.transport.resume_reading()
        self.advance()
        if self.reader.in_body:
            self.continue_reading()

    def broken(self) -> None:
        """No more of what was begun."""
        self.closing = self.reader.done = True
        # Where a body ends with the connection, a reset alone says that something is missing. Elsewhere the body
        # does, and a reset could overtake its last bytes.
        self.cut(reset=self.current is not None and not self.current.chunked)

    def cut(self, reset: bool) -> None:
        """Closes at once."""
        if reset:
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_GOODBYE)
        self.transport.abort()

    def close(self, lingering: bool) -> None:
        """Closes once all is sent. lingering: a client that still sends would have its
        answer discarded by its own kernel, so what it sends is read for a moment."""
        self.closing = self.reader.done = True
        while self.waiting:
            self.shared.release(self.waiting.popleft())
        if lingering and not self.transport.is_closing():
            self.transport.write_eof()
        else:
            self.transport.close()

    @property
    def client(self) -> tuple[str, int]:
        return self.transport.get_extra_info("peername")

    @property
    def server(self) -> tuple[str, int]:
        return self.transport.get_extra_info("sockname")

    @property
    def idle(self) -> bool:
        """No answer is owed, and nothing of a body has come."""
        return not (self.current or self.waiting or self.reader.in_body or self.closing)

    def check_time(self, now: float) -> None:
        """Called every second: ends what takes too long."""
        waited = now - self.since
        if self.closing or self.blocked:
            sending = self.transport.get_write_buffer_size() > 0
            if waited > (SEND_SECONDS if sending else LINGER_SECONDS):
                self.cut(reset=sending)
        elif self.reader.request and not self.current:
            limit = REQUEST_SECONDS if self.reader.in_body else HEADER_SECONDS
            if waited > limit:
                self.reader.refuse(408, f"the request did not come within {limit} s")
        elif self.idle and waited > IDLE_SECONDS:
            self.transport.close()
