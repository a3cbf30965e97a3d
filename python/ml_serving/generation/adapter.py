"""Models of transformers that continue texts: from requests to their answers, some token by token."""

import logging
import select
import socket
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import ModuleType

import orjson

from ml_serving import wire
from ml_serving.errors import RequestError
from ml_serving.generation.batch import Batches
from ml_serving.generation.content_types import check_accepted, decode
from ml_serving.generation.questions import Question, Reader
from ml_serving.generation.sequence import Sequence as Generated
from ml_serving.handler import GenerationHandler, checked, returned
from ml_serving.pretrained.loading import Pretrained, settle
from ml_serving.worker.adapter import Loaded

log = logging.getLogger(__name__)

# A request's number, and the request: see wire.Request.
Numbered = tuple[int, bytes, bytes | None, bytes | None, bytes | None]
# The number of a request; content type and next part of an answer that is sent in parts;
# at the end status, content type, body and how many texts were asked for.
Said = tuple[int, str, bytes, wire.Answer | None]

JSON, EVENTS = "application/json", "text/event-stream"


def loader(handler: ModuleType) -> Callable[[Path], Loaded]:
    """See Adapter in worker/adapter.py."""
    generation_handler = checked(handler, GenerationHandler)

    def load(model_dir: Path) -> Loaded:
        pretrained = returned(generation_handler.load(model_dir))

        def answer(server: socket.socket) -> None:
            work(server, Predictor(generation_handler, pretrained))

        return Loaded(answer)

    return load


def work(server: socket.socket, predictor: "Predictor") -> None:
    """Generates until the server is gone, and takes requests meanwhile.

    The server sends lists of numbered requests, and numbers of those to give up. It gets what each step brings, and
    even if that is nothing, as a sign of life.
    """
    server.sendall(wire.pack(["ready", predictor.at_once]))
    reader = wire.Reader()
    while True:
        while predictor.idle or readable(server):
            piece = server.recv(1 << 20)
            if not piece:
                return
            for message in reader.feed(piece):
                if isinstance(message, int):
                    predictor.give_up(message)
                else:
                    predictor.take(message)
        server.sendall(wire.pack(predictor.step()))


def readable(server: socket.socket) -> bool:
    return bool(select.select([server], [], [], 0)[0])


class Predictor:
    def __init__(self, handler: GenerationHandler, pretrained: Pretrained) -> None:
        model, tokenizer = pretrained.model, pretrained.tokenizer
        self.at_once = handler.AT_ONCE
        # Not before: threads and CUDA do not survive the fork of a worker.
        self._reader = Reader(settle(model), tokenizer, handler.MAX_NEW_TOKENS)
        self._batches = Batches(model)
        self._questions: dict[int, Question] = {}
        self._waiting: deque[tuple[int, Generated]] = deque()
        self._said: list[Said] = []

    @property
    def idle(self) -> bool:
        return not (self._questions or self._said)

    def take(self, requests: Sequence[Numbered]) -> None:
        for number, body, content_type, encoding, accept in requests:
            try:
                check_accepted(accept)
                document = decode(body, content_type, encoding)
                question = self._reader.read(document)
            except RequestError as error:
                self._fail(number, error.status, error.message)
            except Exception:
                log.exception("a request cannot be read")
                self._fail(number, 500, "the request cannot be read; see the log")
            else:
                self._questions[number] = question
                self._waiting.extend((number, one) for one in question.sequences)

    def give_up(self, number: int) -> None:
        if question := self._questions.pop(number, None):
            for sequence in question.sequences:
                sequence.ended = sequence.ended or "gone"

    def step(self) -> list[Said]:
        """A token more for each text that is generated, and what is to be sent for that."""
        self._guarded(self._batches.step)
        # One after the other: what is being generated waits while a prompt is read.
        while self._waiting and self._waiting[0][1].ended:
            self._waiting.popleft()
        if self._waiting and len(self._batches) < self.at_once:
            self._begin(*self._waiting.popleft())
        for number, question in list(self._questions.items()):
            self._report(number, question)
        said, self._said = self._said, []
        return said

    def _begin(self, number: int, sequence: Generated) -> None:
        try:
            batch = self._batches.read(sequence)
        except Exception:
            log.exception("the model failed to read a prompt")
            return self._failed([number])
        self._guarded(lambda: self._batches.join(batch))

    def _guarded(self, part: Callable[[], None]) -> None:
        """Where it fails, all that is being generated is lost."""
        try:
            part()
        except Exception:
            log.exception("the model failed")
            self._batches.clear()
            questions = self._questions.items()
            self._failed([number for number, one in questions if one.begun])

    def _failed(self, numbers: Iterable[int]) -> None:
        """Where memory was short, most likely."""
        for number in numbers:
            self.give_up(number)
            self._fail(number, 500, "the model failed; the container's log says why")

    def _report(self, number: int, question: Question) -> None:
        ended = all(sequence.ended for sequence in question.sequences)
        if ended:
            del self._questions[number]
        count = len(question.sequences)
        if question.stream:
            events = question.form.events(ended)
            answer = (200, EVENTS, b"", count) if ended else None
            if events:
                self._said.append((number, EVENTS, events, answer))
        elif ended:
            body = orjson.dumps(question.form.whole())
            self._said.append((number, JSON, b"", (200, JSON, body, count)))

    def _fail(self, number: int, status: int, message: str) -> None:
        body = orjson.dumps({"error": message})
        self._said.append((number, JSON, b"", (status, JSON, body, 0)))
