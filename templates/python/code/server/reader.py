"""From bytes to requests, within limits. llhttp, Node's own parser, reads (httptools)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import httptools
from server.request import Request

if TYPE_CHECKING:
    from server.listener import Listener

MAX_HEADER_BYTES = 65536


class RequestReader:
    """Reads the requests of one connection, and hands on each when all of it has come.

    One that breaks a limit is handed on at once, with its refusal, and is the last.
    """

    def __init__(self, listener: "Listener", read: Callable[[Request], None]) -> None:
        self.request: Request | None = None
        self.in_body = False
        self.done = False
        self._listener = listener
        self._read = read
        self._parser = httptools.HttpRequestParser(self)
        self._header_bytes = 0

    def feed(self, data: bytes) -> None:
        if self.done:
            return
        if not self.in_body:
            self._header_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # What follows is not HTTP, and nothing here speaks anything else.
            self.done = True
        except httptools.HttpParserError:
            self.refuse(400, "this is not a valid HTTP request")
        if self._header_bytes > MAX_HEADER_BYTES:
            self._refuse_headers()

    def refuse(self, status: int, message: str) -> None:
        if self.done:
            return
        request = self.request or Request()
        request.refusal, request.keep_alive = (status, message), False
        self.request, self.done = None, True
        self._read(request)

    # What the parser calls.

    def on_message_begin(self) -> None:
        if not self.done:
            self.request = Request()

    def on_url(self, part: bytes) -> None:
        if self.request:
            self.request.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.request:
            headers, name = self.request.headers, name.lower()
            headers[name] = headers[name] + b", " + value if name in headers else value

    def on_headers_complete(self) -> None:
        if not (request := self.request):
            return
        request.method = self._parser.get_method()
        if self._header_bytes > MAX_HEADER_BYTES:
            # Some of these bytes are the body's, or other requests'.
            lengths = (
                len(name) + len(value) for name, value in request.headers.items()
            )
            if len(request.target) + sum(lengths) > MAX_HEADER_BYTES:
                return self._refuse_headers()
        self._header_bytes, self.in_body = 0, True
        length = request.headers.get(b"content-length", b"0")
        if len(length) > 15 or int(length) > self._listener.max_body_bytes:
            self._refuse_body()

    def on_body(self, part: bytes) -> None:
        if not (request := self.request):
            return
        request.body.append(part)
        request.size += len(part)
        self._listener.body_bytes += len(part)
        if request.size > self._listener.max_body_bytes:
            self._refuse_body()
        elif self._listener.body_bytes > self._listener.max_body_bytes_in_all:
            self.refuse(503, "the server holds as many request bodies as it may")

    def on_message_complete(self) -> None:
        self.in_body = False
        if request := self.request:
            self.request = None
            request.body = b"".join(request.body)
            request.keep_alive = self._parser.should_keep_alive()
            self._read(request)

    def _refuse_body(self) -> None:
        limit = self._listener.max_body_bytes
        self.refuse(413, f"the body is larger than {limit} bytes")

    def _refuse_headers(self) -> None:
        self.refuse(431, f"the headers are larger than {MAX_HEADER_BYTES} bytes")
