"""Whatever kind of model it is, and however it takes many texts at once: they do not touch each other."""

from pathlib import Path

import pytest
import torch
from asked import PARAMETERS, TASK, TEXTS, as_inputs, ask, assert_alike, expected_of, request
from models import save
from worker.batches import NEVER_PADDED
from worker.packing import LAYERS
from worker.predictor import Predictor, load

# Those whose layers have positions or windows of their own, or where padding matters.
OTHERS = ["convbert", "deberta-v2", "fnet", "modernbert", "mpnet", "nystromformer", "rembert", "yoso"]


@pytest.mark.parametrize("kind", [*LAYERS, *OTHERS])
def test_many_texts_at_once_are_answered_as_each_alone(kind: str, tmp_path: Path) -> None:
    save(TASK, tmp_path, kind)
    predicting = Predictor(*load(tmp_path))
    assert predicting.model.packed == (kind in LAYERS)
    assert predicting.model.can_pad == (kind not in NEVER_PADDED)
    assert_each_alone(predicting, tmp_path)


@pytest.mark.parametrize("kind", ["bert", "mpnet"])
def test_a_tokenizer_that_tells_no_padding_from_text_changes_no_answer(kind: str, tmp_path: Path) -> None:
    save(TASK, tmp_path, kind)
    model, tokenizer = load(tmp_path)
    tokenizer.model_input_names = ["input_ids", "token_type_ids"]
    assert_each_alone(Predictor(model, tokenizer), tmp_path)


def assert_each_alone(predicting: Predictor, folder: Path) -> None:
    torch.set_num_threads(1)
    expected = expected_of(folder)
    inputs = as_inputs(TEXTS)
    answers = ask(predicting, *(request(one, PARAMETERS[0]) for one in inputs))
    for asked, (status, answer) in zip(inputs, answers, strict=True):
        assert status == 200, answer
        assert_alike(expected(asked, **PARAMETERS[0]), answer)
