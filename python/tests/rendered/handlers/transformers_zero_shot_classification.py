"""Your model: what it is asked, and what it answers. The file to edit.

ml_serving/handler.py says what the server asks of it.
"""

from pathlib import Path
from typing import Any

from ml_serving.documents import Json
from ml_serving.errors import RequestError
from ml_serving.pretrained.loading import Pretrained, load_pretrained
from ml_serving.texts.batches import Encoded
from ml_serving.texts.checks import TEXTS, YES_OR_NO, Check, text
from ml_serving.texts.pipelines import pipeline, postprocessed, preprocessed
from transformers import (
    AutoModelForSequenceClassification,
    ZeroShotClassificationPipeline,
)

# Which kind of model it is: one that answers after one pass over a text.
KIND = "texts"

PARAMETERS: dict[str, Check] = {
    "candidate_labels": TEXTS,
    "multi_label": YES_OR_NO,
    "hypothesis_template": (
        "a text with {} where the label goes",
        lambda value: isinstance(value, str) and value.count("{}") == 1,
    ),
}
# What is looked at of what the model gives: whether a text implies another.
OUTPUTS = ("logits",)
PER_TOKEN = False
SINGLE_IN_LIST = False


def load(model_dir: Path) -> Pretrained:
    """Loads the model and its tokenizer, once, when the container starts."""
    return load_pretrained(AutoModelForSequenceClassification, model_dir)


def prepare(pretrained: Pretrained) -> ZeroShotClassificationPipeline:
    """What encode and answer work with. The model is where it will run."""
    return pipeline(ZeroShotClassificationPipeline, pretrained)


def encode(
    task: ZeroShotClassificationPipeline, given: Json, parameters: dict[str, Any]
) -> list[Encoded]:
    """The tokens of the text with each of the labels; too long a text loses its end."""
    if "candidate_labels" not in parameters:
        raise RequestError(400, '"candidate_labels" is missing in "parameters"')
    if not text(given).strip():
        raise RequestError(400, "the text is empty")
    chosen = {key: parameters[key] for key in parameters if key != "multi_label"}
    return list(preprocessed(task, given, **chosen))


def answer(
    task: ZeroShotClassificationPipeline,
    outputs: list[dict[str, Any]],
    parameters: dict[str, Any],
) -> dict[str, Any]:
    """The text, the labels, and their scores, the best one first."""
    given = {key: parameters[key] for key in parameters if key == "multi_label"}
    return postprocessed(task, outputs, given)
