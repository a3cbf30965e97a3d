#!/usr/bin/env python3
"""What SageMaker starts: `docker run IMAGE serve`."""

import signal
import sys
from importlib.util import find_spec


def end(*_: object) -> None:
    sys.exit(0)


def main() -> None:
    if sys.argv[1:2] in (["check"], ["schema"]) and find_spec("ml_serving.rows"):
        from ml_serving.rows.checking.command import main as command

        sys.exit(command(sys.argv[1:]))
    if sys.argv[1:] != ["serve"]:
        sys.exit("usage: serve serve (this container serves, it does not train)")

    # Until the server takes over: the first process of a container ignores signals that
    # it has no handler for.
    signal.signal(signal.SIGTERM, end)

    from ml_serving.server.main import main as run

    run()


if __name__ == "__main__":
    main()
