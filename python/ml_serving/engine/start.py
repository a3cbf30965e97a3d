"""How a container with an engine starts: by becoming the engine."""

import os
import shlex
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ml_serving.errors import StartError

# The folder of the program, which the engine imports our middleware from.
PROGRAM = Path(__file__).resolve().parents[2]
# The middleware writes this name into requests; the engine knows no other.
SERVED_NAME = "model"


@dataclass(frozen=True)
class Plan:
    """What is to be executed, and its environment."""

    command: list[str]
    environment: dict[str, str]


def end(*_: object) -> None:
    sys.exit(0)


def start(make_plan: Callable[[Mapping[str, str]], Plan]) -> None:
    """make_plan: from the container's environment. Raises StartError."""
    if sys.argv[1:] not in ([], ["serve"]):
        sys.exit("usage: serve [serve] (this container serves, it does not train)")

    # The first process of a container ignores signals that it has no handler for.
    signal.signal(signal.SIGTERM, end)
    try:
        plan = make_plan(os.environ)
    except StartError as error:
        sys.exit(f"serve: {error}")

    print(f"serve: {shlex.join(plan.command)}", file=sys.stderr, flush=True)
    # In place of this process, so that SageMaker's SIGTERM reaches the engine.
    os.execvpe(plan.command[0], plan.command, plan.environment)
