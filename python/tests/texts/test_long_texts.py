"""Tasks that are about a text as a whole say when it does not fit."""

from typing import Any

import pytest

from tests.texts.asked import as_inputs, ask, request
from tests.texts.models import MOST_TOKENS

pytestmark = pytest.mark.parametrize(
    "task", ["text-classification", "feature-extraction", "fill-mask"], indirect=True, scope="session"
)


def test_too_long_a_text_is_refused_with_its_length_or_cut_where_asked(task: str, predicting: Any) -> None:
    [long] = as_inputs(task, ["figo " * 200])
    masked = f"[MASK] {long}" if task == "fill-mask" else long
    [(status, answer), (cut, _)] = ask(predicting, request(masked), request(masked, {"truncation": True}))
    assert status == 400
    assert f"more than the {MOST_TOKENS}" in answer["error"]
    assert cut == 200
