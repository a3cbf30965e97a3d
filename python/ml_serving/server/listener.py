"""How connections open, and how all of them end."""

import asyncio
from collections.abc import Callable

from ml_serving.server.connection import Connection
from ml_serving.server.request import Request
from ml_serving.server.shared import Shared
from ml_serving.settings import settings

# In which clients with an open connection learn from an answer that it ends.
GOODBYE_SECONDS = 1


class Listener:
    """handle: answers a request, now or later."""

    def __init__(self, handle: Callable[[Request], None]) -> None:
        self._shared = Shared(handle)
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self._shared), settings.host, settings.port, backlog=2048
        )

    async def stop(self, until: float) -> None:
        """Takes no more connections, and waits for the answers that are owed, until that time of the event loop."""
        if self._server:
            self._server.close()
        self._shared.stopping = True
        loop = asyncio.get_running_loop()
        goodbye = loop.time() + GOODBYE_SECONDS
        while self._connections() and loop.time() < until:
            if loop.time() > goodbye:
                for connection in self._connections():
                    if connection.idle:
                        connection.close(lingering=False)
            await asyncio.sleep(0.05)

    def check_time(self, now: float) -> None:
        """Called every second: ends what takes too long."""
        for connection in self._connections():
            connection.check_time(now)

    def _connections(self) -> list[Connection]:
        return list(self._shared.connections)
