"""From bytes to requests, within limits. llhttp, Node's own parser, reads (httptools)."""

from collections.abc import Callable

import httptools

from ml_serving.server.request import FRAMING, Request
from ml_serving.server.shared import Shared

MAX_HEADER_BYTES = 65536


class RequestReader:
    """Reads the requests of one connection, and hands on each when all of it has come.

    One that breaks a limit is handed on at once, with its refusal, and is the last.
    """

    def __init__(self, shared: Shared, read: Callable[[Request], None]) -> None:
        self.request: Request | None = None
        self.in_body = False
        self.done = False
        self._shared = shared
        self._read = read
        self._parser = httptools.HttpRequestParser(self)
        self._header_bytes = 0
        # Of a body, what has come of it. In one piece, however small the parts that it comes in: as much is held as is
        # counted.
        self._body: bytes | bytearray = b""

    def feed(self, data: bytes) -> None:
        rest: bytes | None = data
        while rest is not None and not self.done:
            self._header_bytes += len(rest)
            rest = self._parsed(rest)
        if self._header_bytes > MAX_HEADER_BYTES:
            self._refuse_headers()

    def _parsed(self, data: bytes) -> bytes | None:
        """Reads on, and returns what is to be read by another parser, if anything is."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # Nothing here speaks anything but HTTP/1.1: it goes on with that.
            return self._without_upgrade() + data[upgrade.args[0] :]
        except httptools.HttpParserError:
            self.refuse(400, "this is not a valid HTTP request")
        return None

    def _without_upgrade(self) -> bytes:
        """llhttp takes an Upgrade for a request without a body. Where one is to come, a
        parser that has not seen the Upgrade reads it: these are the headers for that."""
        if not self.request:
            return b""
        self._parser = httptools.HttpRequestParser(self)
        headers = self.request.headers.items()
        lines = [b"%s: %s\r\n" % one for one in headers if one[0] in FRAMING]
        return b"POST / HTTP/1.1\r\n" + b"".join(lines) + b"\r\n"

    def refuse(self, status: int, message: str) -> None:
        if self.done:
            return
        request = self.request or Request()
        request.refusal, request.keep_alive = (status, message), False
        self.end()
        self._read(request)

    def end(self) -> None:
        """Reads no more, and holds nothing of what was being read."""
        self.request, self.done, self._body = None, True, b""

    # What the parser calls.

    def on_message_begin(self) -> None:
        if not self.done and not self.in_body:
            self.request = Request()

    def on_url(self, part: bytes) -> None:
        if self.request and not self.in_body:
            self.request.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        # Those after a body are nobody's.
        if self.request and not self.in_body:
            headers, name = self.request.headers, name.lower()
            if name in headers:
                self.request.repeat(name, value)
            else:
                headers[name] = value

    def on_headers_complete(self) -> None:
        if not (request := self.request) or self.in_body:
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
        scheme, absolute, rest = request.target.partition(b"://")
        if absolute and scheme.lower() in (b"http", b"https"):
            # As a proxy is asked: the path is behind the host.
            request.target = b"/" + rest.partition(b"/")[2]
        length = request.headers.get(b"content-length", b"0")
        if len(length) > 15 or int(length) > self._shared.max_body_bytes:
            self._refuse_body()

    def on_body(self, part: bytes) -> None:
        if not (request := self.request):
            return
        # What comes between and after chunks is held to the limit of headers.
        self._header_bytes = 0
        self._add(part)
        request.size += len(part)
        self._shared.body_bytes += len(part)
        if request.size > self._shared.max_body_bytes:
            self._refuse_body()
        elif self._shared.body_bytes > self._shared.max_body_bytes_in_all:
            self.refuse(503, "the server holds as many request bodies as it may")

    def _add(self, part: bytes) -> None:
        if not self._body:
            self._body = part
            return
        if isinstance(self._body, bytes):
            self._body = bytearray(self._body)
        self._body += part

    def on_message_complete(self) -> None:
        announced = self.request and self.request.headers.keys() & FRAMING
        if announced and self._parser.should_upgrade():
            # The body is yet to be read: see feed().
            return
        self.in_body = False
        if request := self.request:
            self.request = None
            request.body, self._body = bytes(self._body), b""
            request.chunked = self._parser.get_http_version() == "1.1"
            # Clients of HTTP/1.0 would want to be told in a header of their own.
            request.keep_alive = request.chunked and self._parser.should_keep_alive()
            self._read(request)

    def _refuse_body(self) -> None:
        limit = self._shared.max_body_bytes
        self.refuse(413, f"the body is larger than {limit} bytes")

    def _refuse_headers(self) -> None:
        self.refuse(431, f"the headers are larger than {MAX_HEADER_BYTES} bytes")
