"""Your model: what it is asked, and what it answers. The file to edit.

ml_serving/handler.py says what the server asks of it.
"""

from pathlib import Path
from typing import Any

import torch
from ml_serving.documents import Json
from ml_serving.errors import ModelError, RequestError
from ml_serving.pretrained.loading import Pretrained, load_pretrained
from ml_serving.texts.batches import Encoded
from ml_serving.texts.checks import YES_OR_NO, texts_named, whole_number
from ml_serving.texts.pieces import shared_tokens
from ml_serving.texts.spans import best_spans
from transformers import AutoModelForQuestionAnswering

# Which kind of model it is: one that answers after one pass over a text.
KIND = "texts"

PARAMETERS = {
    "top_k": whole_number(1),
    "max_answer_len": whole_number(1),
    "handle_impossible_answer": YES_OR_NO,
    "stride": whole_number(0),
}
# What is looked at of what the model gives: where an answer may start and end.
OUTPUTS = ("start_logits", "end_logits")
PER_TOKEN = True
SINGLE_IN_LIST = False

# A longer context is read in pieces, of which each has the end of the one before it: as many tokens as "stride" says.
PIECE_TOKENS = 384
SHARED_TOKENS = 128


def load(model_dir: Path) -> Pretrained:
    """Loads the model and its tokenizer, once, when the container starts."""
    pretrained = load_pretrained(AutoModelForQuestionAnswering, model_dir)
    if not pretrained.tokenizer.is_fast:
        raise ModelError(
            "the model's tokenizer does not tell where its tokens are in a text"
        )
    # Whatever the tokenizer was saved with: the question comes first.
    pretrained.tokenizer.padding_side = "right"
    return pretrained


def prepare(pretrained: Pretrained) -> Pretrained:
    """What encode and answer work with. The model is where it will run."""
    return pretrained


def encode(task: Pretrained, given: Json, parameters: dict[str, Any]) -> list[Encoded]:
    """The tokens of the question with each piece of its context."""
    asked = texts_named(given, "question", "context")
    question, context = asked["question"], asked["context"]
    tokenizer = task.tokenizer
    if not question.strip() or not context.strip():
        raise RequestError(400, "the question or its context is empty")
    most = min(PIECE_TOKENS, task.most_tokens)
    taken = len(tokenizer(question)["input_ids"]) + 1
    if most - taken < 2:
        raise RequestError(400, f"the question leaves no room in {most} tokens")
    pieces = tokenizer(
        question,
        context,
        truncation="only_second",
        max_length=most,
        stride=shared_tokens(parameters, SHARED_TOKENS, most - taken),
        return_overflowing_tokens=True,
    )
    encodings = pieces.encodings or []
    if not any(1 in one.sequence_ids for one in encodings[:1]):
        raise RequestError(400, "there is no token in the context")
    return [
        {
            **{
                name: torch.tensor([pieces[name][number]])
                for name in tokenizer.model_input_names
            },
            "encoding": encoding,
            "context": context,
        }
        for number, encoding in enumerate(encodings)
    ]


def answer(
    task: Pretrained, outputs: list[dict[str, Any]], parameters: dict[str, Any]
) -> dict[str, Any] | list[dict[str, Any]]:
    """The likeliest answer, or a list of top_k: its text, place and score."""
    top_k = parameters.get("top_k", 1)
    spans = best_spans(
        outputs,
        top_k,
        parameters.get("max_answer_len", 15),
        parameters.get("handle_impossible_answer", False),
    )
    return spans[0] if top_k == 1 else spans
