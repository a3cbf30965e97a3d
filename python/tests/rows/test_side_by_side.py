"""Over real connections: what many clients ask at once, some of them to do harm, is answered as to each of them alone."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.projects import put_together
from tests.rows.cases import FRAMES
from tests.rows.forms import FORMS, Request, harm
from tests.rows.forms import request as request_of
from tests.rows.judging import Answer, put_away, weigh
from tests.rows.right import Training
from tests.rows.test_cases import asked_of
from tests.serving import Served

NAMES = [
    "a whole number read as text, with an imputer beside it",
    pytest.param("text behind an imputer", marks=pytest.mark.all),
    pytest.param("levels that trees take", marks=pytest.mark.all),
]


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return put_together(tmp_path_factory.mktemp("code"), "flask", "sklearn_pkl")


@pytest.fixture(params=NAMES)
def served(request: pytest.FixtureRequest, code: Path, tmp_path: Path) -> Iterator[tuple[str, Training, Served]]:
    case = FRAMES[request.param]
    model = case.fit(case.data)
    # A single worker, so that those who ask meanwhile are predicted together.
    env = {"SM_MODEL_DIR": str(put_away(model, tmp_path)), "SERVER_WORKERS": "1", "SERVER_PROBABILITIES": "true"}
    # What the user's own steps are in.
    server = Served(code, env | {"PYTHONPATH": str(Path(__file__).parents[2])})
    training = Training(
        model,
        list(case.data.dtypes),
        open=frozenset(list(case.data).index(name) for name in case.open),
        probabilities=True,
    )
    yield request.param, training, server.ready()
    server.discard()


def test_what_many_ask_at_once_is_answered_as_to_each_alone(served: tuple[str, Training, Served]) -> None:
    name, training, server = served
    asked, chance = asked_of(FRAMES[name]), random.Random(3)
    requests = [
        request_of(
            chance.choice(list(FORMS)), asked, chance.sample(range(len(asked[1])), chance.choice([1, 1, 3])), chance
        )
        if chance.random() < 0.6
        else harm(asked, chance)
        for _ in range(240)
    ]

    def ask(one: Request) -> Answer:
        answer = server.invoke(one.body, **{"Content-Type": one.content_type})
        return Answer(answer.status, "", answer.body, 0)

    with ThreadPoolExecutor(12) as clients:
        together = list(clients.map(ask, requests))
    assert server.metric("server_batch_requests_count") < len(requests), "none were predicted together"
    for one, answer in zip(requests, together, strict=True):
        assert answer.status in (200, 400), (one, answer)
        if one.rows:
            weigh(one, answer, training.right(asked, one))
