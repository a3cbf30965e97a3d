"""The workers of one model, and the queue before them.

Requests that wait while all workers are busy are predicted together in one call. Nobody
waits for a batch to fill, unless SERVER_BATCH_DELAY_MS says so: a worker that is free
takes what there is.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from server.job import Job
from server.metrics import Metrics
from server.processes import Parent
from server.worker import Worker
from settings import settings

log = logging.getLogger(__name__)

MAX_BATCH_REQUESTS = 256
# The bodies of a batch together, unless it has only one.
MAX_BATCH_BYTES = 256 * 1024
# A call costs hardly more for so many rows than for one: not worth a second worker.
SHARE = 16
DEATHS_IN_A_ROW = 3


class Pool:
    """fatal: called with the reason when workers cannot be started."""

    def __init__(self, metrics: Metrics, fatal: Callable[[str], None]) -> None:
        self.keeper: Parent | None = None
        self.workers: set[Worker] = set()
        self.small: deque[Job] = deque()
        self.large: deque[Job] = deque()
        self.last_death = "died"
        self._deaths_in_a_row = 0
        self._free: list[Worker] = []
        self._dispatching = False
        self._metrics = metrics
        self._fatal = fatal

    @property
    def ready(self) -> int:
        """Workers that can predict."""
        return sum(worker.ready for worker in self.workers)

    @property
    def waiting(self) -> int:
        return len(self.small) + len(self.large)

    @property
    def busy(self) -> bool:
        return self.waiting > 0 or any(worker.batch for worker in self.workers)

    def submit(self, job: Job) -> None:
        if self.waiting >= settings.queue:
            return job.fail(503, f"{self.waiting} requests are waiting already")
        (self.large if job.large else self.small).append(job)
        if not self._dispatching:
            self._dispatching = True
            # Once all that came in this round of the event loop is in the queue.
            loop = asyncio.get_running_loop()
            loop.call_later(settings.batch_delay_ms / 1000, self._dispatch)

    async def fill(self) -> None:
        """Starts the workers that are missing."""
        while self.keeper and len(self.workers) < settings.workers:
            worker = Worker(self)
            self.workers.add(worker)
            await worker.start(self.keeper)

    def close(self, status: int, message: str) -> None:
        """Ends the workers, and answers all that wait with a failure."""
        self.keeper = None
        for worker in list(self.workers):
            self._forget(worker)
            worker.kill(status, message)
        for job in [*self.small, *self.large]:
            job.fail(status, message)
        self.small.clear()
        self.large.clear()

    def check_time(self, now: float) -> None:
        """Called every second: replaces workers that hang."""
        limit = settings.predict_seconds
        for worker in [one for one in self.workers if one.batch]:
            if now - worker.since > limit:
                log.error("a worker is killed: it predicted for %d s", limit)
                worker.kill(504, f"the model took longer than {limit} s")

    # What workers report.

    def worker_free(self, worker: Worker, fresh: bool) -> None:
        if worker not in self.workers:
            # It was starting when the pool was closed.
            return worker.kill(503, "the model is unloaded")
        if fresh:
            self._deaths_in_a_row = 0
        self._free.append(worker)
        self._dispatch()

    def worker_lost(self, worker: Worker) -> None:
        if worker not in self.workers:
            return
        self._forget(worker)
        self._metrics.deaths += 1
        # Its last batch is tried once more, one by one: if a request is to blame, it
        # takes no other with it.
        for job in reversed(worker.batch):
            if job.alone:
                job.fail(500, "the process that predicted it died")
            else:
                job.alone = True
                self.small.appendleft(job)
        if not worker.ready:
            self._deaths_in_a_row += 1
        delay = 0.2 * self._deaths_in_a_row
        asyncio.get_running_loop().call_later(delay, self._replace)

    def _replace(self) -> None:
        if self._deaths_in_a_row >= DEATHS_IN_A_ROW:
            self._fatal(f"workers do not start: the last one {self.last_death}")
        else:
            asyncio.create_task(self.fill())
            self._dispatch()

    def _forget(self, worker: Worker) -> None:
        self.workers.discard(worker)
        if worker in self._free:
            self._free.remove(worker)

    # Batches.

    def _dispatch(self) -> None:
        self._dispatching = False
        while self._free and (batch := self._next_batch()):
            self._metrics.batches.add(len(batch))
            self._free.pop().take(batch)

    def _next_batch(self) -> list[Job]:
        if self._large_is_next():
            return [self.large.popleft()]
        most = max(SHARE, -(-len(self.small) // len(self._free)))
        batch: list[Job] = []
        size = 0
        while self.small and len(batch) < min(most, MAX_BATCH_REQUESTS):
            job = self.small[0]
            size += job.size
            if batch and (size > MAX_BATCH_BYTES or job.alone or batch[0].alone):
                break
            self.small.popleft()
            # A client that has gone needs no answer.
            if not job.request.gone:
                batch.append(job)
        return batch

    def _large_is_next(self) -> bool:
        if not self.large or (
            self.small and self.small[0].arrived < self.large[0].arrived
        ):
            return False
        # One worker is kept for small ones, if there are several.
        readers = sum(worker.has_large for worker in self.workers)
        return readers < max(1, settings.workers - 1)
