"""An app that speaks WSGI, such as Flask's: each request in a thread."""

import asyncio
import io
import logging
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any
from urllib.parse import unquote_to_bytes

from ml_serving.server.request import Request
from ml_serving.server.response import ClientGone, Response

log = logging.getLogger(__name__)

# Requests at once. One that streams, or whose client is slow, holds its thread until its end.
THREADS = 32
# Of those beyond, so many wait for a thread, and for so long: the others are refused.
MAX_WAITING, WAIT_SECONDS = 128, 10
# Between two warnings that requests are refused.
WARNING_SECONDS = 60

Environ = dict[str, Any]
ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Wsgi:
    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(THREADS, "app")
        self._free = asyncio.Semaphore(THREADS)
        self._waiting = 0
        # When it was last said that requests are refused, as the event loop's time.
        self._warned: float | None = None

    async def start(self) -> None:
        """WSGI knows no start and no end."""

    async def stop(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def answer(self, response: Response) -> None:
        """Raises what the app raises."""
        if self._waiting >= MAX_WAITING:
            return self._refuse(response, f"{self._waiting} requests wait already")
        self._waiting += 1
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            return self._refuse(response, f"none became free within {WAIT_SECONDS} s")
        finally:
            self._waiting -= 1
        loop = asyncio.get_running_loop()
        call = Call(response, loop)
        try:
            await loop.run_in_executor(self._threads, call.run, self._app)
        finally:
            self._free.release()

    def _refuse(self, response: Response, reason: str) -> None:
        response.fail(503, f"all {THREADS} threads of app.py are at work: {reason}")
        now = asyncio.get_running_loop().time()
        if self._warned is None or now > self._warned + WARNING_SECONDS:
            self._warned = now
            log.warning(
                "requests to app.py are refused: all %d threads are at work, and a stream, or a client that is slow, "
                "holds one until its end",
                THREADS,
            )


class Call:
    """One request, seen from its thread."""

    def __init__(self, response: Response, loop: asyncio.AbstractEventLoop) -> None:
        self._response = response
        self._loop = loop
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        # Whether the answer announces no length.
        self._streams = False

    def run(self, app: WsgiApp) -> None:
        if self._response.gone:
            return
        parts = app(environ_of(self._response.request), self._start)
        try:
            for part in parts:
                self._send(part)
            self._send(b"", more=False)
        finally:
            # Also where the client is gone: a generator ends at once.
            if close := getattr(parts, "close", None):
                close()

    def _start(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: ExceptionInfo | None = None,
    ) -> Callable[[bytes], None]:
        """WSGI's start_response. The head is sent with the first byte: until then, an error may replace it."""
        if exc_info and self._response.started:
            raise exc_info[1].with_traceback(exc_info[2])
        if self._status and not exc_info:
            raise RuntimeError("start_response was called already")
        self._status = int(status.split(" ", 1)[0])
        self._headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ]
        names = {name.lower() for name, _ in headers}
        self._streams = "content-length" not in names
        return self._send

    def _send(self, part: bytes, more: bool = True) -> None:
        """Waits while the client is behind. Raises ClientGone."""
        if self._response.gone or (self._streams and more and self._response.left):
            # Also for a part that is empty: a generator may wait for something, and ask so.
            raise ClientGone("the client is gone")
        if not part and more:
            return
        sending = self._send_there(part, more)
        try:
            sent = asyncio.run_coroutine_threadsafe(sending, self._loop)
        except RuntimeError:
            # The loop is closed: the server has ended, and nobody waits for this thread.
            sending.close()
            raise ClientGone("the server has ended") from None
        sent.result()

    async def _send_there(self, part: bytes, more: bool) -> None:
        if self._response.gone:
            raise ClientGone("the client is gone")
        if not self._response.started:
            self._response.start(self._status, self._headers)
        await self._response.send(part, more)


def environ_of(request: Request) -> Environ:
    """The request as PEP 3333 has it."""
    path, _, query = request.target.partition(b"?")
    server, client = request.sender.server, request.sender.client
    environ: Environ = {
        "REQUEST_METHOD": request.method.decode("ascii"),
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "SERVER_PROTOCOL": "HTTP/1.1" if request.chunked else "HTTP/1.0",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.header_lines():
        # One with an underscore would come in the name of another.
        if b"_" in name:
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        given = value.decode("latin-1")
        environ[key] = f"{environ[key]},{given}" if key in environ else given
    request.body = b""
    return environ
