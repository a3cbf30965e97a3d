"""What the parts of the server share: all connections, and work that nobody waits for."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from ml_serving.machine import available_memory
from ml_serving.server.request import Request
from ml_serving.settings import settings

if TYPE_CHECKING:
    from ml_serving.server.connection import Connection


class Shared:
    """handle: answers a request, now or later. body_bytes: of all bodies that are held."""

    max_body_bytes = settings.max_body_bytes
    max_body_bytes_in_all = max(4 * max_body_bytes, available_memory() // 10)

    def __init__(self, handle: Callable[[Request], None]) -> None:
        self.handle = handle
        self.connections: set[Connection] = set()
        self.body_bytes = 0
        self.stopping = False

    def release(self, request: Request) -> None:
        """Forgets the size of a request whose body is not held any more."""
        self.body_bytes -= request.size
        request.size = 0


# The event loop itself does not keep tasks from being collected.
_running: set[asyncio.Task[None]] = set()


def in_background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task
