"""The process of one model: loads it, and forks the workers that predict with it."""

import logging
import socket
import time
from pathlib import Path
from typing import Any

import model_handler
import wire
from errors import ModelError, first_line
from worker.features import Features
from worker.forking import fork_on_request
from worker.predictor import Predictor

log = logging.getLogger(__name__)


def keep(server: socket.socket, model_dir: Path) -> None:
    try:
        model, features = load(model_dir)
    except ModelError as error:
        server.sendall(wire.pack(["failed", str(error)]))
        return
    server.sendall(wire.pack(["ready"]))
    fork_on_request(server, lambda ours, _: work(ours, model, features))


def load(model_dir: Path) -> tuple[Any, Features]:
    """The model, and the features that it was trained on. Raises ModelError."""
    started = time.monotonic()
    try:
        model = model_handler.load(model_dir)
        features = model_handler.features(model)
    except ModelError:
        raise
    except (Exception, SystemExit) as error:
        kind = type(error).__name__
        raise ModelError(f"model_handler: {kind}: {first_line(error)}") from error
    seconds = round(time.monotonic() - started, 3)
    log.info("model loaded", extra={"fields": {"seconds": seconds}})
    return model, features


def work(server: socket.socket, model: Any, features: Features) -> None:
    """Answers batches of requests, one after the other."""
    predictor = Predictor(model, features)
    server.sendall(wire.pack(["ready"]))
    with server.makefile("rb") as batches:
        while (batch := wire.read(batches)) is not None:
            server.sendall(wire.pack(predictor.answer(batch)))
