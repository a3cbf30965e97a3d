"""Your model: what it is asked, and what it answers. The file to edit.

ml_serving/handler.py says what the server asks of it.
"""

from pathlib import Path
from typing import Any, NamedTuple

from ml_serving.documents import Json
from ml_serving.errors import RequestError
from ml_serving.pretrained.loading import Pretrained, load_pretrained
from ml_serving.texts.batches import Encoded
from ml_serving.texts.checks import TEXTS, YES_OR_NO, text, whole_number
from ml_serving.texts.pipelines import pipeline, postprocessed
from transformers import (
    AutoModelForMaskedLM,
    FillMaskPipeline,
    PreTrainedTokenizerBase,
)

# Which kind of model it is: one that answers after one pass over a text.
KIND = "texts"

PARAMETERS = {
    "top_k": whole_number(1),
    "targets": TEXTS,
    "truncation": YES_OR_NO,
}
# What is looked at of what the model gives: for each token, a value for each word.
OUTPUTS = ("logits",)
PER_TOKEN = True
SINGLE_IN_LIST = False


def load(model_dir: Path) -> Pretrained:
    """Loads the model and its tokenizer, once, when the container starts."""
    return load_pretrained(AutoModelForMaskedLM, model_dir)


class Task(NamedTuple):
    pipeline: FillMaskPipeline
    tokenizer: PreTrainedTokenizerBase


def prepare(pretrained: Pretrained) -> Task:
    """What encode and answer work with. The model is where it will run."""
    return Task(pipeline(FillMaskPipeline, pretrained), pretrained.tokenizer)


def encode(task: Task, given: Json, parameters: dict[str, Any]) -> list[Encoded]:
    """The tokens of a text with one mask or several."""
    truncation = parameters.get("truncation", False)
    encoded = task.tokenizer(text(given), return_tensors="pt", truncation=truncation)
    if task.tokenizer.mask_token_id not in encoded["input_ids"]:
        where = "what the model takes of the text" if truncation else "the text"
        raise RequestError(400, f"there is no {task.tokenizer.mask_token} in {where}")
    return [encoded]


def answer(
    task: Task, outputs: list[dict[str, Any]], parameters: dict[str, Any]
) -> list[Any]:
    """The likeliest words, with their scores and the text that they make; a list of
    those for each mask, if there are several."""
    given = {key: parameters[key] for key in parameters if key != "truncation"}
    words = task.pipeline.model.config.vocab_size
    top_k = min(given.pop("top_k", 5), words)
    return postprocessed(task.pipeline, outputs[0], {"top_k": top_k, **given})
