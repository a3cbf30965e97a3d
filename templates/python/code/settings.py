"""Every setting of the server: its environment variable, its default, its meaning.

A value that cannot be used stops the container at once, with one clear line.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """The settings in force.

    port: SAGEMAKER_BIND_TO_PORT; SageMaker sets it for multi-container endpoints.
    model_dir: SM_MODEL_DIR; SageMaker unpacks model.tar.gz there, read-only.
    cpus: the CPUs that this container may use, not those of its host.
    workers: SERVER_WORKERS; processes that predict, one for each CPU by default.
    max_body_bytes: SERVER_MAX_BODY_MB; 25 MB is the most that SageMaker sends.
    probabilities: SERVER_PROBABILITIES; answer with class probabilities.
    """

    port: int
    model_dir: Path
    cpus: int
    workers: int
    max_body_bytes: int
    probabilities: bool


def read_settings() -> Settings:
    cpus = available_cpus()
    return Settings(
        port=whole_number("SAGEMAKER_BIND_TO_PORT", default=8080, most=65535),
        model_dir=Path(os.environ.get("SM_MODEL_DIR") or "/opt/ml/model"),
        cpus=cpus,
        workers=whole_number("SERVER_WORKERS", default=cpus, most=1000),
        max_body_bytes=whole_number("SERVER_MAX_BODY_MB", default=25, most=1024)
        * 1024
        * 1024,
        probabilities=yes_or_no("SERVER_PROBABILITIES", default=False),
    )


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


def whole_number(variable: str, default: int, most: int) -> int:
    text = os.environ.get(variable) or str(default)
    digits = text.isascii() and text.isdigit() and len(text) < 10
    if not digits or not 1 <= int(text) <= most:
        sys.exit(f"{variable} is {text!r}: it takes a whole number from 1 to {most}")
    return int(text)


def yes_or_no(variable: str, default: bool) -> bool:
    text = os.environ.get(variable) or str(default)
    if text.lower() not in ("true", "1", "yes", "false", "0", "no"):
        sys.exit(f"{variable} is {text!r}: it takes true or false")
    return text.lower() in ("true", "1", "yes")


settings = read_settings()
