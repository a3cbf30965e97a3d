"""Your model: what it is asked, and what it answers. The file to edit.

ml_serving/handler.py says what the server asks of it.
"""

from pathlib import Path
from typing import Any, NamedTuple

import torch
from ml_serving.documents import Json
from ml_serving.errors import RequestError
from ml_serving.pretrained.loading import Pretrained, load_pretrained
from ml_serving.texts.batches import Encoded
from ml_serving.texts.checks import TEXTS, YES_OR_NO, one_of, text, whole_number
from ml_serving.texts.pieces import shared_tokens
from ml_serving.texts.pipelines import pipeline, postprocessed
from transformers import AutoModelForTokenClassification, TokenClassificationPipeline

# Which kind of model it is: one that answers after one pass over a text.
KIND = "texts"

PARAMETERS = {
    "aggregation_strategy": one_of("none", "simple", "first", "average", "max"),
    "ignore_labels": TEXTS,
    "truncation": YES_OR_NO,
    # A text of any length is read in pieces, which have so many tokens in common.
    "stride": whole_number(0),
}
# What is looked at of what the model gives: a value for each label of each token.
OUTPUTS = ("logits",)
PER_TOKEN = True
SINGLE_IN_LIST = False


def load(model_dir: Path) -> Pretrained:
    """Loads the model and its tokenizer, once, when the container starts."""
    return load_pretrained(AutoModelForTokenClassification, model_dir)


class Task(NamedTuple):
    pipeline: TokenClassificationPipeline
    pretrained: Pretrained


def prepare(pretrained: Pretrained) -> Task:
    """What encode and answer work with. The model is where it will run."""
    return Task(pipeline(TokenClassificationPipeline, pretrained), pretrained)


def encode(task: Task, given: Json, parameters: dict[str, Any]) -> list[Encoded]:
    """The tokens of a text, or of its pieces."""
    sentence = text(given)
    tokenizer = task.pretrained.tokenizer
    has_offsets = bool(tokenizer.is_fast)
    in_pieces = "stride" in parameters
    if in_pieces and parameters.get("aggregation_strategy", "none") == "none":
        raise RequestError(
            400,
            'with "stride", aggregation_strategy must be simple, first, average or max: '
            "what two pieces say of the same words becomes one entity",
        )
    if in_pieces and not has_offsets:
        raise RequestError(
            400,
            'there is no "stride" with this model: its tokenizer does not tell where its tokens are in a text',
        )
    room = task.pretrained.most_tokens - tokenizer.num_special_tokens_to_add()
    pieces = tokenizer(
        [sentence],
        truncation=in_pieces or parameters.get("truncation", False),
        stride=shared_tokens(parameters, 0, room),
        return_overflowing_tokens=in_pieces,
        return_special_tokens_mask=True,
        return_offsets_mapping=has_offsets,
    )
    names = [*tokenizer.model_input_names, "special_tokens_mask", "offset_mapping"]
    return [
        {
            "offset_mapping": None,
            "sentence": sentence,
            **{
                name: torch.tensor([pieces[name][number]])
                for name in names
                if name in pieces
            },
        }
        for number in range(len(pieces["input_ids"]))
    ]


def answer(
    task: Task, outputs: list[dict[str, Any]], parameters: dict[str, Any]
) -> list[dict[str, Any]]:
    """The entities in the text, or its tokens one by one, with where they are."""
    reading = ("truncation", "stride")
    given = {key: parameters[key] for key in parameters if key not in reading}
    return postprocessed(task.pipeline, outputs, given)
