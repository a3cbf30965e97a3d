"""From batches of request bodies to their answers."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import model_handler
import orjson
from errors import RequestError
from worker.batches import BatchedModel, Encoded
from worker.checks import check_parameters
from worker.content_types import Encoder, choose_decoder, choose_encoder
from worker.decoders import Asked
from worker.pretrained import Pretrained, settle
from worker.unpacking import unpacked

log = logging.getLogger(__name__)

# Status, content type, body, and how many inputs there were.
Answer = tuple[int, str, bytes, int]


def load(model_dir: Path) -> Pretrained:
    """What a Predictor is made of."""
    return model_handler.load(model_dir)


class Question(NamedTuple):
    """A request that has been read. place: which one of the batch it is.

    encoded: for each input of each of asked, what the model is to run on.
    """

    place: int
    asked: list[Asked]
    encoded: list[list[list[Encoded]]]
    content_type: str
    encode: Encoder

    @property
    def flat(self) -> list[Encoded]:
        return [one for inputs in self.encoded for texts in inputs for one in texts]


class Predictor:
    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.pretrained = Pretrained(settle(model), tokenizer)
        self.task = model_handler.prepare(self.pretrained)
        outputs, per_token = model_handler.OUTPUTS, model_handler.PER_TOKEN
        self.model = BatchedModel(self.pretrained, outputs, per_token)

    def answer(self, batch: Sequence[tuple]) -> tuple[list[Answer], float]:
        """Answers requests, and says how many seconds the model took for all.

        A request is its body, and its Content-Type, Content-Encoding and Accept.
        """
        answers: list[Any] = [
            attempt(self._read, place, *request) for place, request in enumerate(batch)
        ]
        questions = [one for one in answers if isinstance(one, Question)]
        started = perf_counter()
        together = self._together(questions) or [None] * len(questions)
        for question, outputs in zip(questions, together, strict=True):
            answers[question.place] = attempt(self._finish, question, outputs)
        return answers, perf_counter() - started

    def _read(
        self,
        place: int,
        body: bytes,
        content_type: bytes | None,
        encoding: bytes | None,
        accept: bytes | None,
    ) -> Question:
        decode, header, in_batch = choose_decoder(content_type)
        accepted, encode = choose_encoder(accept, in_batch)
        asked = decode(unpacked(body, encoding), header)
        encoded = [self._encoded(one) for one in asked]
        return Question(place, asked, encoded, accepted, encode)

    def _encoded(self, asked: Asked) -> list[list[Encoded]]:
        check_parameters(asked.parameters, model_handler.PARAMETERS)
        encoded = []
        for number, given in enumerate(asked.inputs):
            try:
                texts = model_handler.encode(self.task, given, asked.parameters)
                encoded.append([self._fits(text) for text in texts])
            except RequestError as error:
                if asked.single:
                    raise
                where = f"inputs[{number}]: {error.message}"
                raise RequestError(error.status, where) from error
        return encoded

    def _fits(self, text: Encoded) -> Encoded:
        tokens = text["input_ids"].shape[1]
        most = self.pretrained.tokenizer.model_max_length
        if tokens > most:
            raise RequestError(
                400,
                f"{tokens} tokens are more than the {most} that the model takes; "
                '"truncation": true in "parameters" leaves out the end',
            )
        if not tokens:
            raise RequestError(400, "there is no token in the text")
        return text

    def _together(self, questions: list[Question]) -> list[list[dict]] | None:
        """The model's outputs for several in one go. None if that fails: whoever is to
        blame must not take the others along."""
        if len(questions) == 1:
            return None
        with suppress(Exception):
            outputs = iter(self.model.run([one for q in questions for one in q.flat]))
            return [list(islice(outputs, len(q.flat))) for q in questions]
        return None

    def _finish(self, question: Question, outputs: list[dict] | None) -> Answer:
        remaining = iter(self.model.run(question.flat) if outputs is None else outputs)
        answers = [
            [
                model_handler.answer(
                    self.task, list(islice(remaining, len(texts))), asked.parameters
                )
                for texts in inputs
            ]
            for asked, inputs in zip(question.asked, question.encoded, strict=True)
        ]
        body = question.encode(question.asked, answers)
        rows = sum(len(asked.inputs) for asked in question.asked)
        return 200, question.content_type, body, rows


def attempt(part: Callable[..., Any], *arguments: Any) -> Any:
    """What part of the work gives, or the answer that says why it failed."""
    try:
        return part(*arguments)
    except RequestError as error:
        status, message = error.status, error.message
    except Exception:
        log.exception("the model failed")
        status, message = 500, "the model failed; the container's log says why"
    return status, "application/json", orjson.dumps({"error": message}), 0
