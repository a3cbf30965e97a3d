"""The web app in app.py, which answers every path that is not SageMaker's."""

import asyncio
import importlib
import inspect
import logging
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any, cast

from ml_serving.errors import AppError, first_line
from ml_serving.server.asgi import Asgi
from ml_serving.server.request import Request
from ml_serving.server.response import ClientGone, Response
from ml_serving.server.wsgi import Wsgi

log = logging.getLogger(__name__)

# From an OpenAPI document to one that says more.
Beside = Callable[[dict[str, Any]], dict[str, Any]]

# In which what is cancelled may still clean up.
CANCEL_SECONDS = 1
# Under which servers of other versions took what they were to run.
FORMER_NAMES = ("asgi_app", "wsgi_app")


class App:
    """Imported, and started, while the port already answers."""

    def __init__(self) -> None:
        self.ready = False
        self._app: Asgi | Wsgi | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._paths: frozenset[str] = frozenset()
        self._beside: Beside | None = None

    def describe(self, beside: "Beside") -> None:
        """Has an app that describes itself in OpenAPI say this beside it: beside takes its document, and returns the whole."""
        self._beside = beside

    def has(self, path: str) -> bool:
        """Whether it names this path, of those that are ours as long as it does not."""
        return path in self._paths

    async def start(self) -> None:
        """Raises AppError."""
        try:
            module = await asyncio.to_thread(importlib.import_module, "app")
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            log.exception("app.py cannot be imported")
            reason = f"{type(error).__name__}: {first_line(error)}{advice(error)}"
            raise AppError(f"app.py: {reason}") from error
        self._app = served_as(module)
        self._paths = frozenset(paths_of(module.app))
        if self._beside:
            describe(module.app, self._beside)
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
            if response.left:
                response.cut()
            elif not response.complete:
                log.error("app.py ended before its answer did")
        except asyncio.CancelledError:
            log.warning("app.py's work on a request is cut short: the server stops")
            refusal = (503, "the server is stopping")
        except BaseException as error:
            # Also SystemExit and the like: app.py is not alone in this process.
            if is_of_leaving(error):
                response.cut()
            else:
                log.exception("app.py failed")
        finally:
            response.fail(*refusal)


def paths_of(app: Any) -> Iterator[str]:
    """Of an app of Starlette or Flask: the paths that it names as a whole."""
    rules: Iterable[Any] = getattr(getattr(app, "url_map", None), "iter_rules", list)()
    for one in (*rules, *getattr(app, "routes", ())):
        yield str(getattr(one, "rule", getattr(one, "path", "")))


def describe(app: Any, beside: Beside) -> None:
    """FastAPI's way to have another document: https://fastapi.tiangolo.com/how-to/extending-openapi/"""
    own = getattr(app, "openapi", None)
    if callable(own) and hasattr(app, "openapi_url"):
        app.openapi = lambda: beside(cast("dict[str, Any]", own()))


def served_as(module: ModuleType) -> Asgi | Wsgi:
    """What the module calls app, by what it is. Raises AppError."""
    app = getattr(module, "app", None)
    for name in FORMER_NAMES:
        # Middleware, maybe: what it guards must not be served without it.
        if getattr(module, name, app) is not app:
            raise AppError(
                f"app.py: {name} is not read: what the server is to run must be called app, and {name} be gone"
            )
    if app is None:
        raise AppError(
            "app.py has no app, such as app = FastAPI() or app = Flask(__name__)"
        )
    if takes(app, 2) and not is_async(app):
        return Wsgi(app)
    if takes(app, 3):
        return Asgi(app)
    raise AppError(
        f"app.py: app is of type {type(app).__name__}, and neither speaks ASGI, as FastAPI() does, nor WSGI, "
        "as Flask(__name__) does"
    )


def takes(app: object, count: int) -> bool:
    """Whether it can be called with so many arguments: environ and start_response are WSGI's, scope, receive and
    send ASGI's."""
    try:
        inspect.signature(cast(Callable[..., Any], app)).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True


def is_async(app: object) -> bool:
    return any(map(inspect.iscoroutinefunction, (app, type(app).__call__)))


def advice(error: BaseException) -> str:
    """What to do about an app.py that cannot be imported, where we know."""
    if isinstance(error, ModuleNotFoundError) and error.name == "asgiref":
        return "; the server runs a Flask app as it is: delete what app.py does with asgiref, and asgi_app"
    return ""


def is_of_leaving(error: BaseException | None) -> bool:
    """Whether it says that the client is gone, which others may pass on as the cause of an error of theirs. What only
    failed while that was being handled is an error like any other."""
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        return all(map(is_of_leaving, group.exceptions))
    return isinstance(error, ClientGone) or (
        error is not None and is_of_leaving(error.__cause__)
    )
