"""Work that nobody waits for."""

import asyncio
from collections.abc import Coroutine
from typing import Any

# The event loop itself does not keep tasks from being collected.
_running: set[asyncio.Task] = set()


def in_background(work: Coroutine[Any, Any, None]) -> asyncio.Task:
    task = asyncio.create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task
