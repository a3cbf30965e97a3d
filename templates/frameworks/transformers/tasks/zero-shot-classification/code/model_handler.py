"""Your model: what it is asked, and what it answers. The file to edit.

ml_serving/handler.py says what the server asks of it.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

from ml_serving.documents import Json
from ml_serving.errors import ModelError, RequestError
from ml_serving.pretrained.loading import Pretrained, load_pretrained
from ml_serving.texts.batches import Encoded
from ml_serving.texts.checks import TEXTS, YES_OR_NO, Check, text
from ml_serving.texts.pipelines import pipeline, postprocessed
from transformers import (
    AutoModelForSequenceClassification,
    PreTrainedTokenizerBase,
    ZeroShotClassificationPipeline,
)

# Which kind of model it is: one that answers after one pass over a text.
KIND = "texts"

PARAMETERS: dict[str, Check] = {
    "candidate_labels": TEXTS,
    "multi_label": YES_OR_NO,
    "hypothesis_template": (
        "a text with {} where the label goes, and no other braces",
        lambda value: (
            isinstance(value, str)
            and re.fullmatch(r"[^{}]*\{\}[^{}]*", value) is not None
        ),
    ),
    "truncation": YES_OR_NO,
}
HYPOTHESIS = "This example is {}."
# What is looked at of what the model gives: whether a text implies another.
OUTPUTS = ("logits",)
PER_TOKEN = False
SINGLE_IN_LIST = False


def load(model_dir: Path) -> Pretrained:
    """Loads the model and its tokenizer, once, when the container starts."""
    pretrained = load_pretrained(AutoModelForSequenceClassification, model_dir)
    config = pretrained.model.config
    if config.label2id is None:
        names = config.id2label or {}
        config.label2id = {str(label): int(place) for place, label in names.items()}
    # As the pipeline finds it; without, it would take the last label for that.
    labels = [str(label) for label in config.label2id]
    if len(labels) < 2 or not any(
        label.lower().startswith("entail") for label in labels
    ):
        raise ModelError(
            f"the model's labels are {', '.join(labels)}, and one of several must be 'entailment', which says that a "
            "text implies another: write it into label2id and id2label of its config.json, or take a model that was "
            "trained for inference between texts (NLI)"
        )
    return pretrained


class Task(NamedTuple):
    pipeline: ZeroShotClassificationPipeline
    tokenizer: PreTrainedTokenizerBase


def prepare(pretrained: Pretrained) -> Task:
    """What encode and answer work with. The model is where it will run."""
    return Task(
        pipeline(ZeroShotClassificationPipeline, pretrained), pretrained.tokenizer
    )


def encode(task: Task, given: Json, parameters: dict[str, Any]) -> list[Encoded]:
    """The tokens of the text with each of the labels; where it is too long, its own end may be cut, never a label."""
    if "candidate_labels" not in parameters:
        raise RequestError(400, '"candidate_labels" is missing in "parameters"')
    sequence = text(given)
    if not sequence.strip():
        raise RequestError(400, "the text is empty")
    template = parameters.get("hypothesis_template", HYPOTHESIS)
    encoded: list[Encoded] = []
    for number, label in enumerate(parameters["candidate_labels"]):
        hypothesis = template.format(label)
        if parameters.get("truncation", False):
            leave_room(task.tokenizer, hypothesis, f"candidate_labels[{number}]")
            tokens = task.tokenizer(
                sequence, hypothesis, return_tensors="pt", truncation="only_first"
            )
        else:
            tokens = task.tokenizer(sequence, hypothesis, return_tensors="pt")
        encoded.append({"candidate_label": label, "sequence": sequence, **tokens})
    return encoded


def leave_room(tokenizer: PreTrainedTokenizerBase, hypothesis: str, name: str) -> None:
    own = tokenizer(hypothesis, add_special_tokens=False)["input_ids"]
    taken = len(own) + tokenizer.num_special_tokens_to_add(pair=True)
    if taken >= tokenizer.model_max_length:
        raise RequestError(
            400,
            f"{name} leaves no room for the text in {tokenizer.model_max_length} tokens",
        )


def answer(
    task: Task, outputs: list[dict[str, Any]], parameters: dict[str, Any]
) -> dict[str, Any]:
    """The text, the labels, and their scores, the best one first."""
    given = {key: parameters[key] for key in parameters if key == "multi_label"}
    return postprocessed(task.pipeline, outputs, given)
