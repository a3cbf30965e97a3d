"""app.py of a user who asks for all that FastAPI has. An event happens when `GET /release` says so."""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

from fastapi import BackgroundTasks, FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.types import Receive, Scope, Send

log = logging.getLogger(__name__)
CHUNK = b"x" * 65536


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, str]]:
    log.info("app starts")
    yield {"greeting": "hello"}
    log.info("app ends")


app = FastAPI(lifespan=lifespan)
events: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
# Which the event loop alone would not keep.
tasks: set[asyncio.Task[None]] = set()
produced = 0


@app.get("/release")
async def release(event: str) -> None:
    events[event].set()


@app.get("/greeting")
async def greeting(request: Request) -> str:
    return request.state.greeting


@app.get("/stream")
async def stream(until: str) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        await events[until].wait()
        yield b"last"

    return StreamingResponse(parts())


@app.get("/endless")
async def endless() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"more"
                await asyncio.sleep(0.01)
        finally:
            log.info("generator ends")

    return StreamingResponse(parts())


@app.get("/idle")
async def idle() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        try:
            yield b"first"
            await asyncio.sleep(3600)
        finally:
            log.info("idle generator ends")

    return StreamingResponse(parts())


@app.get("/whole")
async def whole(until: str) -> Response:
    log.info("whole is asked for")
    await events[until].wait()
    return Response("whole")


async def deaf(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200})
    try:
        while True:
            await send({"type": "http.response.body", "body": b"more", "more_body": True})
            await asyncio.sleep(0.01)
    except OSError as error:
        log.info("deaf stream ends: %s", type(error).__name__)
        raise


app.mount("/deaf", deaf)


async def careless(scope: Scope, _: Receive, send: Send) -> None:
    """Answers with the status, the headers and the body that the query names, in JSON."""
    status, headers, body = json.loads(unquote(scope["query_string"].decode()))
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body.encode()})


app.mount("/careless", careless)


@app.get("/asked")
async def asked(until: str, request: Request, background: BackgroundTasks) -> None:
    background.add_task(log.info, "a deserted task is done")
    log.info("a task is asked for")
    while not await request.is_disconnected():
        await asyncio.sleep(0.01)
    log.info("its client is gone")
    await events[until].wait()


@app.get("/large")
def large(chunks: int) -> StreamingResponse:
    def parts() -> Iterator[bytes]:
        global produced
        for _ in range(chunks):
            produced += 1
            yield CHUNK

    return StreamingResponse(parts())


@app.get("/produced")
async def get_produced() -> int:
    return produced


@app.get("/announced")
async def announced(length: int) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"four"

    return StreamingResponse(parts(), headers={"Content-Length": str(length)})


@app.get("/breaks")
async def breaks() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        raise RuntimeError("broken on purpose")

    return StreamingResponse(parts())


@app.get("/fails")
async def fails() -> None:
    raise RuntimeError("broken on purpose")


@app.get("/exits")
async def exits() -> None:
    raise SystemExit("broken on purpose")


@app.get("/interrupts")
async def interrupts() -> None:
    raise KeyboardInterrupt("broken on purpose")


@app.get("/exits-later")
async def exits_later() -> str:
    tasks.add(asyncio.create_task(exits()))
    return "answered"


@app.get("/exits-in-stream")
async def exits_in_stream() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        await exits()

    return StreamingResponse(parts())


async def passed_on(request: Request, answer: RequestResponseEndpoint) -> Response:
    return await answer(request)


# Behind such a middleware, routes run in tasks of their own.
behind = FastAPI()
behind.add_middleware(BaseHTTPMiddleware, passed_on)
behind.get("/exits")(exits)
behind.get("/interrupts")(interrupts)
app.mount("/behind", behind)


@app.get("/injects")
async def injects() -> Response:
    return Response(headers={"X": "a\r\nSet-Cookie: b=c"})


@app.get("/cookies")
async def cookies(response: Response) -> None:
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")


@app.get("/empty/{status}")
async def empty(status: int) -> Response:
    return Response(status_code=status)


@app.post("/echo")
async def echo(request: Request) -> Response:
    return Response(await request.body())


@app.api_route("/request/{rest:path}", methods=["GET", "HEAD"])
async def request_as_seen(request: Request) -> dict[str, Any]:
    scope = request.scope
    names = ("http_version", "method", "scheme", "path", "root_path", "client")
    return {
        **{name: scope[name] for name in names},
        "raw_path": scope["raw_path"].decode(),
        "query": scope["query_string"].decode(),
        "port": scope["server"][1],
        "headers": [[name.decode(), value.decode()] for name, value in scope["headers"]],
    }


@app.get("/background")
async def background(until: str, tasks: BackgroundTasks) -> str:
    async def task() -> None:
        await events[until].wait()
        log.info("background task is done")

    tasks.add_task(task)
    return "answered"


@app.get("/lasting")
async def lasting(tasks: BackgroundTasks) -> str:
    async def task() -> None:
        log.info("background task begins")
        await asyncio.sleep(1)
        log.info("background task is done")

    tasks.add_task(task)
    return "answered"


@app.get("/hangs")
async def hangs(tasks: BackgroundTasks) -> str:
    tasks.add_task(asyncio.Event().wait)
    return "answered"


@app.get("/watches")
async def watches(request: Request) -> None:
    await request.body()
    log.info("waiting")
    message = await request.receive()
    log.info("seen: %s", message["type"])
