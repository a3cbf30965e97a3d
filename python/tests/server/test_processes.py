"""The processes of a server, seen from it."""

import asyncio
import socket
import subprocess
import sys

import pytest

from ml_serving import wire
from ml_serving.server.processes import Process


def test_a_process_that_is_gone_is_not_killed_by_its_number_which_another_program_may_have() -> None:
    async def lose(pid: int) -> None:
        ours, theirs = socket.socketpair()
        lost = asyncio.Event()
        process = Process(lambda _: None, lost.set)
        await process.connect(ours)
        theirs.send(wire.pack(pid))
        theirs.close()
        await lost.wait()
        process.kill()

    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as stranger:
        asyncio.run(lose(stranger.pid))
        with pytest.raises(subprocess.TimeoutExpired):
            stranger.wait(0.2)
        stranger.kill()


def test_one_that_has_died_is_lost_though_what_it_has_forked_holds_its_connection() -> None:
    async def die() -> None:
        ours, theirs = socket.socketpair()
        lost = asyncio.Event()
        process = Process(lambda _: None, lost.set)
        await process.connect(ours)
        theirs.send(wire.pack(12_345))
        while process.pid is None:
            await asyncio.sleep(0.01)
        # More than is on its way at once.
        process.send(b"x" * 10_000_000)
        process.died()
        process.kill()
        await asyncio.wait_for(lost.wait(), 30)
        theirs.close()

    asyncio.run(die())
