"""All connections: what they share, how they open, and how they end."""

import asyncio
from collections.abc import Callable
from time import monotonic

from machine import available_memory
from server.connection import Connection
from server.request import Request
from settings import settings

MAX_CONNECTIONS = 2000
# SageMaker kills the container 30 s after SIGTERM.
DRAIN_SECONDS = 25
# In which clients with an open connection learn from an answer that it ends.
GOODBYE_SECONDS = 1


class Listener:
    """handle: answers a request, now or later."""

    max_body_bytes = settings.max_body_bytes
    max_body_bytes_in_all = max(4 * max_body_bytes, available_memory() // 10)

    def __init__(self, handle: Callable[[Request], None]) -> None:
        self.handle = handle
        self.connections: set[Connection] = set()
        self.body_bytes = 0
        self.stopping = False
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self), "0.0.0.0", settings.port, backlog=2048
        )

    def opened(self, connection: Connection) -> None:
        self.connections.add(connection)
        if len(self.connections) > MAX_CONNECTIONS:
            connection.reader.refuse(503, "too many connections")

    def release(self, request: Request) -> None:
        """Forgets the size of a request whose body is not held any more."""
        self.body_bytes -= request.size
        request.size = 0

    async def stop(self) -> None:
        """Takes no more connections, and waits for the answers that are owed."""
        if self._server:
            self._server.close()
        self.stopping = True
        started = monotonic()
        while self.connections and monotonic() - started < DRAIN_SECONDS:
            if monotonic() - started > GOODBYE_SECONDS:
                for connection in [one for one in self.connections if one.idle]:
                    connection.close(lingering=False)
            await asyncio.sleep(0.05)

    def check_time(self, now: float) -> None:
        """Called every second: ends what takes too long."""
        for connection in list(self.connections):
            connection.check_time(now)
