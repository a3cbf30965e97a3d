"""The processes that hold the model: how they start one another, and what they tell the server.

The nursery imports the libraries, once, and forks a keeper for each model, which loads it and forks the
workers, which predict. Each has a socket of its own to the server.
"""

import gc
import importlib
import importlib.util
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, cast

from ml_serving import logs, wire
from ml_serving.errors import ModelError, first_line
from ml_serving.kinds import KINDS
from ml_serving.settings import kind
from ml_serving.worker.adapter import Adapter, Loaded

log = logging.getLogger(__name__)

# Takes the child's socket and what the server asked for.
Errand = Callable[[socket.socket, str], None]


def main() -> None:
    """The nursery's. argv: the file descriptor of its socket."""
    # Ctrl-C reaches every process of a terminal, but the server alone decides what it
    # means. All others end when the server's end of their socket closes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    logs.configure()
    with socket.socket(fileno=int(sys.argv[1])) as server:
        server.sendall(wire.pack(os.getpid()))
        try:
            load = loader()
        except ModelError as error:
            server.sendall(wire.pack(["failed", str(error)]))
            return
        server.sendall(wire.pack(["ready", None]))
        fork_on_request(server, lambda ours, folder: keep(ours, Path(folder), load))


def loader() -> Callable[[Path], Loaded]:
    """Imports the handler, which takes most of the time until the server is ready, and what its kind of model
    takes. Raises ModelError."""
    try:
        handler = importlib.import_module("model_handler")
        if kind is None:
            raise ModelError(f"there is no model_handler.py to read, only {handler}")
        # With SCRIPT, requests go to inference.py, whatever the kind.
        scripted = hasattr(handler, "SCRIPT")
        return adapter_of(kind, scripted).loader(handler)
    except ModelError:
        raise
    except (Exception, SystemExit) as error:
        log.exception("model_handler.py cannot be imported")
        name = type(error).__name__
        raise ModelError(f"model_handler: {name}: {first_line(error)}") from error


def adapter_of(kind: str, scripted: bool = False) -> Adapter:
    """Raises ModelError where the project was generated without it."""
    name = "ml_serving.scripts.adapter" if scripted else KINDS[kind].adapter
    folder = name.rpartition(".")[0]
    if importlib.util.find_spec(folder) is None:
        says = "SCRIPT is there" if scripted else f"KIND is {kind!r}"
        made = "without a script" if scripted else "for models of another kind"
        raise ModelError(
            f"model_handler.py: {says}, but there is no {folder.replace('.', '/')}: "
            f"the project was generated {made}"
        )
    return cast(Adapter, importlib.import_module(name))


def __getattr__(name: str) -> object:
    """A pickle looks in `__main__`, which is this module, for what the script defined that made
    it: a class of a notebook, say. The handler may define it, or the script that it was."""
    for module in map(sys.modules.get, ("model_handler", "inference")):
        if __name__ == "__main__" and hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def keep(
    server: socket.socket, model_dir: Path, load: Callable[[Path], Loaded]
) -> None:
    """What a keeper does: loads a model, and forks its workers."""
    try:
        loaded = timed(load, model_dir)
    except ModelError as error:
        server.sendall(wire.pack(["failed", str(error)]))
        return
    described = loaded.description and tuple(loaded.description)
    server.sendall(wire.pack(["ready", described]))
    fork_on_request(server, lambda ours, _: loaded.work(ours))


def timed(load: Callable[[Path], Loaded], model_dir: Path) -> Loaded:
    """What load gives, with a line in the log. Raises ModelError."""
    started = time.monotonic()
    try:
        loaded = load(model_dir)
    except ModelError:
        raise
    except (Exception, SystemExit) as error:
        name = type(error).__name__
        raise ModelError(f"model_handler: {name}: {first_line(error)}") from error
    script = model_dir / "code" / "inference.py"
    if script.is_file():
        log.warning(
            "%s is not run: a script is taken into the image, by ml-container-creator's --inference-script",
            script,
        )
    seconds = round(time.monotonic() - started, 3)
    log.info("model loaded", extra={"fields": {"seconds": seconds}})
    return loaded


def fork_on_request(server: socket.socket, run: Errand) -> None:
    """Forks a child for each socket that comes, until the server is gone.

    Tells the server how children died: [process id, reason].
    """

    def child_died(*_: object) -> None:
        report_deaths(server)

    signal.signal(signal.SIGCHLD, child_died)
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


if __name__ == "__main__":
    # The server may be gone before all this is done.
    with suppress(BrokenPipeError):
        main()
