"""From requests to their answers, some token by token."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import model_handler
import orjson
import torch
from errors import RequestError
from settings import settings
from worker.batch import Batches
from worker.content_types import check_accepted, decode
from worker.questions import Question, Reader
from worker.sequence import Sequence as Generated

log = logging.getLogger(__name__)

# The number of a request; content type and next part of an answer that is sent in parts;
# at the end status, content type, body and how many texts were asked for.
Said = tuple[int, str, bytes, tuple[int, str, bytes, int] | None]

JSON, EVENTS = "application/json", "text/event-stream"


def load(model_dir: Path) -> tuple[Any, Any]:
    """The model and its tokenizer: what a Predictor is made of."""
    return model_handler.load(model_dir)


class Predictor:
    def __init__(self, model: Any, tokenizer: Any) -> None:
        # Not before: threads and CUDA do not survive the fork of a worker.
        torch.set_num_threads(settings.threads)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._reader = Reader(model.to(device), tokenizer)
        self._batches = Batches(model)
        self._questions: dict[int, Question] = {}
        self._waiting: deque[tuple[int, Generated]] = deque()
        self._said: list[Said] = []

    @property
    def idle(self) -> bool:
        return not (self._questions or self._said)

    def take(self, requests: Sequence[tuple]) -> None:
        """A request is its number and body, Content-Type, Content-Encoding and Accept."""
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
        if self._waiting and len(self._batches) < model_handler.AT_ONCE:
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
