"""The process of one model: loads it, and forks the workers that predict with it."""

import logging
import socket
import time
from pathlib import Path

import wire
from errors import ModelError, first_line
from worker import predictor
from worker.forking import fork_on_request
from worker.work import work

log = logging.getLogger(__name__)


def keep(server: socket.socket, model_dir: Path) -> None:
    try:
        loaded = load(model_dir)
    except ModelError as error:
        server.sendall(wire.pack(["failed", str(error)]))
        return
    server.sendall(wire.pack(["ready"]))
    fork_on_request(server, lambda ours, _: work(ours, loaded))


def load(model_dir: Path) -> tuple:
    """What a Predictor is made of. Raises ModelError."""
    started = time.monotonic()
    try:
        loaded = predictor.load(model_dir)
    except ModelError:
        raise
    except (Exception, SystemExit) as error:
        kind = type(error).__name__
        raise ModelError(f"model_handler: {kind}: {first_line(error)}") from error
    seconds = round(time.monotonic() - started, 3)
    log.info("model loaded", extra={"fields": {"seconds": seconds}})
    return loaded
