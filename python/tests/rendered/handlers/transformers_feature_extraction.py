"""Your model: what it is asked, and what it answers. The file to edit.

ml_serving/handler.py says what the server asks of it.
"""

from pathlib import Path
from typing import Any

import numpy as np
from ml_serving.documents import Json
from ml_serving.pretrained.loading import Pretrained, load_pretrained
from ml_serving.texts.batches import Encoded
from ml_serving.texts.checks import YES_OR_NO, one_of, text
from torch.nn.functional import normalize
from transformers import AutoModel

# Which kind of model it is: one that answers after one pass over a text.
KIND = "texts"

PARAMETERS = {
    "pooling": one_of("none", "mean", "cls"),
    "normalize": YES_OR_NO,
    "truncation": YES_OR_NO,
}
# What is looked at of what the model gives: a vector for each token.
OUTPUTS = ("last_hidden_state",)
PER_TOKEN = True
SINGLE_IN_LIST = False


def load(model_dir: Path) -> Pretrained:
    """Loads the model and its tokenizer, once, when the container starts."""
    return load_pretrained(AutoModel, model_dir)


def prepare(pretrained: Pretrained) -> Pretrained:
    """What encode and answer work with. The model is where it will run."""
    return pretrained


def encode(task: Pretrained, given: Json, parameters: dict[str, Any]) -> list[Encoded]:
    """The tokens of a text."""
    truncation = parameters.get("truncation", False)
    return [task.tokenizer(text(given), return_tensors="pt", truncation=truncation)]


def answer(
    task: Pretrained, outputs: list[dict[str, Any]], parameters: dict[str, Any]
) -> np.ndarray:
    """A vector for each token, in a list of one; or, pooled, one for the whole text."""
    vectors = outputs[0]["last_hidden_state"].float()
    match parameters.get("pooling", "none"):
        case "mean":
            vectors = vectors[0].mean(dim=0)
        case "cls":
            vectors = vectors[0, 0]
        case _:
            pass
    if parameters.get("normalize", False):
        vectors = normalize(vectors, dim=-1)
    return np.ascontiguousarray(vectors.numpy())
