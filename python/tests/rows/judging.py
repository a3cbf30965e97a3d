"""Holds what a worker answers against what a model says of a data frame in Python.

The worker is the whole of it: what loads a model's folder, and works at what comes over its socket.
"""

import dataclasses
import json
import pickle
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from threadpoolctl import threadpool_limits

from ml_serving import wire
from ml_serving.rows import adapter
from tests.projects import handler_of
from tests.rows.forms import FORMS, Request, Table, can_carry, harm, request
from tests.rows.right import Right, Training, alike


class Answer(NamedTuple):
    status: int
    content_type: str
    body: bytes
    rows: int

    @property
    def predictions(self) -> list[Any]:
        assert self.status == 200, self
        document = json.loads(self.body)
        if "outputs" not in document:
            return document["predictions"]
        # As KServe's clients get it.
        (output,) = document["outputs"]
        return np.array(output["data"], dtype=object).reshape(output["shape"]).tolist()

    @property
    def error(self) -> str:
        return json.loads(self.body)["error"]


class Worker:
    """With the model of a folder. handler: the name of one in tests/rendered."""

    def __init__(self, folder: Path, handler: str = "sklearn_pkl", probabilities: bool = False) -> None:
        module = handler_of(handler)
        module.settings = dataclasses.replace(module.settings, probabilities=probabilities)  # type: ignore[attr-defined]
        work = adapter.loader(module)(folder).work
        self._socket, theirs = socket.socketpair()
        threading.Thread(target=work, args=[theirs], daemon=True).start()
        self._answers = self._socket.makefile("rb")
        assert wire.read(self._answers)[0] == "ready"
        # Of what is asked here, all is small: threads only wait for each other, where other tests run beside.
        threadpool_limits(1)

    def answers(self, batch: Sequence[Request]) -> list[Answer]:
        """To requests that a worker gets together."""
        self._socket.sendall(wire.pack([(one.body, one.content_type.encode(), None, None) for one in batch]))
        answers, _ = wire.read(self._answers)
        return [Answer(*answer) for answer in answers]

    def alone(self, request: Request) -> Answer:
        return self.answers([request])[0]

    def answer(self, body: str, content_type: str) -> Answer:
        return self.alone(Request(body.encode(), content_type))

    def close(self) -> None:
        self._answers.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def put_away(
    model: Any, folder: Path, schema: dict[str, Any] | None = None, dumps: Callable[[Any], bytes] | None = None
) -> Path:
    """The model's folder, as it is trained elsewhere and served."""
    (folder / "model.pkl").write_bytes((dumps or pickle.dumps)(model))
    if schema:
        (folder / "input_schema.json").write_text(json.dumps(schema))
    return folder


def held(worker: Worker, training: Training, asked_of: Table, chance: random.Random, counted: Counter[str]) -> None:
    """Asks for all rows, in requests of any form and length; of many at once, among others that do harm, and alone."""
    forms = [form for form in FORMS if can_carry(form, asked_of)]
    places = chance.sample(range(len(asked_of[1])), len(asked_of[1]))
    asked: list[tuple[Request, str]] = []
    while places:
        form = chance.choice(forms)
        size = chance.choice([1, 1, 2, 5])
        asked.append((request(form, asked_of, places[:size], chance), form))
        places = places[size:]
    while asked:
        batch, asked = asked[:9], asked[9:]
        batch += [(harm(asked_of, chance), "") for _ in range(chance.randint(0, 4))]
        chance.shuffle(batch)
        together = worker.answers([one for one, _ in batch])
        for (one, form), answer in zip(batch, together, strict=True):
            alone = worker.alone(one)
            assert same(answer, alone), (one, "beside others", answer, "alone", alone)
            assert answer.status in (200, 400), (one, answer)
            if form:
                rights = training.right(asked_of, one)
                kind = weigh(one, answer, rights)
                counted[kind] += len(one.rows)
                counted[f"{kind}, by itself"] += sum(bool(right.refused) for right in rights)


def same(one: Answer, other: Answer) -> bool:
    if one.status != 200 or other.status != 200:
        return (one.status, one.body) == (other.status, other.body)
    return alike(one.predictions, other.predictions)


def weigh(one: Request, answer: Answer, rights: list[Right]) -> str:
    """Says whether it was right or refused."""
    if answer.status == 400:
        assert any(right.refused for right in rights), (one, answer, "right:", [right.answers for right in rights])
        return "refused"
    assert len(answer.predictions) == len(rights), (one, answer)
    for place, predicted, right in zip(one.rows, answer.predictions, rights, strict=True):
        assert right.holds(predicted), (one, "row", place, "got", predicted, "right:", right)
    return "right"
