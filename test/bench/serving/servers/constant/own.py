"""The HTTP of a generated project, its code/ on the path, that answers a constant: no model, no workers."""

import asyncio

import uvloop
from ml_serving.server.listener import Listener
from ml_serving.server.request import Request


def answer(request: Request) -> None:
    request.answer(200, b'{"predictions":[1]}', "application/json")


async def main() -> None:
    await Listener(answer).listen()
    await asyncio.Event().wait()


uvloop.run(main())
