"""What a kind of models is to the processes that hold one, and what the adapters of those kinds share."""

import logging
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, Protocol, TypeVar

import orjson

from ml_serving import wire
from ml_serving.errors import RequestError
from ml_serving.wire import Answer

log = logging.getLogger(__name__)

# A worker's whole life: answers what comes over its socket until the server is gone.
Work = Callable[[socket.socket], None]


class Description(NamedTuple):
    """What requests to a model hold, for those who ask the server, which holds no model.

    document: what GET /schema says but for examples, as JSON. candidates: examples of a
    request, the likeliest first: each a body for some content types.
    """

    document: bytes
    candidates: Sequence[Sequence[tuple[str, bytes]]]


class Loaded(NamedTuple):
    """A model in memory. description: None for kinds of models that have none."""

    work: Work
    description: Description | None = None


Made = TypeVar("Made")


class Adapter(Protocol):
    """A module: see KINDS in kinds.py for which."""

    def loader(self, handler: ModuleType) -> Callable[[Path], Loaded]:
        """Takes model_handler.py, and returns what loads the model in a folder.

        Both raise ModelError. Neither starts threads or touches a GPU: workers are forked from this process.
        """
        ...


class Batched(Protocol):
    """Answers requests that have come together."""

    def answer(self, batch: Sequence[wire.Request]) -> tuple[Sequence[Answer], float]:
        """Their answers, and how many seconds the model took for all."""
        ...


def work_in_batches(
    server: socket.socket, predictor: Batched, at_once: int | None = None
) -> None:
    """Answers batches of requests, one after the other. at_once: requests of a batch at most; None: as many as wait."""
    server.sendall(wire.pack(["ready", at_once]))
    with server.makefile("rb") as batches:
        while (batch := wire.read(batches)) is not None:
            server.sendall(wire.pack(predictor.answer(batch)))


def attempt(part: Callable[..., Made], *arguments: Any) -> Made | Answer:
    """What part of the work gives, or the answer that says why it failed."""
    try:
        return part(*arguments)
    except RequestError as error:
        status, message = error.status, error.message
    except Exception:
        log.exception("the model failed")
        status, message = 500, "the model failed; the container's log says why"
    return status, "application/json", orjson.dumps({"error": message}), 0
