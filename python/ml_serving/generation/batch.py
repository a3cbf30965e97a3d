"""Texts that grow together, a token at a time; others join between two tokens."""

import inspect
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from ml_serving.generation.sequence import Sequence

# Layers that look back at keys and values; others have a state that cannot be padded.
ATTENTION = {"full_attention", "sliding_attention", "chunked_attention"}


class Batch:
    """Sequences with their keys and values, which lie in one tensor per layer: a row for
    each, filled up on its left to the longest."""

    def __init__(self, sequence: Sequence, cache: DynamicCache) -> None:
        self.sequences = [sequence]
        self.padding = [0]
        self.cache = cache

    @property
    def length(self) -> int:
        return self.cache.get_seq_length()

    @property
    def joinable(self) -> bool:
        return all(type(layer) is DynamicLayer for layer in self.cache.layers)

    def join(self, other: "Batch") -> None:
        longest = max(self.length, other.length)
        mine, others = longest - self.length, longest - other.length
        pairs = zip(states(self.cache), states(other.cache), strict=True)
        for (layer, keys, values), (_, more_keys, more_values) in pairs:
            layer.keys = torch.cat([pad(keys, mine), pad(more_keys, others)])
            layer.values = torch.cat([pad(values, mine), pad(more_values, others)])
        self.sequences += other.sequences
        self.padding = [
            *(count + mine for count in self.padding),
            *(count + others for count in other.padding),
        ]

    def let_go(self) -> None:
        """Takes out what has ended."""
        rows = [row for row, one in enumerate(self.sequences) if not one.ended]
        if len(rows) == len(self.sequences):
            return
        self.sequences = [self.sequences[row] for row in rows]
        self.padding = [self.padding[row] for row in rows]
        if not rows or not self.joinable:
            return
        start = min(self.padding)
        self.padding = [count - start for count in self.padding]
        for layer, keys, values in states(self.cache):
            layer.keys, layer.values = keys[rows, :, start:], values[rows, :, start:]


def states(cache: DynamicCache) -> list[tuple[DynamicLayer, Tensor, Tensor]]:
    """The layers of a joinable batch that have keys and values: some use those of another."""
    return [
        (layer, layer.keys, layer.values)
        for layer in cache.layers
        if isinstance(layer, DynamicLayer)
        if layer.keys is not None and layer.values is not None
    ]


def pad(tensor: Tensor, count: int) -> Tensor:
    return torch.nn.functional.pad(tensor, (0, 0, count, 0))


class Batches:
    """All that a worker generates: one batch, unless the model's layers do not allow it."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._takes = inspect.signature(model.forward).parameters
        # Models whose code comes with them still use the old name.
        self._cache_name = "cache" if "cache" in self._takes else "past_key_values"
        self._batches: list[Batch] = []

    def __len__(self) -> int:
        return sum(len(batch.sequences) for batch in self._batches)

    def clear(self) -> None:
        self._batches = []

    def read(self, sequence: Sequence) -> Batch:
        """Reads the prompt of a sequence, by itself."""
        sequence.begun = True
        batch = Batch(sequence, self._new_cache())
        self._forward(batch, [sequence.ids])
        return batch

    def join(self, batch: Batch) -> None:
        if self._batches and batch.joinable:
            self._batches[0].join(batch)
        else:
            self._batches.append(batch)

    def step(self) -> None:
        for batch in self._batches:
            batch.let_go()
        self._batches = [batch for batch in self._batches if batch.sequences]
        for batch in self._batches:
            self._forward(batch, [one.ids[-1:] for one in batch.sequences])

    @torch.inference_mode()
    def _forward(self, batch: Batch, ids: list[list[int]]) -> None:
        """Has the model read ids, and adds to each sequence the token that comes next."""
        device, before, new = self._model.device, batch.length, len(ids[0])
        places = torch.arange(before + new, device=device)
        padding = torch.tensor(batch.padding, device=device)[:, None]
        inputs: dict[str, Any] = {
            "input_ids": torch.tensor(ids, device=device),
            "attention_mask": (places >= padding).long(),
            "position_ids": places[before:] - padding,
            "logits_to_keep": 1,
        }
        known = {name: value for name, value in inputs.items() if name in self._takes}
        known[self._cache_name] = batch.cache
        output = self._model(**known, use_cache=True)
        logits = output.logits[:, -1]
        likeliest = logits.argmax(dim=-1).tolist()
        for row, sequence in enumerate(batch.sequences):
            sampler = sequence.sampler
            sequence.add(
                likeliest[row]
                if sampler.greedy
                else sampler.choose(sequence.ids, logits[row])
            )

    def _new_cache(self) -> DynamicCache:
        config = self._model.config
        kinds: list[str] = getattr(config.get_text_config(), "layer_types", None) or []
        return (
            DynamicCache() if set(kinds) <= ATTENTION else DynamicCache(config=config)
        )
