"""The models that are served: one, or on multi-model endpoints those SageMaker asks for."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ml_serving.errors import ModelError, RequestError, first_line
from ml_serving.server.jobs import Job
from ml_serving.server.memory import make_room
from ml_serving.server.metrics import Metrics
from ml_serving.server.model import ATTEMPTS, Model
from ml_serving.server.processes import Parent, Process, ProcessDied, start_nursery
from ml_serving.server.shared import in_background
from ml_serving.settings import multi_model, settings

log = logging.getLogger(__name__)

# The only one, where there is one.
ONLY = ""
# Where SageMaker puts those of multi-model endpoints: what a model is read from may run code.
MODEL_DIRS = (Path("/opt/ml/models"), Path(settings.model_dir))


class Models:
    """By name. stop: called with the reason when there is no way to go on."""

    def __init__(self, stop: Callable[[str], None]) -> None:
        self.loaded: dict[str, Model] = {}
        self.metrics = Metrics(self._sum)
        self._stop = stop
        self._started = False
        self._nursery: Parent | None = None
        # One at a time, or two would count on the same free memory.
        self._loading = asyncio.Lock()

    @property
    def ready(self) -> bool:
        """Whether requests can be answered."""
        return self._started and (multi_model or self._sum("ready") > 0)

    async def start(self) -> None:
        """Raises ModelError."""
        await self._started_nursery()
        if not multi_model:
            self.loaded[ONLY] = self._model(Path(settings.model_dir))
            await self.loaded[ONLY].load()
        self._started = True

    async def load(self, name: str, folder: Path) -> None:
        """Raises RequestError: 409 if it is loaded, 507 if memory is short, 400 where no models lie."""
        folder = await asyncio.to_thread(checked, folder)
        async with self._loading:
            if name in self.loaded:
                raise RequestError(409, f"{name} is loaded already")
            model = self._model(folder)
            await self._load(model)
            self.loaded[name] = model

    def unload(self, name: str) -> None:
        """Raises RequestError: 404 if it is not loaded."""
        self.get(name)
        self.loaded.pop(name).unload(404, f"{name} has been unloaded")

    def get(self, name: str) -> Model:
        """Raises RequestError."""
        if not self._started:
            raise RequestError(503, "the model is being loaded")
        if name not in self.loaded:
            raise RequestError(404, f"{name!r} is not loaded")
        return self.loaded[name]

    def submit(self, name: str, job: Job) -> None:
        model = self.get(name)
        model.submit(job)
        if multi_model and not model.loaded:
            in_background(self._wake(model))

    def close(self) -> None:
        for model in self.loaded.values():
            model.unload(503, "the server is stopping")
        # Those too that are still starting or loading.
        for process in list(Process.running):
            process.kill()

    def check_time(self, now: float) -> None:
        for model in self.loaded.values():
            model.pool.check_time(now)

    async def _wake(self, model: Model) -> None:
        """Loads a model again that had to give up its memory."""
        async with self._loading:
            try:
                if not model.loaded and model in self.loaded.values():
                    await self._load(model)
                if model not in self.loaded.values():
                    # It was unloaded meanwhile.
                    model.unload(404, "the model has been unloaded")
            except RequestError as error:
                model.unload(error.status, error.message)

    async def _load(self, model: Model) -> None:
        try:
            size = await asyncio.to_thread(size_of, model.folder)
        except OSError as error:
            raise RequestError(500, f"{model.folder}: {first_line(error)}") from error
        make_room(size, model, self.loaded.values())
        try:
            await model.load()
        except ModelError as error:
            raise RequestError(500, str(error)) from error
        try:
            make_room(0, model, self.loaded.values())
        except RequestError:
            model.unload(507, "there is not enough memory")
            raise

    def _model(self, folder: Path) -> Model:
        def fatal(reason: str) -> None:
            if not multi_model:
                return self._stop(reason)
            # The others live on, and this one is loaded again when it is asked for.
            log.error(reason)
            model.unload(500, reason)

        model = Model(folder, self._started_nursery, self.metrics, fatal)
        return model

    async def _started_nursery(self) -> Parent:
        for _ in range(ATTEMPTS):
            if self._nursery:
                return self._nursery
            nursery = await start_nursery(self._nursery_lost)
            with suppress(ProcessDied):
                await nursery.prepared()
                self._nursery = nursery
                return nursery
        raise ModelError("the process that imports the libraries dies: out of memory?")

    def _nursery_lost(self) -> None:
        # The models go on without it; the next to be loaded starts another.
        self._nursery = None

    def _sum(self, figure: str) -> int:
        """Of ready or waiting, over all models."""
        return sum(getattr(model.pool, figure) for model in self.loaded.values())


def checked(folder: Path) -> Path:
    """A folder that holds a model, as it was asked for. Raises RequestError where no models lie."""
    try:
        real = folder.resolve()
        if any(real.is_relative_to(one.resolve()) for one in MODEL_DIRS):
            return folder
    except (OSError, ValueError) as error:
        # Names that no file can have.
        raise RequestError(400, f"{str(folder)!r}: {first_line(error)}") from error
    allowed = " or ".join(str(one) for one in dict.fromkeys(MODEL_DIRS))
    raise RequestError(400, f"url is {str(folder)!r}, which is not below {allowed}")


def size_of(folder: Path) -> int:
    """Bytes of all files in it."""
    return sum(file.lstat().st_size for file in folder.rglob("*"))
