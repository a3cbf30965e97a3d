"""Answers in parts, with the time at which each of them came."""

import json
import time
from typing import Any, NamedTuple

from tests.talking import Closed, Connection, invocation


class Event(NamedTuple):
    """at: time.monotonic()."""

    at: float
    data: Any


class Stream:
    """A request that is answered in events; reads them as they come."""

    def __init__(self, port: int, document: dict[str, Any], version: str = "1.1") -> None:
        self.started = time.monotonic()
        self.connection = Connection(port)
        asked = invocation(json.dumps(document | {"stream": True}))
        self.connection.send(asked.replace(b"HTTP/1.1", f"HTTP/{version}".encode(), 1))
        self.events: list[Event] = []
        # Whether the answer was ended as HTTP says.
        self.whole = False
        self._buffer = b""
        self.head = ""
        self._text = b""

    def read(self, most: int = 1_000_000) -> "Stream":
        """Reads until there are so many events, or until the end."""
        while not self.whole and len(self.events) < most:
            try:
                piece = self._piece()
            except Closed:
                self.whole = "chunked" not in self.head.lower()
                return self
            if not piece:
                self.whole = True
            self._text += piece
            *events, self._text = self._text.split(b"\n\n")
            for event in events:
                data = event.rpartition(b"data: ")[2]
                self.events.append(Event(time.monotonic(), data if data == b"[DONE]" else json.loads(data)))
        return self

    def _piece(self) -> bytes:
        if not self.head:
            self.head = self._until(b"\r\n\r\n").decode()
            assert "HTTP/1.1 200 OK" in self.head, self.head
            assert "text/event-stream" in self.head, self.head
        if "chunked" not in self.head.lower():
            # What came with the head.
            piece, self._buffer = self._buffer, b""
            return piece or self._more()
        length = int(self._until(b"\r\n"), 16)
        while len(self._buffer) < length + 2:
            self._buffer += self._more()
        piece, self._buffer = self._buffer[:length], self._buffer[length + 2 :]
        return piece

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._buffer += self._more()
        found, _, self._buffer = self._buffer.partition(mark)
        return found

    def _more(self) -> bytes:
        try:
            piece = self.connection.socket.recv(1 << 16)
        except ConnectionResetError:
            piece = b""
        if not piece:
            raise Closed
        return piece

    @property
    def text(self) -> str:
        """Of all events in the form of {"inputs": …}."""
        return "".join(event.data["token"]["text"] for event in self.events)

    def close(self) -> None:
        self.connection.socket.close()
