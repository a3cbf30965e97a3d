"""Runs the model on many texts at once, whatever their lengths."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedModel

from ml_serving.pretrained.loading import Pretrained
from ml_serving.texts.packing import pack

# What the tokenizer made of a text: tensors of shape (1, tokens), and what else a task
# has to know about it.
Encoded = Mapping[str, Any]

# With padding. More at once is no faster, and needs more memory.
MOST_TOKENS = 4096
# What a call costs beside its tokens, in tokens of padding: measured on CPUs with 6
# layers of 384.
CALL = 48
# The same where padding goes through no layer.
PACKED_CALL = 2000

# Kinds of models of which the answer about a text changes with the padding behind it.
NEVER_PADDED = ("canine", "convbert", "fnet", "funnel", "nystromformer", "yoso")


class BatchedModel:
    def __init__(
        self, pretrained: Pretrained, outputs: Sequence[str], per_token: bool
    ) -> None:
        """outputs: which of the model's are looked at.

        per_token: they have an entry for each token.
        """
        self.model, self.tokenizer = pretrained.model, pretrained.tokenizer
        self.outputs, self.per_token = outputs, per_token
        self.packed = pack(self.model, per_token)
        has_filler = self.tokenizer.pad_token_id is not None
        suffers = self.model.config.model_type in NEVER_PADDED
        has_mask = "attention_mask" in self.tokenizer.model_input_names
        # Of a text's tokens, many a classifier looks at the last that is no padding: it
        # goes by what config.json says of that, which may be another token, or none.
        told = per_token or padding_of(self.model) == self.tokenizer.pad_token_id
        # Those with a decoder beside their encoder look at the last token that ends a
        # text, and take together only texts with as many of those.
        self.end = None if per_token else end_of(self.model)
        told &= self.end is None or self.end != self.tokenizer.pad_token_id
        # Attention over blocks is for long texts, and none shorter may be made one.
        self.attention = attention_types(self.model)
        suffers = suffers or not told or bool(self.attention)
        self.can_pad = has_mask and (self.packed or (has_filler and not suffers))
        self.call = PACKED_CALL if self.packed else CALL

    @torch.inference_mode()
    def run(self, texts: Sequence[Encoded]) -> list[dict[str, Any]]:
        """The outputs for each text, as if it had been alone, on the CPU.

        What is known about a text comes with them.
        """
        lengths = [text["input_ids"].shape[1] for text in texts]
        answers = [dict(text) for text in texts]
        for places in self._batches(texts, lengths):
            inputs = padded(self.tokenizer, [texts[place] for place in places])
            device = self.model.device
            for module, kind in self.attention:
                module.set_attention_type(kind)
            answered = self.model(**{name: inputs[name].to(device) for name in inputs})
            tokens = [lengths[place] for place in places]
            for name in self.outputs:
                own = self._each(answered[name].cpu(), tokens)
                for place, part in zip(places, own, strict=True):
                    answers[place][name] = part
        return answers

    def _batches(
        self, texts: Sequence[Encoded], lengths: Sequence[int]
    ) -> Iterator[list[int]]:
        """Which texts the model takes at once: places in them."""
        if self.end is None:
            yield from batches(lengths, self.can_pad, self.call)
            return
        groups: dict[int, list[int]] = {}
        for place, text in enumerate(texts):
            ends = int((text["input_ids"] == self.end).sum())
            groups.setdefault(ends, []).append(place)
        for group in groups.values():
            own = [lengths[place] for place in group]
            for places in batches(own, self.can_pad, self.call):
                yield [group[place] for place in places]

    def _each(self, output: Tensor, tokens: list[int]) -> Iterable[Tensor]:
        """Each text's part of an output: (1, …), or (1, its tokens, …)."""
        if not self.per_token:
            return torch.split(output, 1)
        if self.packed:
            return torch.split(output, tokens, dim=1)
        rows = zip(torch.split(output, 1), tokens, strict=True)
        return (row[:, :count] for row, count in rows)


def padding_of(model: PreTrainedModel) -> int | None:
    return getattr(model.config.get_text_config(), "pad_token_id", None)


def end_of(model: PreTrainedModel) -> int | None:
    if not model.config.is_encoder_decoder:
        return None
    return getattr(model.config, "eos_token_id", None)


def attention_types(model: PreTrainedModel) -> list[tuple[Any, str]]:
    """What of the model attends to blocks of a long text, and as it was loaded.

    A short text has it attend to all, and it stays with that for whatever comes next.
    """
    modules = cast("Iterable[Any]", model.modules())
    return [
        (module, "block_sparse")
        for module in modules
        if isinstance(module, PreTrainedModel)
        and getattr(module, "attention_type", None) == "block_sparse"
    ]


def batches(lengths: Sequence[int], can_pad: bool, call: int) -> Iterator[list[int]]:
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
            (costs[start] + call + (end - start) * length, start)
            for start in range(max(0, end - most), end)
        )
        costs.append(cost)
        starts.append(start)
    end = len(order)
    while end:
        yield order[starts[end] : end]
        end = starts[end]


def padded(tokenizer: Any, texts: Sequence[Encoded]) -> dict[str, Tensor]:
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
