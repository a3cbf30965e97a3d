"""Server-sent events: out of the pieces in which they arrive, and back."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ml_serving.invocations.asgi import compact

_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")


@dataclass(frozen=True)
class Event:
    """One event as it was sent, with the empty line that ends it."""

    raw: bytes

    @property
    def is_comment(self) -> bool:
        return self.raw.startswith(b":")

    def document(self) -> Any:
        """The JSON in its data; None for comments and for OpenAI's last event, [DONE]."""
        fields = [line.partition(b":") for line in self.raw.splitlines()]
        data = b"\n".join(value for name, _, value in fields if name == b"data")
        try:
            return json.loads(data)
        except ValueError:
            return None


class Events:
    """Puts pieces of a stream together to events; a piece may end anywhere."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> Iterator[Event]:
        self._rest += piece
        while match := _END.search(self._rest):
            raw, self._rest = self._rest[: match.end()], self._rest[match.end() :]
            yield Event(raw)


def event(document: Any) -> bytes:
    """A document as one event."""
    return b"data: " + compact(document) + b"\n\n"
