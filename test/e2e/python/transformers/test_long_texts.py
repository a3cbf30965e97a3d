"""Tasks that are about a text as a whole say when it does not fit."""

from typing import Any

from asked import TASK, as_inputs, ask, request
from models import MOST_TOKENS


def test_too_long_a_text_is_refused_with_its_length_or_cut_where_asked(predicting: Any) -> None:
    [long] = as_inputs(["figo " * 200])
    masked = f"[MASK] {long}" if TASK == "fill-mask" else long
    [(status, answer), (cut, _)] = ask(predicting, request(masked), request(masked, {"truncation": True}))
    assert status == 400
    assert f"more than the {MOST_TOKENS}" in answer["error"]
    assert cut == 200
