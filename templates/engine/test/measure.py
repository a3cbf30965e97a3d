"""What load.py measures of one answer, and percentiles of many."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from endpoint import CallError, streamed
from streaming import events, text_of


@dataclass(frozen=True)
class Answer:
    """Seconds until the first text and the last, and how many tokens there were."""

    first: float
    last: float
    tokens: int

    @property
    def rate(self) -> float:
        """Tokens a second, waiting for the first included."""
        return self.tokens / self.last


def ask(target: str, payload: bytes) -> Answer | CallError:
    """One streamed answer; where the engine does not count tokens, events are."""
    start = time.perf_counter()
    times, tokens = [], 0
    try:
        for event in events(streamed(target, payload)):
            if text_of(event):
                times.append(time.perf_counter() - start)
            usage = event.get("usage") or {}
            tokens = usage.get("completion_tokens", tokens)
    except CallError as error:
        return error
    if not times:
        return CallError("the answer has no text")
    return Answer(times[0], times[-1], tokens or len(times))


def percentiles(values: Sequence[float], falling: bool = False) -> list[float]:
    """p50, p90 and p99: the value that so many percent of all do not exceed.

    `falling` counts from the largest: so many percent do not fall below it.
    """
    ordered = sorted(values, reverse=falling)
    return [ordered[-(-len(ordered) * percent // 100) - 1] for percent in (50, 90, 99)]
