"""What the tests ask of a model of each task, and how answers are compared."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transformers

from ml_serving.handler import TextsHandler, checked
from ml_serving.pretrained.loading import Pretrained
from ml_serving.texts.adapter import Predictor
from tests.projects import handler_of
from tests.texts.best_spans import by_plain_means
from tests.texts.models import MOST_TOKENS, TASKS, auto_class, sentences

HANDLERS = {task: checked(handler_of(f"transformers_{task.replace('-', '_')}"), TextsHandler) for task in TASKS}
TEXTS = sentences(12)
LABELS = ["bade", "figo", "lumar"]


def predictor_of(task: str, loaded: Pretrained) -> Predictor:
    """A worker with a model of the task."""
    return Predictor(HANDLERS[task], loaded)


def as_inputs(task: str, texts: list[str]) -> list[Any]:
    if task == "fill-mask":
        return [f"{text} [MASK] ." for text in texts]
    if task == "question-answering":
        return [{"question": "bade figo?", "context": text} for text in texts]
    return texts


PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "text-classification": [{}, {"top_k": 2}, {"top_k": None}, {"function_to_apply": "sigmoid"}],
    "token-classification": [{"aggregation_strategy": name} for name in ("none", "simple", "first", "average", "max")],
    "feature-extraction": [{}],
    "fill-mask": [{}, {"top_k": 2}, {"targets": ["bade", "figo"]}, {"top_k": 10**6}],
    "question-answering": [{}, {"top_k": 3}, {"max_answer_len": 2}, {"handle_impossible_answer": True}],
    "zero-shot-classification": [
        {"candidate_labels": LABELS},
        {"candidate_labels": LABELS, "multi_label": True},
        {"candidate_labels": LABELS[:1], "hypothesis_template": "bade {} figo"},
    ],
}


def request(asked: Any, parameters: dict[str, Any] | None = None, content_type: bytes = b"application/json") -> tuple:
    document = {"inputs": asked, "parameters": parameters or {}}
    return json.dumps(document).encode(), content_type, None, None


def ask(predicting: Predictor, *requests: tuple) -> list[tuple[int, Any]]:
    answers, _ = predicting.answer(requests)
    return [(status, json.loads(body)) for status, _, body, _ in answers]


def expected_of(task: str, folder: Path) -> Callable[..., Any]:
    """What one input is answered, by the library alone."""
    if task == "question-answering":
        model = auto_class(task).from_pretrained(folder).eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        return lambda asked, **parameters: by_plain_means(model, tokenizer, asked, **parameters)
    pipe = transformers.pipeline(task, model=str(folder), device="cpu")
    pipe.tokenizer.model_max_length = MOST_TOKENS
    if task == "fill-mask":
        return lambda asked, top_k=5, **rest: pipe(asked, top_k=min(top_k, len(pipe.tokenizer)), **rest)
    return pipe


def assert_alike(one: Any, other: Any) -> None:
    """Scores within 1e-5, all else equal."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_alike(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for pair in zip(one, other, strict=True):
            assert_alike(*pair)
    elif isinstance(one, float | np.floating):
        assert other == pytest.approx(float(one), abs=1e-5)
    else:
        assert one == other
