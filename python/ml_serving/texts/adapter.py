"""Models of transformers that answer after one pass: from batches of request bodies to their answers."""

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any, NamedTuple

from ml_serving import wire
from ml_serving.errors import RequestError
from ml_serving.handler import TextsHandler, checked, returned
from ml_serving.pretrained.loading import Pretrained, settle
from ml_serving.texts.batches import BatchedModel, Encoded
from ml_serving.texts.checks import check_parameters
from ml_serving.texts.content_types import REQUEST_TYPES, RESPONSE_TYPES, Encode
from ml_serving.texts.decoders import KNOWN, Asked
from ml_serving.wire import Answer
from ml_serving.worker.adapter import Loaded, attempt, work_in_batches
from ml_serving.worker.negotiation import Negotiation
from ml_serving.worker.others import ignore
from ml_serving.worker.unpacking import unpacked

# What parameters do with texts of more tokens than the model takes.
TOO_LONG = {
    "truncation": '"truncation": true in "parameters" leaves out the end',
    "stride": '"stride" in "parameters" has it read in pieces that share so many tokens',
}


def loader(handler: ModuleType) -> Callable[[Path], Loaded]:
    """See Adapter in worker/adapter.py."""
    texts_handler = checked(handler, TextsHandler)
    # Once here, so that a setting that cannot be stops the start, and not each worker.
    Negotiation(REQUEST_TYPES, RESPONSE_TYPES)

    def load(model_dir: Path) -> Loaded:
        pretrained = returned(texts_handler.load(model_dir))

        def work(server: socket.socket) -> None:
            work_in_batches(server, Predictor(texts_handler, pretrained))

        return Loaded(work)

    return load


class Question(NamedTuple):
    """A request that has been read. place: which one of the batch it is.

    encoded: for each input of each of asked, what the model is to run on.
    """

    place: int
    asked: list[Asked]
    encoded: list[list[list[Encoded]]]
    content_type: str
    encode: Encode

    @property
    def flat(self) -> list[Encoded]:
        return [one for inputs in self.encoded for texts in inputs for one in texts]


class Predictor:
    def __init__(self, handler: TextsHandler, pretrained: Pretrained) -> None:
        self.pretrained = pretrained._replace(model=settle(pretrained.model))
        self.task = handler.prepare(self.pretrained)
        self.model = BatchedModel(self.pretrained, handler.OUTPUTS, handler.PER_TOKEN)
        self._handler = handler
        self._most_tokens = pretrained.most_tokens
        self._way_out = "".join(
            f"; {way}" for name, way in TOO_LONG.items() if name in handler.PARAMETERS
        )
        self._types = Negotiation(REQUEST_TYPES, RESPONSE_TYPES)

    def answer(self, batch: Sequence[wire.Request]) -> tuple[Sequence[Answer], float]:
        """Answers requests, and says how many seconds the model took for all."""
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
        decode, header, in_batch = self._types.decoder(content_type)
        accepted, encode = self._types.encoder(accept, in_batch)
        asked: list[Asked] = []
        encoded: list[list[list[Encoded]]] = []
        for one in decode(unpacked(body, encoding), header):
            asked.append(one)
            encoded.append(self._encoded(one))
        return Question(place, asked, encoded, accepted, encode)

    def _encoded(self, asked: Asked) -> list[list[Encoded]]:
        check_parameters(asked.parameters, self._handler.PARAMETERS)
        ignore(asked.others, KNOWN, self._handler.PARAMETERS)
        encoded: list[list[Encoded]] = []
        for number, given in enumerate(asked.inputs):
            try:
                texts = self._handler.encode(self.task, given, asked.parameters)
                encoded.append([self._fits(text) for text in texts])
            except RequestError as error:
                if asked.single:
                    raise
                where = f"inputs[{number}]: {error.message}"
                raise RequestError(error.status, where) from error
        return encoded

    def _fits(self, text: Encoded) -> Encoded:
        tokens = text["input_ids"].shape[1]
        if tokens > self._most_tokens:
            raise RequestError(
                400,
                f"{tokens} tokens are more than the {self._most_tokens} that the model takes{self._way_out}",
            )
        if not tokens:
            raise RequestError(400, "there is no token in the text")
        return text

    def _together(self, questions: list[Question]) -> list[list[dict[str, Any]]] | None:
        """The model's outputs for several in one go. None if that fails: whoever is to
        blame must not take the others along."""
        if len(questions) == 1:
            return None
        with suppress(Exception):
            outputs = iter(self.model.run([one for q in questions for one in q.flat]))
            return [list(islice(outputs, len(q.flat))) for q in questions]
        return None

    def _finish(
        self, question: Question, outputs: list[dict[str, Any]] | None
    ) -> Answer:
        remaining = iter(self.model.run(question.flat) if outputs is None else outputs)
        answers = [
            [
                self._handler.answer(
                    self.task, list(islice(remaining, len(texts))), asked.parameters
                )
                for texts in inputs
            ]
            for asked, inputs in zip(question.asked, question.encoded, strict=True)
        ]
        body = question.encode(question.asked, answers, self._handler.SINGLE_IN_LIST)
        rows = sum(len(asked.inputs) for asked in question.asked)
        return 200, question.content_type, body, rows
