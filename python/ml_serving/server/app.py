"""The web app in app.py, which answers every path that is not SageMaker's."""

import asyncio
import importlib
import logging
from types import ModuleType
from typing import cast

from ml_serving.errors import AppError, first_line
from ml_serving.server.asgi import Asgi
from ml_serving.server.request import Request
from ml_serving.server.response import ClientGone, Response
from ml_serving.server.wsgi import Wsgi

log = logging.getLogger(__name__)

# In which what is cancelled may still clean up.
CANCEL_SECONDS = 1


class App:
    """Imported, and started, while the port already answers."""

    def __init__(self) -> None:
        self.ready = False
        self._app: Asgi | Wsgi | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Raises AppError."""
        try:
            module = await asyncio.to_thread(importlib.import_module, "app")
        except (Exception, SystemExit) as error:
            log.exception("app.py cannot be imported")
            kind = type(error).__name__
            raise AppError(f"app.py: {kind}: {first_line(error)}") from error
        self._app = app_of(module)
        await self._app.start()
        self.ready = True

    async def stop(self, answered: float, ended: float) -> None:
        """Waits for what app.py still does after its answers, and has it end.

        answered, ended: when each must be over, as the event loop's time.
        """
        await self._finish(answered - asyncio.get_running_loop().time())
        for task in self._running:
            task.cancel()
        await self._finish(CANCEL_SECONDS)
        if self._app:
            try:
                async with asyncio.timeout_at(ended):
                    await self._app.stop()
            except TimeoutError:
                log.error("app.py does not end")

    def handle(self, request: Request) -> None:
        if not self._app or not self.ready:
            return request.refuse(503, "the server is starting")
        if request.headers.get(b"upgrade", b"").lower() == b"websocket":
            return request.refuse(501, "this server does not speak WebSocket")
        task = asyncio.create_task(self._answer(self._app, Response(request)))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _finish(self, seconds: float) -> None:
        """Waits so long at most for what is being done."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)

    async def _answer(self, app: Asgi | Wsgi, response: Response) -> None:
        refusal = (500, "app.py failed; the container's log says why")
        try:
            await app.answer(response)
            if not response.complete and not response.gone:
                log.error("app.py ended before its answer did")
        except asyncio.CancelledError:
            log.warning("app.py's work on a request is cut short: the server stops")
            refusal = (503, "the server is stopping")
        except (Exception, SystemExit) as error:
            if not is_of_leaving(error):
                log.exception("app.py failed")
        finally:
            response.fail(*refusal)


def app_of(module: ModuleType) -> Asgi | Wsgi:
    """Raises AppError."""
    if hasattr(module, "asgi_app"):
        return Asgi(module.asgi_app)
    if hasattr(module, "wsgi_app"):
        return Wsgi(module.wsgi_app)
    raise AppError("app.py has neither asgi_app (FastAPI) nor wsgi_app (Flask)")


def is_of_leaving(error: BaseException | None) -> bool:
    """Whether it was raised because the client is gone: frameworks wrap what they get."""
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        return all(map(is_of_leaving, group.exceptions))
    return error is not None and (
        isinstance(error, ClientGone)
        or is_of_leaving(error.__cause__ or error.__context__)
    )
