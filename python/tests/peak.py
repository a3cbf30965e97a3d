"""What a piece of work takes of memory while it is done."""

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any


def peak_of(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work returns in a process of its own, and how many MB that grew by at most."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()

    def measured() -> None:
        before = highest()
        result = work()
        theirs.send((result, highest() - before))

    process = context.Process(target=measured)
    process.start()
    theirs.close()
    try:
        return ours.recv()
    finally:
        process.join()


def highest() -> float:
    [line] = [one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) / 1024
