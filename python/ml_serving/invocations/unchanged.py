"""Answers to requests in OpenAI's shapes: as the engine gave them."""

from typing import Any

from ml_serving.invocations.events import Event


class Unchanged:
    """Passes on what the engine says, byte for byte."""

    def whole(self, body: bytes) -> bytes:
        return body

    def event(self, event: Event, document: Any) -> bytes:
        return event.raw

    def end(self) -> bytes:
        return b""
