"""What all connections of the server share."""

import asyncio
from collections.abc import Callable

from machine import available_memory
from server.request import Request
from settings import settings


class Shared:
    """handle: answers a request, now or later. body_bytes: of all bodies that are held."""

    max_body_bytes = settings.max_body_bytes
    max_body_bytes_in_all = max(4 * max_body_bytes, available_memory() // 10)

    def __init__(self, handle: Callable[[Request], None]) -> None:
        self.handle = handle
        self.connections: set[asyncio.Protocol] = set()
        self.body_bytes = 0
        self.stopping = False

    def release(self, request: Request) -> None:
        """Forgets the size of a request whose body is not held any more."""
        self.body_bytes -= request.size
        request.size = 0
