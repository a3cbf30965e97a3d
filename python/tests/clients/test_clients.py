"""Real clients, and what comes of what they send: docs/requests.md has it in a table, which is held against this."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.clients.forms import FORMS, RefusedError, Server
from tests.clients.models import Asked, made
from tests.projects import put_together
from tests.serving import Served

DOCS = Path(__file__).parents[3] / "docs/requests.md"
MODELS = ("numbers", "named columns, some of text", "texts", "XGBoost")
RIGHT = "yes"


@pytest.fixture(scope="session")
def models() -> dict[str, Asked]:
    return made()


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def asked(model: str, models: dict[str, Asked]) -> Asked:
    return models[model]


@pytest.fixture(scope="module")
def server(asked: Asked, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("model")
    asked.save(folder)
    code = put_together(tmp_path_factory.mktemp("project"), "flask", asked.handler)
    served = Served(code, {"SM_MODEL_DIR": str(folder), "SERVER_WORKERS": "1"}).ready()
    yield Server(served.port)
    served.discard()


def cells() -> dict[tuple[str, str], list[str]]:
    """The table of docs/requests.md: by client and what it sends, what comes of it for each model."""
    rows = re.findall(r"^\| (.*) \|$", DOCS.read_text(), re.MULTILINE)
    split = [row.split(" | ") for row in rows]
    [heads] = [row for row in split if row[2:] == list(MODELS)]
    return {(row[0], row[1]): row[2:] for row in split if len(row) == len(heads) and row[0] not in (heads[0], "---")}


def test_the_table_has_each_form_once() -> None:
    assert list(cells()) == list(FORMS)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: " ".join(form))
def test_what_a_client_sends_is_answered_as_the_table_says(
    form: tuple[str, str], model: str, asked: Asked, server: Server
) -> None:
    expected = cells().get(form, [""] * len(MODELS))[MODELS.index(model)]
    server.sent = False
    try:
        predictions = FORMS[form](server, asked)
        np.testing.assert_allclose(np.asarray(predictions, float).reshape(-1), asked.expected, rtol=1e-6)
        seen = RIGHT
    except RefusedError as error:
        seen = str(error.status)
    except (TypeError, ValueError):
        # The client itself does not send such rows.
        assert not server.sent
        seen = "–"
    assert seen == expected
