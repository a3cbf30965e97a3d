"""Many connections that ask all the time, in one thread; each answer is held against its own right one."""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple


class Question(NamedTuple):
    """A request, and the body of its answer."""

    request: bytes
    expected: bytes


class Asker(asyncio.Protocol):
    """A connection that sends the next request once the last one is answered."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.answered = 0
        self.waiting = False
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        question = next(self.load.questions, None)
        if question is None or self.load.ending:
            self.transport.close()
            return
        self.question, self.waiting = question, True
        self.transport.write(question.request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._buffer, self.waiting = b"", False
        self.answered += 1
        if not head.startswith(b"HTTP/1.1 200 ") or body != self.question.expected:
            self.load.wrong.append((self.question, head, body))
        if b"Connection: close" in head:
            self.load.announced += 1
            self.transport.close()
        else:
            self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        if self.waiting:
            self.load.wrong.append((self.question, b"no answer", str(error).encode()))
        self.load.open -= 1
        if not self.load.open:
            self.load.over.set()


class Load:
    """announced: how many connections the server said it would close."""

    def __init__(self, questions: Iterator[Question]) -> None:
        self.questions = questions
        self.wrong: list[tuple[Question, bytes, bytes]] = []
        self.askers: list[Asker] = []
        self.ending = False
        self.announced = 0
        self.open = 0
        self.over = asyncio.Event()

    @property
    def answered(self) -> int:
        return sum(asker.answered for asker in self.askers)

    async def start(self, port: int, connections: int) -> None:
        loop = asyncio.get_running_loop()
        self.open = connections
        for _ in range(connections):
            _, asker = await loop.create_connection(lambda: Asker(self), "127.0.0.1", port)
            self.askers.append(asker)
