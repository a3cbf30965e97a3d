"""A process that generates, seen from the server. It takes requests while it is at others."""

from collections.abc import Callable
from time import monotonic
from typing import Any, NamedTuple

from server.job import Answer, Job
from server.processes import Parent, Process
from settings import settings


class Taken(NamedTuple):
    """A request that is being answered. since: time.monotonic()."""

    job: Job
    since: float


class Worker:
    """since: when it last showed a sign of life, as time.monotonic().

    started, free, lost: called with it when it can generate, can take more requests, died.
    """

    def __init__(
        self,
        started: Callable[["Worker"], None],
        free: Callable[["Worker"], None],
        lost: Callable[["Worker"], None],
    ) -> None:
        self.ready = False
        self.since = monotonic()
        self._capacity = 0
        self._taken: dict[int, Taken] = {}
        self._count = 0
        self._started = started
        self._free = free
        self.process = Process(self._receive, lambda: lost(self))

    async def start(self, keeper: Parent) -> None:
        await keeper.fork(self.process)

    @property
    def batch(self) -> list[Job]:
        """What it is at."""
        return [one.job for one in self._taken.values()]

    @property
    def room(self) -> int:
        """How many requests it takes now."""
        if any(job.alone for job in self.batch):
            return 0
        return self._capacity - len(self._taken)

    @property
    def has_large(self) -> bool:
        return any(job.large for job in self.batch)

    def take(self, batch: list[Job]) -> None:
        now = monotonic()
        if not self._taken:
            self.since = now
        numbered = list(enumerate(batch, start=self._count))
        self._count += len(batch)
        self._taken |= {number: Taken(job, now) for number, job in numbered}
        self.process.send([(number, *job.content) for number, job in numbered])

    def kill(self, status: int, message: str) -> None:
        """Ends it at once, and answers what it was at with a failure."""
        batch, self._taken = self.batch, {}
        for job in batch:
            job.fail(status, message)
        self.process.kill()

    def _receive(self, message: Any) -> None:
        if not self.ready:
            self.ready, self._capacity = True, message[1]
            return self._started(self)
        self.since = monotonic()
        for number, content_type, part, answer in message:
            # One that was given up may have been answered at that moment.
            if number not in self._taken:
                continue
            if part:
                self._taken[number].job.part(content_type, part)
            if answer:
                job, since = self._taken.pop(number)
                predicting = self.since - since
                job.done(Answer(*answer), since - job.arrived, predicting)
        self._give_up()
        if self.room > 0:
            self._free(self)

    def _give_up(self) -> None:
        """Ends what nobody waits for any more."""
        limit = settings.predict_seconds
        for number, (job, since) in list(self._taken.items()):
            if job.request.gone:
                # Nobody reads it: for the log and the metrics.
                status, message = 499, "the client is gone"
            elif not job.begun and self.since - since > limit:
                status, message = 504, f"the model took longer than {limit} s"
            else:
                continue
            del self._taken[number]
            self.process.send(number)
            job.fail(status, message)
