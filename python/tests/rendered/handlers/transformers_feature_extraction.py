"""Your model: what it is asked, and what it answers. The file to edit.

ml_serving/handler.py says what the server asks of it.
"""

from pathlib import Path
from typing import Any

import numpy as np
from ml_serving.documents import Json
from ml_serving.pretrained.loading import Pretrained
from ml_serving.texts.batches import Encoded
from ml_serving.texts.checks import TEXT, YES_OR_NO, one_of, text, whole_number
from ml_serving.texts.sentences.embeddings import Embeddings, encoded, load_embedder
from torch.nn.functional import normalize

# Which kind of model it is: one that answers after one pass over a text.
KIND = "texts"

PARAMETERS = {
    "pooling": one_of("none", "mean", "cls"),
    "normalize": YES_OR_NO,
    "truncation": YES_OR_NO,
    "truncate_dim": whole_number(1),
    "prompt": TEXT,
    "prompt_name": TEXT,
}
# What is looked at of what the model gives: a vector for each token.
OUTPUTS = ("last_hidden_state",)
PER_TOKEN = True
SINGLE_IN_LIST = False


def load(model_dir: Path) -> Pretrained:
    """Loads the model and its tokenizer, once, when the container starts."""
    return load_embedder(model_dir)


def prepare(pretrained: Pretrained) -> Pretrained:
    """What encode and answer work with. The model is where it will run."""
    return pretrained


def encode(task: Pretrained, given: Json, parameters: dict[str, Any]) -> list[Encoded]:
    """The tokens of a text, after its prompt."""
    return [encoded(task, text(given), parameters)]


def answer(
    task: Pretrained, outputs: list[dict[str, Any]], parameters: dict[str, Any]
) -> np.ndarray:
    """What encode() of sentence-transformers gives, where modules.json says how; else a
    vector for each token, in a list of one. With `pooling` one of these either way."""
    own: Embeddings = task.beside
    tokens, size = outputs[0]["last_hidden_state"], parameters.get("truncate_dim")
    match parameters.get("pooling"):
        case None if own.chain:
            vectors = own.chain.vector(tokens[0], outputs[0]["prompt_tokens"])
            size = size or own.truncate_dim
        case "mean":
            vectors = tokens[0].float().mean(dim=0)
        case "cls":
            vectors = tokens[0, 0].float()
        case _:
            vectors = tokens.float()
    vectors = vectors[..., :size]
    if parameters.get("normalize", False):
        vectors = normalize(vectors, dim=-1)
    return np.ascontiguousarray(vectors.numpy())
