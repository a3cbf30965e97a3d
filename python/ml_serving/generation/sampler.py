"""Which token comes next."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import (
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from ml_serving.generation.parameters import Parameters


class Sampler:
    """Chooses tokens for one text, as generate() in transformers would.

    greedy: the likeliest token, by the model's figures alone.
    """

    def __init__(self, parameters: Parameters, device: Any) -> None:
        self._sample = parameters.do_sample
        self._processors = processors(parameters)
        self.greedy = not self._sample and not self._processors
        self._device = device
        # Of its own: a text with a seed must not depend on those beside it.
        self._random = torch.Generator(device)
        if parameters.seed is None:
            self._random.seed()
        else:
            self._random.manual_seed(parameters.seed)

    def choose(self, ids: Sequence[int], logits: torch.Tensor) -> int:
        """ids: prompt and text so far. logits: one for each token of the vocabulary."""
        known = torch.tensor([ids], device=self._device)
        scores = logits[None].float()
        for process in self._processors:
            scores = process(known, scores)
        if not self._sample:
            return int(scores.argmax())
        chances = scores.softmax(dim=-1)
        return int(torch.multinomial(chances, 1, generator=self._random))


def processors(parameters: Parameters) -> list[Any]:
    found: list[Any] = []
    if parameters.repetition_penalty != 1:
        penalty = float(parameters.repetition_penalty)
        found.append(RepetitionPenaltyLogitsProcessor(penalty))
    if parameters.do_sample:
        if parameters.temperature != 1:
            found.append(TemperatureLogitsWarper(float(parameters.temperature)))
        if parameters.top_k:
            found.append(TopKLogitsWarper(parameters.top_k))
        if parameters.top_p < 1:
            found.append(TopPLogitsWarper(float(parameters.top_p)))
    return found
