"""SGLang's own server with our middleware in it: it has no flag for that."""

import os
import signal
import sys


def end(*_: object) -> None:
    sys.exit(0)


def main() -> None:
    # Until SGLang handles it: the first process of a container ignores signals that it
    # has no handler for, and the imports alone take a while.
    signal.signal(signal.SIGTERM, end)

    from sglang.launch_server import run_server
    from sglang.srt.entrypoints.http_server import app
    from sglang.srt.plugins import load_plugins
    from sglang.srt.server_args import prepare_server_args
    from sglang.srt.utils import kill_process_tree

    from ml_serving.invocations import SageMaker

    load_plugins()
    app.add_middleware(SageMaker)
    try:
        run_server(prepare_server_args(sys.argv[1:]))
    finally:
        kill_process_tree(os.getpid(), include_parent=False)


# SGLang's processes import this file again.
if __name__ == "__main__":
    main()
