"""A request on its way to a worker and back."""

from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

import orjson
from server.request import Request

# Sent by the caller, and what comes back is the container's own answer to it.
ATTRIBUTES = b"x-amzn-sagemaker-custom-attributes"
# A body that takes long to read: see Pool.
LARGE_BODY_BYTES = 1024 * 1024


class Answer(NamedTuple):
    """What a worker answers. rows: how many the request held, 0 if it was refused."""

    status: int
    content_type: str
    body: bytes
    rows: int


class Job:
    """done: called with the answer, and the seconds in the queue and in the model."""

    __slots__ = ("alone", "arrived", "begun", "done", "request", "size")

    def __init__(self, request: Request, done: Callable[[Answer, float, float], None]):
        self.request = request
        self.size = len(request.body)
        self.done = done
        self.arrived = monotonic()
        # Was in a batch whose worker died: the next worker gets it by itself.
        self.alone = False
        # Parts of the answer are on their way to the client.
        self.begun = False

    @property
    def content(self) -> tuple:
        """What a worker is told."""
        headers = self.request.headers
        return (
            self.request.body,
            headers.get(b"content-type"),
            headers.get(b"content-encoding"),
            headers.get(b"accept"),
        )

    @property
    def large(self) -> bool:
        return self.size > LARGE_BODY_BYTES

    def part(self, content_type: str, part: bytes) -> None:
        """Sends a part of the answer as soon as it is there; done() comes after all."""
        if not self.begun:
            self.begun, self.request.body = True, b""
            self.request.start(content_type, echoed(self.request))
        self.request.send(part)

    def fail(self, status: int, message: str) -> None:
        body = orjson.dumps({"error": message})
        waited = monotonic() - self.arrived
        self.done(Answer(status, "application/json", body, 0), waited, 0.0)


def echoed(request: Request) -> bytes:
    """Header lines that come back with the answer."""
    attributes = request.headers.get(ATTRIBUTES)
    return ATTRIBUTES + b": " + attributes + b"\r\n" if attributes else b""
