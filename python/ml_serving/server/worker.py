"""Processes that predict, seen from the server: one that answers in batches, and one that is joined meanwhile."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, NamedTuple

from ml_serving.kinds import KINDS
from ml_serving.server.jobs import MAX_BATCH_REQUESTS, Answer, Job
from ml_serving.server.processes import Parent, Process
from ml_serving.settings import kind, settings


class Worker(ABC):
    """since: time.monotonic() when it began what it is at, or last showed a sign of life.

    started, free, lost: called with it when it can predict, can take more, died.
    """

    def __init__(
        self,
        started: Callable[["Worker"], None],
        free: Callable[["Worker"], None],
        lost: Callable[["Worker"], None],
    ) -> None:
        self.ready = False
        self.since = monotonic()
        self._started = started
        self._free = free
        self.process = Process(self._receive, lambda: lost(self))

    async def start(self, keeper: Parent) -> None:
        await keeper.fork(self.process)

    @property
    @abstractmethod
    def batch(self) -> Sequence[Job]:
        """What it is at."""

    @property
    @abstractmethod
    def room(self) -> int:
        """How many requests it takes now."""

    @abstractmethod
    def take(self, batch: list[Job]) -> None:
        """Hands it requests, at most so many as it has room for."""

    def kill(self, status: int, message: str) -> None:
        """Ends it at once, and answers what it was at with a failure."""
        batch = list(self.batch)
        self._forget()
        for job in batch:
            job.fail(status, message)
        self.process.kill()

    @property
    def has_large(self) -> bool:
        return any(job.large for job in self.batch)

    @abstractmethod
    def _forget(self) -> None:
        """It is at nothing any more."""

    @abstractmethod
    def _receive(self, message: Any) -> None:
        """What its process says."""


class BatchWorker(Worker):
    """Answers batches of requests, one after the other."""

    _batch: list[Job]

    def __init__(self, *reports: Callable[[Worker], None]) -> None:
        super().__init__(*reports)
        self._most = MAX_BATCH_REQUESTS
        self._forget()

    @property
    def batch(self) -> Sequence[Job]:
        return self._batch

    @property
    def room(self) -> int:
        return 0 if self._batch else self._most

    def take(self, batch: list[Job]) -> None:
        self._batch, self.since = batch, monotonic()
        self.process.send([job.content for job in batch])

    def _forget(self) -> None:
        self._batch = []

    def _receive(self, message: Any) -> None:
        if not self.ready:
            self.ready, self._most = True, message[1] or MAX_BATCH_REQUESTS
            return self._started(self)
        batch, since = self._batch, self.since
        self._forget()
        # The next batch first: the worker predicts it while these answers are sent.
        self._free(self)
        answers, predicting = message
        for job, answer in zip(batch, answers, strict=True):
            job.done(Answer(*answer), since - job.arrived, predicting)


class Taken(NamedTuple):
    """A request that is being answered. since: time.monotonic()."""

    job: Job
    since: float


class JoiningWorker(Worker):
    """Takes requests while it is at others, and answers in parts."""

    def __init__(self, *reports: Callable[[Worker], None]) -> None:
        super().__init__(*reports)
        self._capacity = 0
        self._taken: dict[int, Taken] = {}
        self._count = 0

    @property
    def batch(self) -> Sequence[Job]:
        return [one.job for one in self._taken.values()]

    @property
    def room(self) -> int:
        if any(job.alone for job in self.batch):
            return 0
        return self._capacity - len(self._taken)

    def take(self, batch: list[Job]) -> None:
        now = monotonic()
        if not self._taken:
            self.since = now
        numbered = list(enumerate(batch, start=self._count))
        self._count += len(batch)
        self._taken |= {number: Taken(job, now) for number, job in numbered}
        self.process.send([(number, *job.content) for number, job in numbered])

    def _forget(self) -> None:
        self._taken = {}

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


def new_worker(*reports: Callable[[Worker], None]) -> Worker:
    """Of the kind that the model takes; see Worker for what it is to report."""
    joining = KINDS[kind].joining if kind else False
    return JoiningWorker(*reports) if joining else BatchWorker(*reports)
