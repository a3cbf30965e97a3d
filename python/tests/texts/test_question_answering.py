"""Contexts that the model cannot take at once."""

from typing import Any

import pytest

from tests.texts.asked import ask, request
from tests.texts.models import sentences

pytestmark = pytest.mark.parametrize("task", ["question-answering"], indirect=True, scope="session")


def test_an_answer_is_found_in_any_piece_of_a_long_context(predicting: Any) -> None:
    context = " ".join(sentences(20, seed=3))
    [(status, answer)] = ask(predicting, request({"question": "bade?", "context": context}, {"top_k": 5}))
    assert status == 200, answer
    assert all(context[one["start"] : one["end"]] == one["answer"] for one in answer)
    assert max(one["end"] for one in answer) > 500
