"""Your model: what it is asked, and what it answers. The file to edit.

ml_serving/handler.py says what the server asks of it.
"""

from pathlib import Path
from typing import Any

from ml_serving.documents import Json
from ml_serving.pretrained.loading import Pretrained, load_pretrained
from ml_serving.texts.batches import Encoded
from ml_serving.texts.checks import TEXTS, one_of, text
from ml_serving.texts.pipelines import pipeline, postprocessed, preprocessed
from transformers import AutoModelForTokenClassification, TokenClassificationPipeline

# Which kind of model it is: one that answers after one pass over a text.
KIND = "texts"

PARAMETERS = {
    "aggregation_strategy": one_of("none", "simple", "first", "average", "max"),
    "ignore_labels": TEXTS,
}
# What is looked at of what the model gives: a value for each label of each token.
OUTPUTS = ("logits",)
PER_TOKEN = True
SINGLE_IN_LIST = False


def load(model_dir: Path) -> Pretrained:
    """Loads the model and its tokenizer, once, when the container starts."""
    return load_pretrained(AutoModelForTokenClassification, model_dir)


def prepare(pretrained: Pretrained) -> TokenClassificationPipeline:
    """What encode and answer work with. The model is where it will run."""
    return pipeline(TokenClassificationPipeline, pretrained)


def encode(
    task: TokenClassificationPipeline, given: Json, parameters: dict[str, Any]
) -> list[Encoded]:
    """The tokens of a text; what is longer than the model takes is left out."""
    return list(preprocessed(task, text(given), is_split_into_words=False))


def answer(
    task: TokenClassificationPipeline,
    outputs: list[dict[str, Any]],
    parameters: dict[str, Any],
) -> list[dict[str, Any]]:
    """The entities in the text, or its tokens one by one, with where they are."""
    return postprocessed(task, outputs, parameters)
