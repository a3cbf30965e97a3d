"""The requests that wait for a worker, and which of them are predicted together."""

from collections import deque

from server.job import Job
from settings import settings

MAX_BATCH_REQUESTS = 256
# The bodies of a batch together, unless it has only one.
MAX_BATCH_BYTES = 1024 * 1024


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
            full = size > MAX_BATCH_BYTES or job.alone or batch[:1] and batch[0].alone
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
