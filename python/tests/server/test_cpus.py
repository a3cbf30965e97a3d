"""Workers and the threads of their libraries share the CPUs that the container has."""

import os
from pathlib import Path

import pytest

from tests.projects import edited
from tests.server.conftest import Start
from tests.serving import until


def test_one_worker_for_each_cpu_that_may_be_used(start: Start) -> None:
    first = min(os.sched_getaffinity(0))
    server = start(before=("taskset", "-c", str(first)), SERVER_WORKERS="").ready()
    until(lambda: server.metric("server_workers") == 1, "the worker is ready")
    assert len(server.workers) == 1
    assert server.log(event="serving")[0]["workers"] == 1


THREADS = "return np.array([max(one['num_threads'] for one in threadpool_info())] * len(data))"


@pytest.mark.parametrize("workers", [1, 2])
def test_threads_times_workers_are_the_cpus(code: Path, tmp_path: Path, start: Start, workers: int) -> None:
    copy = edited(code, tmp_path, predict=THREADS, top="from threadpoolctl import threadpool_info")
    server = start(copy, SERVER_WORKERS=workers).ready()
    threads = max(1, len(os.sched_getaffinity(0)) // workers)
    assert server.invoke("[[1, 2]]").predictions == [threads]
