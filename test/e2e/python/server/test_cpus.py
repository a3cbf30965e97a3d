"""Workers and the threads of their libraries share the CPUs that the container has."""

import os
import re
from pathlib import Path

import pytest
from conftest import Start
from serving import until


def test_one_worker_for_each_cpu_that_may_be_used(start: Start) -> None:
    first = min(os.sched_getaffinity(0))
    server = start(before=("taskset", "-c", str(first)), SERVER_WORKERS="").ready()
    until(lambda: server.metric("server_workers") == 1, "the worker is ready")
    assert len(server.workers) == 1
    assert server.log(event="serving")[0]["workers"] == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_threads_times_workers_are_the_cpus(start: Start, workers: int) -> None:
    server = start(SERVER_WORKERS=workers).ready()
    until(lambda: len(server.workers) == workers, "the workers run")
    for pid in server.workers:
        environment = Path(f"/proc/{pid}/environ").read_text()
        threads = {int(of) for of in re.findall(r"(?:OMP|OPENBLAS|MKL)_NUM_THREADS=(\d+)", environment)}
        assert len(threads) == 1
        assert max(1, len(os.sched_getaffinity(0)) // workers) == threads.pop()
