"""What models on multi-model endpoints hold, and who gives it up for another."""

import logging
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ml_serving.errors import RequestError
from ml_serving.server.model import Model
from ml_serving.server.processes import Process
from ml_serving.settings import settings

log = logging.getLogger(__name__)


def make_room(size: int, keep: Model, models: Iterable[Model]) -> None:
    """Has the models that were used longest ago give up their memory, for so many bytes
    and another model. Raises RequestError: 507 if that is not enough.

    They stay listed, and are loaded again when they are asked for: SageMaker knows them
    as loaded.
    """
    others = [one for one in models if one.loaded and one is not keep]
    others.sort(key=lambda model: model.last_used)
    most = settings.models_mb * 2**20
    while size + sum(map(memory, [keep, *others])) > most:
        idle = next((one for one in others if not one.pool.busy), None)
        if not idle:
            raise RequestError(507, "there is not enough memory")
        log.warning("memory is short: %s gives up its own", idle.folder)
        idle.unload(503, "the model gives up its memory")
        others.remove(idle)


def memory(model: Model) -> int:
    """Bytes that its processes hold."""
    return sum(map(process_memory, model.processes))


def process_memory(process: Process) -> int:
    """Bytes, its share of what it shares included; 0 where that is not to be known."""
    with suppress(OSError):
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
