"""The processes that hold the model, seen from the server.

One imports the libraries (the nursery), and forks one for each model (its keeper), which
loads it and forks the workers, which predict. So they share the memory of the libraries
and of the model, and nothing is forked from a process that has predicted: the threads of
OpenMP do not survive that.
"""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, cast

from ml_serving import wire
from ml_serving.errors import ModelError

log = logging.getLogger(__name__)


class ProcessDied(Exception):
    """A process ended before it was of use."""


class Process(asyncio.Protocol):
    """A process at the other end of a socket. Its first message is its process id.

    receive: called with each other message. lost: called when the process is gone.
    """

    def __init__(
        self, receive: Callable[[Any], None], lost: Callable[[], None]
    ) -> None:
        # None before it has told it, and once it may be another program's.
        self.pid: int | None = None
        self._introduced = False
        self._receive = receive
        self._lost = lost
        self._reader = wire.Reader()
        self._transport: asyncio.Transport | None = None

    # All that run.
    running: ClassVar[set["Process"]] = set()

    async def connect(self, ours: socket.socket) -> None:
        ours.setblocking(False)
        self._socket = ours
        self.running.add(self)
        loop = asyncio.get_running_loop()
        await loop.create_unix_connection(lambda: self, sock=ours)

    def data_received(self, data: bytes) -> None:
        for message in self._reader.feed(data):
            if not self._introduced:
                self._introduced, self.pid = True, message
            else:
                self._receive(message)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Before the first message: it may be answered at once.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.running.discard(self)
        self.pid = None
        self._lost()

    def send(self, message: Any) -> None:
        if not self._transport:
            raise RuntimeError(
                "nothing can be sent to a process before it is connected"
            )
        self._transport.writelines(wire.parts(message))

    def died(self) -> None:
        """Its parent has seen it end."""
        self.pid = None
        # What it has forked may hold the connection open. What it said last has been read by then.
        if self._transport:
            asyncio.get_running_loop().call_later(1, self._transport.abort)

    def kill(self) -> None:
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        if self._transport:
            # What was not sent yet would keep it open.
            self._transport.abort()


class Parent(Process):
    """A process that forks others. lost: called when it is gone after it was prepared."""

    def __init__(self, lost: Callable[[], None]) -> None:
        super().__init__(self._told, self._ended)
        # How a child of it died last.
        self.last_death = "died"
        # What it said when it was prepared: of a keeper, a Description (worker/adapter.py).
        self.description: Any = None
        self._prepared = asyncio.Event()
        # Kept until somebody asks: a server that stops does not.
        self._failure: Exception | None = None
        self._lost_later = lost

    async def prepared(self) -> None:
        """Waits until it can fork. Raises ModelError or ProcessDied."""
        await self._prepared.wait()
        if self._failure:
            raise self._failure

    async def fork(self, child: Process, message: str = "") -> None:
        ours, theirs = socket.socketpair()
        # If it is gone, so is the other end of ours, and the child counts as lost.
        with theirs, suppress(OSError):
            socket.send_fds(self._socket, [wire.pack(message)], [theirs.fileno()])
        await child.connect(ours)

    def _told(self, message: Any) -> None:
        match message:
            case ["ready", description]:
                self.description = description
                self._prepared.set()
            case ["failed", reason]:
                self._failure = ModelError(reason)
                self._prepared.set()
            case [int(pid), reason]:
                self.last_death = reason
                for process in self.running:
                    if process.pid == pid:
                        process.died()
                fields = {"pid": pid, "reason": reason}
                log.error("a process died", extra={"fields": fields})
            case _:
                log.error("a process said %r", message)

    def _ended(self) -> None:
        if self._prepared.is_set():
            self._lost_later()
        else:
            self._failure = ProcessDied()
            self._prepared.set()


async def start_nursery(lost: Callable[[], None]) -> Parent:
    nursery = Parent(lost)
    ours, theirs = socket.socketpair()
    with theirs:
        run_nursery(theirs)
    await nursery.connect(ours)
    return nursery


def run_nursery(theirs: socket.socket) -> None:
    command = [
        sys.executable,
        "-m",
        "ml_serving.worker.processes",
        str(theirs.fileno()),
    ]
    code = Path(__file__).resolve().parent.parent.parent
    # A pool of threads that is there before a fork hangs in the child: each worker starts its own.
    alone = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    environment = os.environ | alone
    subprocess.Popen(command, cwd=code, env=environment, pass_fds=[theirs.fileno()])
