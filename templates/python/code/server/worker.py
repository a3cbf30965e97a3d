"""A process that predicts, seen from the server."""

from collections.abc import Callable
from time import monotonic
from typing import Any

from server.job import Answer, Job
from server.job_queue import MAX_BATCH_REQUESTS
from server.processes import Parent, Process


class Worker:
    """batch: what it predicts now, since a time of time.monotonic().

    started, free, lost: called with it when it can predict, can take another batch, died.
    """

    def __init__(
        self,
        started: Callable[["Worker"], None],
        free: Callable[["Worker"], None],
        lost: Callable[["Worker"], None],
    ) -> None:
        self.ready = False
        self.batch: list[Job] = []
        self.since = monotonic()
        self._started = started
        self._free = free
        self.process = Process(self._receive, lambda: lost(self))

    async def start(self, keeper: Parent) -> None:
        await keeper.fork(self.process)

    def take(self, batch: list[Job]) -> None:
        self.batch, self.since = batch, monotonic()
        self.process.send([job.content for job in batch])

    def kill(self, status: int, message: str) -> None:
        """Ends it at once, and answers what it was at with a failure."""
        batch, self.batch = self.batch, []
        for job in batch:
            job.fail(status, message)
        self.process.kill()

    @property
    def room(self) -> int:
        """How many requests it takes now."""
        return 0 if self.batch else MAX_BATCH_REQUESTS

    @property
    def has_large(self) -> bool:
        return any(job.large for job in self.batch)

    def _receive(self, message: Any) -> None:
        if not self.ready:
            self.ready = True
            return self._started(self)
        batch, since = self.batch, self.since
        self.batch = []
        # The next batch first: the worker predicts it while these answers are sent.
        self._free(self)
        answers, predicting = message
        for job, answer in zip(batch, answers, strict=True):
            job.done(Answer(*answer), since - job.arrived, predicting)
