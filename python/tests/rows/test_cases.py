"""Models as people make them, held against what they say in Python of the frame or array that they were trained on."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from tests.rows.cases import ARRAYS, FRAMES, TEXTS, Case
from tests.rows.forms import FORMS, Table, can_carry, request, table
from tests.rows.further_cases import FURTHER
from tests.rows.judging import Worker, held, put_away, weigh
from tests.rows.own_steps import Deadlines
from tests.rows.right import Training

CASES = FRAMES | ARRAYS | FURTHER
ASKED = 10


def asked_of(case: Case) -> Table:
    """Some rows of a case, two of them with a value that is missing."""
    names, rows = table(case.data[:ASKED])
    for place in (3, 8):
        rows[place][place % len(rows[place])] = None
    return names, rows


class Served(NamedTuple):
    worker: Worker
    training: Training
    asked: Table


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=[pytest.mark.all] if name in FURTHER else []) for name in CASES]
)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    case = CASES[request.param]
    model = case.fit(case.data)
    folder = put_away(model, tmp_path_factory.mktemp("model"), dumps=case.pickled)
    is_frame = isinstance(case.data, pd.DataFrame)
    probabilities = hasattr(model, "predict_proba")
    training = Training(
        model,
        list(case.data.dtypes) if is_frame else None,
        None if is_frame else case.data.dtype,
        open=frozenset(list(case.data).index(name) for name in case.open),
        probabilities=probabilities,
    )
    with Worker(folder, probabilities=probabilities) as worker:
        yield Served(worker, training, asked_of(case))


def test_a_row_is_answered_as_in_python_in_every_form_alone_and_in_a_request_of_many(served: Served) -> None:
    worker, training, asked = served
    chance = random.Random(1)
    for form in FORMS:
        if not can_carry(form, asked):
            continue
        for place in range(ASKED):
            one = request(form, asked, [place], chance)
            weigh(one, worker.alone(one), training.right(asked, one))
        # A request is refused for any of its rows.
        kept = [place for place in range(ASKED) if None not in asked[1][place]]
        many = request(form, asked, kept, chance)
        assert weigh(many, worker.alone(many), training.right(asked, many)) == "right"


def test_neighbours_change_no_answer(served: Served) -> None:
    for seed in range(2):
        held(*served, random.Random(seed), Counter())


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize(
    ("content_type", "write"),
    [
        ("application/json", json.dumps),
        ("application/json", lambda texts: json.dumps({"instances": texts})),
        ("application/json", lambda texts: json.dumps({"inputs": texts})),
        ("application/jsonlines", lambda texts: "\n".join(map(json.dumps, texts))),
        ("text/plain", "\n".join),
        ("text/csv", "\n".join),
        ("text/csv", lambda texts: "\n".join(map(json.dumps, texts))),
    ],
    ids=["list", "instances", "inputs", "lines", "plain", "CSV", "CSV, quoted"],
)
def test_a_list_of_texts_is_what_a_vectorizer_gets(name: str, content_type: str, write: Any, tmp_path: Path) -> None:
    case = TEXTS[name]
    model = case.fit(case.data)
    texts = list(case.data[:8])
    with Worker(put_away(model, tmp_path)) as worker:
        right = model.predict(texts).tolist()
        assert worker.answer(write(texts), content_type).predictions == right
        for text, label in zip(texts, right, strict=True):
            assert worker.answer(write([text]), content_type).predictions == [label], text


def test_answers_may_be_dates(tmp_path: Path) -> None:
    x = np.arange(3.0).reshape(-1, 1)
    model = Deadlines().fit(x)
    with Worker(put_away(model, tmp_path)) as worker:
        given = worker.answer(json.dumps(x.tolist()), "application/json").predictions
    assert pd.to_datetime(given).tolist() == pd.to_datetime(model.predict(x)).tolist()
