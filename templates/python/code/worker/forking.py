"""How a process forks others for the server, each with a socket of its own."""

import gc
import logging
import os
import signal
import socket
from collections.abc import Callable
from typing import NoReturn

import wire

log = logging.getLogger(__name__)

# Takes the child's socket and what the server asked for.
Errand = Callable[[socket.socket, str], None]


def fork_on_request(server: socket.socket, run: Errand) -> None:
    """Forks a child for each socket that comes, until the server is gone.

    Tells the server how children died: [process id, reason].
    """
    signal.signal(signal.SIGCHLD, lambda *_: report_deaths(server))
    # What lives now lives on: the collector must not touch it, or each child would get
    # a copy of its own.
    gc.freeze()
    while True:
        data, sockets, *_ = socket.recv_fds(server, 65536, 1)
        if not data:
            return
        with socket.socket(fileno=sockets[0]) as ours:
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                server.close()
                go(run, ours, next(wire.Reader().feed(data)))


def go(run: Errand, ours: socket.socket, asked: str) -> NoReturn:
    """Runs a child, which must never come back to what its parent was doing."""
    status = 1
    try:
        ours.sendall(wire.pack(os.getpid()))
        run(ours, asked)
        status = 0
    except (BrokenPipeError, ConnectionResetError):
        # The server is gone.
        status = 0
    except Exception:
        log.exception("a process failed")
    finally:
        os._exit(status)


def report_deaths(server: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        code = os.waitstatus_to_exitcode(status)
        if code < 0:
            reason = f"was killed by {signal.Signals(-code).name}"
        else:
            reason = f"ended with code {code}"
        server.sendall(wire.pack([pid, reason]))
