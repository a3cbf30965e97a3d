"""Your model: what it is asked, and what it answers. The file to edit.

ml_serving/handler.py says what the server asks of it.
"""

from pathlib import Path
from typing import Any

from ml_serving.documents import Json
from ml_serving.pretrained.loading import Pretrained, load_pretrained
from ml_serving.texts.batches import Encoded
from ml_serving.texts.checks import (
    YES_OR_NO,
    one_of,
    text,
    texts_named,
    whole_number_or_null,
)
from ml_serving.texts.pipelines import pipeline, postprocessed, preprocessed
from transformers import AutoModelForSequenceClassification, TextClassificationPipeline

# Which kind of model it is: one that answers after one pass over a text.
KIND = "texts"

PARAMETERS = {
    "top_k": whole_number_or_null(1),
    "function_to_apply": one_of("softmax", "sigmoid", "none"),
    "truncation": YES_OR_NO,
}
# What is looked at of what the model gives: one value for each label.
OUTPUTS = ("logits",)
PER_TOKEN = False
# As the pipeline has it: the one label of a single text comes in a list.
SINGLE_IN_LIST = True


def load(model_dir: Path) -> Pretrained:
    """Loads the model and its tokenizer, once, when the container starts."""
    return load_pretrained(AutoModelForSequenceClassification, model_dir)


def prepare(pretrained: Pretrained) -> TextClassificationPipeline:
    """What encode and answer work with. The model is where it will run."""
    return pipeline(TextClassificationPipeline, pretrained)


def encode(
    task: TextClassificationPipeline, given: Json, parameters: dict[str, Any]
) -> list[Encoded]:
    """The tokens of a text, or of {"text": …, "text_pair": …}."""
    checked = (
        texts_named(given, "text", "text_pair")
        if isinstance(given, dict)
        else text(given)
    )
    return [preprocessed(task, checked, truncation=parameters.get("truncation", False))]


def answer(
    task: TextClassificationPipeline,
    outputs: list[dict[str, Any]],
    parameters: dict[str, Any],
) -> dict[str, Any] | list[dict[str, Any]]:
    """The best label with its score, or a list of top_k, the best one first."""
    return postprocessed(task, outputs[0], parameters)
