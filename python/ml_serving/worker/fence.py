"""A limit on the memory that is taken meanwhile, kept by the kernel: what has a size is often only known once it is there."""

import resource
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

# For libraries that are loaded on the way, and Python's own.
BESIDE = 64 * 1024 * 1024


@contextmanager
def at_most(size: int) -> Generator[None]:
    """Of bytes, beside what this process holds already: who asks for more gets MemoryError, and C++ that asks for little
    may end the process. So it is the last resort, for code that asks for much at once, holds few small things and starts
    no threads. Where the kernel does not say what a process holds, there is no limit."""
    held = held_now()
    if not held:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = held + size + BESIDE
    allowed = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min([most, *allowed]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def held_now() -> int:
    """Bytes of this process's data and stacks; 0 where the kernel does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[5])
    except (OSError, IndexError):
        return 0
    return pages * resource.getpagesize()
