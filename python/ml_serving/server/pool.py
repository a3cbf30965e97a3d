"""The workers of one model.

Requests that wait while all workers are busy are predicted together in one call. Nobody
waits for a batch to fill, unless SERVER_BATCH_DELAY_MS says so: a worker that is free
takes what there is.
"""

import asyncio
import logging
from collections.abc import Callable

from ml_serving.server.jobs import Job, JobQueue
from ml_serving.server.metrics import Metrics
from ml_serving.server.processes import Parent
from ml_serving.server.shared import in_background
from ml_serving.server.worker import Worker, new_worker
from ml_serving.settings import settings

log = logging.getLogger(__name__)

DEATHS_IN_A_ROW = 3
# A worker has been forked from a process that is ready: this is plenty.
START_SECONDS = 60


class Pool:
    """fatal: called with the reason when workers cannot be started."""

    def __init__(self, metrics: Metrics, fatal: Callable[[str], None]) -> None:
        # Forks the workers; None while there is no loaded model to fork them from.
        self.keeper: Parent | None = None
        self.workers: set[Worker] = set()
        self.queue = JobQueue()
        self._free: list[Worker] = []
        self._deaths_in_a_row = 0
        self._dispatching = False
        self._metrics = metrics
        self._fatal = fatal

    @property
    def ready(self) -> int:
        """Workers that can predict."""
        return sum(worker.ready for worker in self.workers)

    @property
    def waiting(self) -> int:
        """Requests for which no worker is free."""
        return len(self.queue)

    @property
    def busy(self) -> bool:
        return len(self.queue) > 0 or any(worker.batch for worker in self.workers)

    def submit(self, job: Job) -> None:
        if len(self.queue) >= settings.queue:
            return job.fail(503, f"{len(self.queue)} requests are waiting already")
        self.queue.add(job)
        if not self._dispatching:
            self._dispatching = True
            # Once all that came in this round of the event loop is in the queue.
            loop = asyncio.get_running_loop()
            loop.call_later(settings.batch_delay_ms / 1000, self._dispatch)

    async def fill(self) -> None:
        """Starts the workers that are missing."""
        while self.keeper and len(self.workers) < settings.workers:
            worker = new_worker(self._started, self._worker_free, self._lost)
            self.workers.add(worker)
            await worker.start(self.keeper)

    def close(self, status: int, message: str) -> None:
        """Ends the workers, and answers all that wait with a failure."""
        self.keeper = None
        self._deaths_in_a_row = 0
        for worker in list(self.workers):
            self._forget(worker)
            worker.kill(status, message)
        for job in self.queue.take_all():
            job.fail(status, message)

    def check_time(self, now: float) -> None:
        """Called every second: replaces workers that hang."""
        for worker in list(self.workers):
            limit = settings.predict_seconds if worker.ready else START_SECONDS
            if (worker.batch or not worker.ready) and now - worker.since > limit:
                log.error("a worker is killed: it hangs since %d s", limit)
                worker.kill(504, f"the model took longer than {limit} s")

    # What workers report.

    def _started(self, worker: Worker) -> None:
        if worker not in self.workers:
            # It was starting when the pool was closed.
            return worker.kill(503, "the model is unloaded")
        self._deaths_in_a_row = 0
        self._worker_free(worker)

    def _worker_free(self, worker: Worker) -> None:
        if worker not in self._free:
            self._free.append(worker)
        self._dispatch()

    def _lost(self, worker: Worker) -> None:
        if worker not in self.workers:
            return
        self._forget(worker)
        self._metrics.deaths += 1
        # What has been sent in part cannot be begun again.
        for job in [job for job in worker.batch if job.alone or job.begun]:
            job.fail(500, "the process that predicted it died")
        # The others once more, one by one: if one of them is to blame, it takes none of
        # the rest with it.
        again = [job for job in worker.batch if not (job.alone or job.begun)]
        for job in again:
            job.alone = True
        self.queue.add_again(again)
        if not worker.ready:
            self._deaths_in_a_row += 1
        delay = min(0.2 * self._deaths_in_a_row, 5)
        asyncio.get_running_loop().call_later(delay, self._replace)

    def _replace(self) -> None:
        # As long as one worker answers, the container is of use.
        if self._deaths_in_a_row < DEATHS_IN_A_ROW or self.ready:
            in_background(self.fill())
            self._dispatch()
        elif self.keeper:
            self._fatal(f"workers do not start: the last one {self.keeper.last_death}")

    def _forget(self, worker: Worker) -> None:
        self.workers.discard(worker)
        if worker in self._free:
            self._free.remove(worker)

    def _dispatch(self) -> None:
        self._dispatching = False
        while self._free:
            reading = sum(worker.has_large for worker in self.workers)
            # Of those that are at the least, the one that was free last.
            worker = min(reversed(self._free), key=lambda one: len(one.batch))
            batch = self.queue.next_batch(
                len(self._free), reading, worker.room, idle=not worker.batch
            )
            if not batch:
                return
            self._metrics.batches.add(len(batch))
            worker.take(batch)
            if not worker.room:
                self._free.remove(worker)
