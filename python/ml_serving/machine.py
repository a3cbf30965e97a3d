"""What this container may use, which is less than what its host has."""

import os
from pathlib import Path


def available_cpus() -> int:
    """CPUs by affinity and cgroup v2 quota; os.cpu_count() would be those of the host."""
    if hasattr(os, "sched_getaffinity"):
        cpus = len(os.sched_getaffinity(0))
    else:
        cpus = os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
    except OSError:
        return cpus
    return cpus if quota == "max" else max(1, min(cpus, int(quota) // int(period)))


def available_memory() -> int:
    """Bytes, by cgroup v2 limit and by what the machine has."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return memory
    return memory if limit == "max" else min(memory, int(limit))


def has_gpu() -> bool:
    """Whether the container was given one: NVIDIA's runtime puts its devices there."""
    return any(Path("/dev").glob("nvidia[0-9]*"))
