"""Runs the model on many texts at once, whatever their lengths."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.nn.utils.rnn import pad_sequence
from worker.pretrained import Pretrained

# What the tokenizer made of a text: tensors of shape (1, tokens), and what else a task
# has to know about it.
Encoded = Mapping[str, Any]

# With padding. More at once is no faster, and needs more memory.
MOST_TOKENS = 4096
# What a call costs beside its tokens, in tokens: measured on CPUs with 6 layers of 384.
CALL = 48


@torch.inference_mode()
def run(
    pretrained: Pretrained,
    texts: Sequence[Encoded],
    outputs: Sequence[str],
    per_token: bool,
) -> list[dict[str, Any]]:
    """The named outputs of the model for each text, as if it had been alone, on the CPU.

    per_token: they have an entry for each token, and those of the padding are left out.
    What is known about a text comes with them.
    """
    model, tokenizer = pretrained
    lengths = [text["input_ids"].shape[1] for text in texts]
    answers: list[dict[str, Any]] = [{}] * len(texts)
    for places in batches(lengths, can_pad=tokenizer.pad_token_id is not None):
        inputs = padded(tokenizer, [texts[place] for place in places])
        answered = model(**{name: inputs[name].to(model.device) for name in inputs})
        tensors = {name: answered[name].cpu() for name in outputs}
        for row, place in enumerate(places):
            own = {name: tensor[row : row + 1] for name, tensor in tensors.items()}
            if per_token:
                own = {name: own[name][:, : lengths[place]] for name in own}
            answers[place] = {**texts[place], **own}
    return answers


def batches(lengths: Sequence[int], can_pad: bool) -> Iterator[list[int]]:
    """Which texts go together: places in lengths, of about equal ones.

    Those that cost the least in all, calls and padding counted.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    # Of the first so many: what they cost, and where the last batch of them begins.
    costs, starts = [0], [0]
    for end, place in enumerate(order, start=1):
        length = lengths[place]
        most = max(1, MOST_TOKENS // length) if can_pad else 1
        cost, start = min(
            (costs[start] + CALL + (end - start) * length, start)
            for start in range(max(0, end - most), end)
        )
        costs.append(cost)
        starts.append(start)
    end = len(order)
    while end:
        yield order[starts[end] : end]
        end = starts[end]


def padded(tokenizer: Any, texts: Sequence[Encoded]) -> dict[str, torch.Tensor]:
    """The model's inputs for all of them."""
    fillers = {
        "input_ids": tokenizer.pad_token_id or 0,
        "token_type_ids": tokenizer.pad_token_type_id,
        "attention_mask": 0,
    }
    return {
        name: pad_sequence(
            [text[name][0] for text in texts],
            batch_first=True,
            padding_value=fillers.get(name, 0),
        )
        for name in tokenizer.model_input_names
        if name in texts[0]
    }
