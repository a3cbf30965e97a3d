"""Requests on their way to a worker and back: which of those that wait are predicted together."""

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

import orjson

from ml_serving import wire
from ml_serving.server.request import Request
from ml_serving.settings import settings
from ml_serving.worker.unpacking import GZIP

# Sent by the caller, and what comes back is the container's own answer to it.
ATTRIBUTES = b"x-amzn-sagemaker-custom-attributes"
# A body that takes long to read: see Pool.
LARGE_BODY_BYTES = 1024 * 1024
MAX_BATCH_REQUESTS = 256
# The bodies of a batch together, unless it has only one.
MAX_BATCH_BYTES = 1024 * 1024


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
        self.size = size_of(request)
        self.done = done
        self.arrived = monotonic()
        # Was in a batch whose worker died: the next worker gets it by itself.
        self.alone = False
        # Parts of the answer are on their way to the client.
        self.begun = False

    @property
    def content(self) -> wire.Request:
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


def size_of(request: Request) -> int:
    """Of the body, once it is unpacked. That is what a gzip file says of itself at its end; where it is not so, a
    worker refuses the file before it reads what is in it."""
    packed = request.headers.get(b"content-encoding", b"").lower() in GZIP
    size = int.from_bytes(request.body[-4:], "little") if packed else 0
    return max(len(request.body), size)


def echoed(request: Request) -> bytes:
    """Header lines that come back with the answer."""
    attributes = request.headers.get(ATTRIBUTES)
    return ATTRIBUTES + b": " + attributes + b"\r\n" if attributes else b""


class JobQueue:
    def __init__(self) -> None:
        self._small: deque[Job] = deque()
        self._large: deque[Job] = deque()

    def __len__(self) -> int:
        return len(self._small) + len(self._large)

    def add(self, job: Job) -> None:
        (self._large if job.large else self._small).append(job)

    def add_again(self, jobs: list[Job]) -> None:
        """Puts back, before all others, jobs whose worker died."""
        self._small.extendleft(reversed(jobs))

    def next_batch(
        self, free: int, busy_with_large: int, most: int, idle: bool
    ) -> list[Job]:
        """In the order in which they came, for a worker that takes so many more.

        free and busy_with_large count workers. idle: it is at nothing else.
        """
        # One worker is kept for small bodies, if there are several.
        if busy_with_large < max(1, settings.workers - 1) and self._large_is_next():
            return [self._large.popleft()]
        share = max(settings.share, -(-len(self._small) // free))
        batch: list[Job] = []
        size = 0
        while self._small and len(batch) < min(share, most):
            job = self._small[0]
            if job.alone and not idle:
                break
            size += job.size
            full = size > MAX_BATCH_BYTES or job.alone or (batch[:1] and batch[0].alone)
            if batch and full:
                break
            self._small.popleft()
            # A client that has gone needs no answer.
            if not job.request.gone:
                batch.append(job)
        return batch

    def take_all(self) -> list[Job]:
        jobs = [*self._small, *self._large]
        self._small.clear()
        self._large.clear()
        return jobs

    def _large_is_next(self) -> bool:
        while self._large and self._large[0].request.gone:
            self._large.popleft()
        if not self._large or not self._small:
            return bool(self._large)
        return self._large[0].arrived < self._small[0].arrived
