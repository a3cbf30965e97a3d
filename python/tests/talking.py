"""HTTP over a plain socket, so that tests decide about every byte."""

import json
import socket
from typing import Any, NamedTuple, Self


class Answer(NamedTuple):
    """headers: by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def predictions(self) -> Any:
        assert self.status == 200, self
        return self.json["predictions"]


class Closed(OSError):
    """The connection ended where an answer was to come."""


def request(method: str, target: str, body: bytes = b"", **headers: str) -> bytes:
    given = {"Host": "localhost", **({"Content-Length": str(len(body))} if body or method == "POST" else {}), **headers}
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def invocation(body: bytes | str, content_type: str = "application/json", **headers: str) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    return request("POST", "/invocations", content, **{"Content-Type": content_type, **headers})


def chunked(body: bytes, size: int) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])


class Connection:
    """A connection to a server on this machine."""

    def __init__(self, port: int, timeout: float = 180) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, content: bytes) -> None:
        self.socket.sendall(content)

    def finish(self) -> None:
        """Says that nothing more will be sent."""
        self.socket.shutdown(socket.SHUT_WR)

    def ask(self, method: str, target: str, body: bytes = b"", **headers: str) -> Answer:
        self.send(request(method, target, body, **headers))
        return self.answer(bodiless=method == "HEAD")

    def answer(self, bodiless: bool = False) -> Answer:
        """The next answer, without those that only say to go on. Raises Closed."""
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        assert status.startswith("HTTP/1.1 "), status
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = 0 if bodiless or status.split()[1] == "100" else int(headers["content-length"])
        while len(self._buffer) < length:
            self._more()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return Answer(int(status.split()[1]), headers, body)

    def answers(self) -> list[Answer]:
        """All that come until the server closes."""
        found = []
        while True:
            try:
                found.append(self.answer())
            except Closed:
                assert not self._buffer, self._buffer
                return found

    def _more(self) -> None:
        try:
            piece = self.socket.recv(1 << 20)
        except ConnectionResetError:
            piece = b""
        if not piece:
            raise Closed
        self._buffer += piece

    @property
    def closed(self) -> bool:
        """Waits for the server to close."""
        try:
            return not self._buffer and not self.socket.recv(1)
        except ConnectionResetError:
            return True
