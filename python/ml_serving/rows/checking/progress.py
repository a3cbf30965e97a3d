"""How far a command is, in one line that is written over: on a terminal, and nowhere else."""

import sys
import time

# Seconds between two looks of it.
SELDOM = 0.1
CLEAR = "\r\x1b[K"


class Progress:
    def __init__(self) -> None:
        self._seen = sys.stderr.isatty()
        self._last = 0.0

    def say(self, what: str, done: int = 0, of: int = 0) -> None:
        """done, of: how many there are of it, where they are counted."""
        now = time.monotonic()
        if not self._seen or (done and now - self._last < SELDOM):
            return
        self._last = now
        count = f" {done} of {of}" if of else ""
        print(f"{CLEAR}{what}{count} …", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._seen:
            print(CLEAR, end="", file=sys.stderr, flush=True)
