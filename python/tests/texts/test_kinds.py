"""Whatever kind of model it is, and however it takes many texts at once: they do not touch each other."""

from pathlib import Path

import pytest
import torch

from ml_serving.texts.adapter import Predictor
from ml_serving.texts.batches import NEVER_PADDED
from ml_serving.texts.packing import LAYERS
from tests.texts.asked import (
    HANDLERS,
    PARAMETERS,
    TEXTS,
    as_inputs,
    ask,
    assert_alike,
    expected_of,
    predictor_of,
    request,
)
from tests.texts.models import save

# Those whose layers have positions or windows of their own, or where padding matters.
OTHERS = ["convbert", "deberta-v2", "fnet", "modernbert", "mpnet", "nystromformer", "rembert", "yoso"]


@pytest.mark.parametrize("kind", [*LAYERS, *OTHERS])
def test_many_texts_at_once_are_answered_as_each_alone(task: str, kind: str, tmp_path: Path) -> None:
    save(task, tmp_path, kind)
    predicting = predictor_of(task, HANDLERS[task].load(tmp_path))
    assert predicting.model.packed == (kind in LAYERS)
    assert predicting.model.can_pad == (kind not in NEVER_PADDED)
    assert_each_alone(task, predicting, tmp_path)


@pytest.mark.parametrize("kind", ["bert", "mpnet"])
def test_a_tokenizer_that_tells_no_padding_from_text_changes_no_answer(task: str, kind: str, tmp_path: Path) -> None:
    save(task, tmp_path, kind)
    pretrained = HANDLERS[task].load(tmp_path)
    pretrained.tokenizer.model_input_names = ["input_ids", "token_type_ids"]
    assert_each_alone(task, predictor_of(task, pretrained), tmp_path)


def assert_each_alone(task: str, predicting: Predictor, folder: Path) -> None:
    torch.set_num_threads(1)
    expected = expected_of(task, folder)
    inputs = as_inputs(task, TEXTS)
    answers = ask(predicting, *(request(one, PARAMETERS[task][0]) for one in inputs))
    for asked, (status, answer) in zip(inputs, answers, strict=True):
        assert status == 200, answer
        assert_alike(expected(asked, **PARAMETERS[task][0]), answer)
