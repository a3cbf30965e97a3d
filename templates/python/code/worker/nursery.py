"""The process that imports the libraries, once, and forks a keeper for each model."""

import logging
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

import logs
import wire
from errors import first_line
from worker.forking import fork_on_request

log = logging.getLogger(__name__)


def main() -> None:
    # Ctrl-C reaches every process of a terminal, but the server alone decides what it
    # means. All others end when the server's end of their socket closes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    logs.configure()
    with socket.socket(fileno=int(sys.argv[1])) as server:
        server.sendall(wire.pack(os.getpid()))
        try:
            # Takes most of the time until the server is ready.
            from worker.keeper import keep
        except (Exception, SystemExit) as error:
            log.exception("model_handler.py cannot be imported")
            reason = f"model_handler: {type(error).__name__}: {first_line(error)}"
            server.sendall(wire.pack(["failed", reason]))
            return
        server.sendall(wire.pack(["ready"]))
        fork_on_request(server, lambda ours, folder: keep(ours, Path(folder)))


if __name__ == "__main__":
    # The server may be gone before all this is done.
    with suppress(BrokenPipeError):
        main()
