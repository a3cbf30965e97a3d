"""The server: one process that speaks HTTP, and those that hold the model (processes.py)."""

import asyncio
import errno
import logging
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from threading import Thread
from time import monotonic
from typing import Any

import uvloop

from ml_serving import __version__, logs
from ml_serving.errors import AppError, ModelError, first_line
from ml_serving.server.app import App
from ml_serving.server.listener import Listener
from ml_serving.server.models import Models
from ml_serving.server.routes import Routes
from ml_serving.settings import kind, settings, without_effect

log = logging.getLogger(__name__)

# Since SIGTERM: until when answers are waited for, and what app.py does after them; until when app.py may end its
# own; and when the process ends in any case. SageMaker kills the container after 30 s.
ANSWERS_SECONDS, APP_SECONDS, EXIT_SECONDS = 25, 28, 29


def main() -> None:
    logs.configure()
    for warning in without_effect(kind):
        log.warning(warning)
    # A connection is an open file, and 1,024 is the limit in many places.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.exit(completed(runner.get_loop(), serve()))


def completed(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, int]) -> int:
    """Runs the event loop until the work is done, and returns what it gives.

    SystemExit and KeyboardInterrupt in any task stop a loop. Here they come from tasks that app.py has begun (signals
    are handled by the loop): those end, and the loop goes on.
    """
    task = loop.create_task(work)
    while not task.done():
        try:
            loop.run_until_complete(task)
        except (SystemExit, KeyboardInterrupt):
            log.exception("app.py would end the process: only its task ends")
    return task.result()


async def serve() -> int:
    """Serves until SIGTERM; returns the exit code."""
    loop = asyncio.get_running_loop()
    end: asyncio.Future[str] = loop.create_future()

    def stop(reason: str = "") -> None:
        if not end.done():
            end.set_result(reason)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    models = Models(stop)
    app = App()
    listener = Listener(Routes(models, app).handle)
    # In this order: the model takes longest, and the port answers 503 meanwhile.
    starting = asyncio.create_task(start(models, app, stop))
    try:
        await listener.listen()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else first_line(error)
        if error.errno == errno.EADDRINUSE:
            reason += "; another one: ./run_local.sh PORT, or SAGEMAKER_BIND_TO_PORT of a container"
        stop(f"cannot listen on port {settings.port}: {reason}")
    clock = asyncio.create_task(check_times(listener, models))
    reason = await end
    code, ended = (1 if reason else 0), loop.time()
    Thread(target=leave, args=(code,), daemon=True).start()
    if reason:
        # Nobody is left to answer what waits.
        models.close()
    else:
        log.info("stopping")
    await listener.stop(ended + ANSWERS_SECONDS)
    for task in (starting, clock):
        task.cancel()
    await app.stop(ended + ANSWERS_SECONDS, ended + APP_SECONDS)
    models.close()
    if reason:
        log.critical(reason)
    return code


def leave(code: int) -> None:
    """Ends the process when it is time: threads of app.py that are at work cannot be stopped."""
    time.sleep(EXIT_SECONDS)
    log.error("app.py does not end: it is left behind")
    os._exit(code)


async def start(models: Models, app: App, stop: Callable[[str], None]) -> None:
    started = monotonic()
    try:
        await asyncio.gather(models.start(), app.start())
    except (ModelError, AppError) as error:
        return stop(str(error))
    fields = {
        "version": __version__,
        "port": settings.port,
        "workers": settings.workers,
        "seconds": round(monotonic() - started, 3),
    }
    log.info("serving", extra={"fields": fields})


async def check_times(listener: Listener, models: Models) -> None:
    while True:
        await asyncio.sleep(1)
        listener.check_time(monotonic())
        models.check_time(monotonic())
