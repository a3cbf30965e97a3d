"""Long and hard use: everything is answered right, whoever dies meanwhile, and memory stays what it was."""

import asyncio
import itertools
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.server.conftest import Start
from tests.server.load import Load, Question
from tests.server.models import Lookup
from tests.serving import children, until
from tests.talking import invocation

# Whose app.py answers nothing here.
pytestmark = pytest.mark.parametrize(
    "web", ["fastapi", pytest.param("flask", marks=pytest.mark.all)], indirect=True, scope="session"
)

KILLING_SECONDS = 10
TOLERANCE_MB = 30


def questions(lookup: Lookup, seed: int = 0) -> Iterator[Question]:
    """Without end: of 1 to 4 rows."""
    chance = random.Random(seed)
    known = [[chance.randrange(lookup.size) for _ in range(chance.randint(1, 4))] for _ in range(2000)]
    made = [Question(invocation(lookup.body(keys)), lookup.answer(keys)) for keys in known]
    return itertools.cycle(made)


def test_every_request_is_answered_right_while_workers_are_killed(start: Start, lookup: Lookup) -> None:
    server = start(SERVER_ACCESS_LOG=0).ready()

    async def kill(load: Load) -> int:
        chance, killed, end = random.Random(2), 0, time.monotonic() + KILLING_SECONDS
        keepers = server.generation(2)
        while time.monotonic() < end or not killed:
            workers = [pid for keeper in keepers for pid in children(keeper)]
            if len(workers) == 2:
                # One that has just died of the last round may still be listed.
                with suppress(ProcessLookupError):
                    os.kill(chance.choice(workers), signal.SIGKILL)
                    killed += 1
            # It may take a while to die; until it has, it takes part in the next death.
            await asyncio.to_thread(
                until, lambda count=killed: server.metric("server_worker_deaths_total") == count, "dead"
            )
            # A request is tried twice: it must not meet two deaths.
            counts = [asker.answered for asker in load.askers]
            for _ in range(3000):
                if all(now.answered > before + 1 for now, before in zip(load.askers, counts, strict=True)):
                    break
                await asyncio.sleep(0.01)
            else:
                raise AssertionError("no answers in 30 s")
            assert await asyncio.to_thread(server.ping) in (200, 503)
        load.ending = True
        await load.over.wait()
        return killed

    async def run() -> tuple[Load, int]:
        load = Load(questions(lookup))
        await load.start(server.port, 16)
        return load, await asyncio.wait_for(kill(load), KILLING_SECONDS + 120)

    load, killed = asyncio.run(run())
    print(f"{killed} workers killed, {load.answered} requests answered, {len(load.wrong)} wrong")
    assert load.wrong == []
    assert killed >= 3
    assert server.metric("server_worker_deaths_total") == killed
    until(lambda: server.metric("server_workers") == 2, "all workers are back")
    # The libraries and the model were loaded once.
    assert len(server.log(event="model loaded")) == 1


@pytest.mark.parametrize("requests", [20_000, pytest.param(100_000, marks=pytest.mark.all)])
def test_requests_by_the_thousand_leave_the_memory_as_it_was(start: Start, lookup: Lookup, requests: int) -> None:
    server = start(SERVER_ACCESS_LOG=0).ready()

    async def run(count: int) -> Load:
        load = Load(itertools.islice(questions(lookup), count))
        await load.start(server.port, 32)
        await asyncio.wait_for(load.over.wait(), 240)
        return load

    assert asyncio.run(run(5000)).wrong == []
    before, started = server.memory, time.monotonic()
    load = asyncio.run(run(requests))
    seconds, after = time.monotonic() - started, server.memory
    print(f"{load.answered} requests in {seconds:.0f} s, {before:.0f} -> {after:.0f} MB")
    assert (load.wrong, load.answered) == ([], requests)
    assert after < before + TOLERANCE_MB
    assert server.metric("server_requests_total") == requests + 5000
