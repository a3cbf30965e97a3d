"""Scores of pairs are those of sentence-transformers' own CrossEncoder."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import CrossEncoder
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

from ml_serving.errors import ModelError
from tests.texts.asked import HANDLERS, ask, predictor_of, request
from tests.texts.chains import write
from tests.texts.models import MOST_TOKENS, save, sentences

TASK = "text-classification"
# One has an empty text. The last one is longer than the model takes.
PAIRS = [
    ("neti", ""),
    *zip(sentences(12), sentences(12, seed=1), strict=True),
    ("bade", " ".join(sentences(6, 40, seed=2))),
]
IDENTITY = "torch.nn.modules.linear.Identity"


def classifier(folder: Path, labels: int, **config: Any) -> None:
    save(TASK, folder)
    changed = AutoConfig.from_pretrained(folder)
    changed.num_labels = labels
    for key, value in config.items():
        setattr(changed, key, value)
    torch.manual_seed(5)
    AutoModelForSequenceClassification.from_config(changed).eval().save_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.model_max_length = MOST_TOKENS
    tokenizer.save_pretrained(folder)


def as_a_whole(folder: Path, **options: Any) -> None:
    """As version 6 of the library writes it, with modules.json."""
    classifier(folder / "unused", 1)
    CrossEncoder(str(folder / "unused"), device="cpu", **options).save(str(folder))


KINDS: dict[str, Callable[[Path], None]] = {
    "Identity by config.json": lambda folder: classifier(folder, 1, sentence_transformers={"activation_fn": IDENTITY}),
    "Identity by an older config.json": lambda folder: classifier(
        folder, 1, sbert_ce_default_activation_function=IDENTITY
    ),
    "sigmoid of one label": lambda folder: classifier(folder, 1, sentence_transformers={"version": "4.1.0"}),
    "three labels as they are": lambda folder: classifier(folder, 3, sentence_transformers={"version": "4.1.0"}),
    "as a whole": lambda folder: as_a_whole(folder, activation_fn=torch.nn.Tanh()),
    "as a whole, with a prompt": lambda folder: as_a_whole(folder, prompts={"q": "figo "}, default_prompt_name="q"),
}


def asked(pair: tuple[str, str]) -> dict[str, str]:
    return {"text": pair[0], "text_pair": pair[1]}


@pytest.mark.parametrize(
    "name", [name if number == 0 else pytest.param(name, marks=pytest.mark.all) for number, name in enumerate(KINDS)]
)
def test_scores_are_those_of_predict(name: str, tmp_path: Path) -> None:
    KINDS[name](tmp_path)
    predicting = predictor_of(TASK, HANDLERS[TASK].load(tmp_path))
    torch.set_num_threads(1)
    model = CrossEncoder(str(tmp_path), device="cpu", local_files_only=True)
    expected = model.predict(PAIRS).reshape(len(PAIRS), -1)
    answers = ask(predicting, *(request(asked(pair), {"top_k": None}) for pair in PAIRS))
    assert [status for status, _ in answers] == [200] * len(PAIRS), answers
    for row, (_, answer) in zip(expected, answers, strict=True):
        scores = {one["label"]: one["score"] for one in answer}
        assert [scores[label] for label in model.config.id2label.values()] == pytest.approx(list(row), abs=1e-5)


def test_a_request_may_ask_for_another_function_and_for_whole_texts(tmp_path: Path) -> None:
    KINDS["Identity by config.json"](tmp_path)
    predicting = predictor_of(TASK, HANDLERS[TASK].load(tmp_path))
    sigmoid = request(asked(PAIRS[0]), {"function_to_apply": "sigmoid"})
    answers = ask(predicting, request(asked(PAIRS[0])), sigmoid, request(asked(PAIRS[-1]), {"truncation": False}))
    (_, [plain]), (_, [squeezed]), (status, refused) = answers
    assert squeezed["score"] == pytest.approx(torch.tensor(plain["score"]).sigmoid().item(), abs=1e-6)
    assert (status, "more than the" in refused["error"]) == (400, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sentence_transformers": {"activation_fn": "mine.Own"}}, "activation function mine.Own is none of torch.nn"),
        ({"sbert_ce_default_activation_function": "torch.save"}, "torch.save is none of torch.nn"),
    ],
)
def test_a_function_of_the_models_own_is_refused_at_start(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    classifier(tmp_path, 1, **change)
    with pytest.raises(ModelError, match=said):
        HANDLERS[TASK].load(tmp_path)


def test_one_that_scores_by_the_next_token_is_refused_at_start(tmp_path: Path) -> None:
    KINDS["as a whole"](tmp_path)
    modules = json.loads((tmp_path / "modules.json").read_text())
    score = {"idx": 1, "name": "1", "path": "1_Dense", "type": "sentence_transformers.models.Dense"}
    write(tmp_path / "modules.json", [*modules, score])
    with pytest.raises(ModelError, match="Transformer, Dense: of CrossEncoders, those are served that are one"):
        HANDLERS[TASK].load(tmp_path)
