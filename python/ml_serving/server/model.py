"""One model: the process that loaded it, and the pool of workers forked from it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic

from ml_serving.errors import ModelError
from ml_serving.server.examples import Examples
from ml_serving.server.jobs import Job
from ml_serving.server.metrics import Metrics
from ml_serving.server.pool import Pool
from ml_serving.server.processes import Parent, Process, ProcessDied
from ml_serving.server.shared import in_background

ATTEMPTS = 3


class Model:
    """The model in a folder.

    nursery: gives the process to fork from. fatal: called with the reason when the model
    or its workers cannot be kept alive.
    """

    def __init__(
        self,
        folder: Path,
        nursery: Callable[[], Awaitable[Parent]],
        metrics: Metrics,
        fatal: Callable[[str], None],
    ) -> None:
        self.folder = folder
        self.pool = Pool(metrics, fatal)
        self.last_used = monotonic()
        self._nursery = nursery
        self._fatal = fatal
        self._keeper: Parent | None = None
        # None until it is loaded, and of kinds of models that do not describe themselves.
        self.examples: Examples | None = None

    @property
    def loaded(self) -> bool:
        return self.pool.keeper is not None

    @property
    def processes(self) -> list[Process]:
        keeper = [self._keeper] if self._keeper else []
        return [*keeper, *(worker.process for worker in self.pool.workers)]

    def submit(self, job: Job) -> None:
        self.last_used = job.arrived
        self.pool.submit(job)

    async def load(self) -> None:
        """Raises ModelError."""
        death = ""
        for _ in range(ATTEMPTS):
            nursery = await self._nursery()
            keeper = self._keeper = Parent(self._keeper_lost)
            await nursery.fork(keeper, str(self.folder))
            try:
                await keeper.prepared()
            except ProcessDied:
                # Its parent tells how, a moment later.
                await asyncio.sleep(0.2)
                death = nursery.last_death
                continue
            self.pool.keeper = keeper
            self.examples = Examples.of(keeper.description)
            return await self.pool.fill()
        raise ModelError(f"the process that loads the model {death}: out of memory?")

    def unload(self, status: int, message: str) -> None:
        """Frees its memory. Requests that wait are answered with the failure."""
        self.pool.close(status, message)
        if self._keeper:
            self._keeper.kill()
            self._keeper = None

    def _keeper_lost(self) -> None:
        if self.loaded:
            self.pool.keeper = None
            in_background(self._load_again())

    async def _load_again(self) -> None:
        try:
            await self.load()
        except ModelError as error:
            self._fatal(str(error))
