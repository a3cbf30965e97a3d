"""Your model: what it is asked, and what it answers. The file to edit.

ml_serving/handler.py says what the server asks of it.
"""

from pathlib import Path
from typing import Any, NamedTuple

from ml_serving.documents import Json
from ml_serving.pretrained.loading import Pretrained
from ml_serving.texts.batches import Encoded
from ml_serving.texts.checks import (
    YES_OR_NO,
    one_of,
    text,
    texts_named,
    whole_number_or_null,
)
from ml_serving.texts.pipelines import pipeline, postprocessed, preprocessed
from ml_serving.texts.sentences.scores import Scores, load_classifier, scored
from transformers import TextClassificationPipeline

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


class Task(NamedTuple):
    """scores: what the files of a CrossEncoder say of its scores."""

    pipeline: TextClassificationPipeline
    scores: Scores | None


def load(model_dir: Path) -> Pretrained:
    """Loads the model and its tokenizer, once, when the container starts."""
    return load_classifier(model_dir)


def prepare(pretrained: Pretrained) -> Task:
    """What encode and answer work with. The model is where it will run."""
    return Task(pipeline(TextClassificationPipeline, pretrained), pretrained.beside)


def encode(task: Task, given: Json, parameters: dict[str, Any]) -> list[Encoded]:
    """The tokens of a text, or of {"text": …, "text_pair": …}. A CrossEncoder takes the
    beginning of a longer one, unless `truncation` says otherwise."""
    checked: dict[str, Any] = (
        texts_named(given, "text", "text_pair")
        if isinstance(given, dict)
        else {"text": text(given)}
    )
    if task.scores:
        checked["text"] = task.scores.prompt + checked["text"]
        # In lists, as predict() gives them: an empty text beside another is one, too.
        checked = {name: [one] for name, one in checked.items()}
    truncation = parameters.get("truncation", task.scores is not None)
    return [preprocessed(task.pipeline, checked, truncation=truncation)]


def answer(
    task: Task, outputs: list[dict[str, Any]], parameters: dict[str, Any]
) -> dict[str, Any] | list[dict[str, Any]]:
    """The best label with its score, or a list of top_k, the best one first."""
    if "function_to_apply" in parameters or not task.scores:
        return postprocessed(task.pipeline, outputs[0], parameters)
    return postprocessed(
        task.pipeline,
        scored(task.scores, outputs[0]),
        {**parameters, "function_to_apply": "none"},
    )
