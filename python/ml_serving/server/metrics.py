"""What /metrics tells, in Prometheus's text format."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

SECONDS = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1),
    *(0.25, 0.5, 1, 2.5, 5, 10, 60),
)
REQUESTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Histogram:
    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def lines(self, name: str) -> Iterator[str]:
        total = 0
        for bound, count in zip([*self.bounds, "+Inf"], self.counts, strict=True):
            total += count
            yield f'{name}_bucket{{le="{bound}"}} {total}'
        yield f"{name}_sum {self.sum}"
        yield f"{name}_count {total}"


class Metrics:
    """now: gives figures of the moment, ready (workers) and waiting (requests)."""

    def __init__(self, now: Callable[[str], int]) -> None:
        self.answers: Counter[int] = Counter()
        self.seconds = Histogram(SECONDS)
        self.batches = Histogram(REQUESTS)
        self.deaths = 0
        self._now = now

    def text(self) -> bytes:
        return "".join(line + "\n" for line in self._lines()).encode()

    def _lines(self) -> Iterator[str]:
        yield from head("server_requests_total", "counter", "Answers by status.")
        for status, count in sorted(self.answers.items()):
            yield f'server_requests_total{{status="{status}"}} {count}'
        yield from head(
            "server_request_seconds", "histogram", "From request to answer."
        )
        yield from self.seconds.lines("server_request_seconds")
        yield from head("server_batch_requests", "histogram", "Requests in a batch.")
        yield from self.batches.lines("server_batch_requests")
        yield from head("server_queue_requests", "gauge", "Requests that wait.")
        yield f"server_queue_requests {self._now('waiting')}"
        yield from head("server_workers", "gauge", "Workers that can predict.")
        yield f"server_workers {self._now('ready')}"
        yield from head("server_worker_deaths_total", "counter", "Workers lost.")
        yield f"server_worker_deaths_total {self.deaths}"


def head(name: str, kind: str, meaning: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} {kind}"
