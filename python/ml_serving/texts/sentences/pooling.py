"""From the vectors of a text's tokens to one of the text."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

Module = Callable[[Tensor], Tensor]


class Chain(NamedTuple):
    """What sentence-transformers does after the model.

    with_prompt: the tokens of a prompt count as those of the text do.
    """

    poolings: Sequence[str]
    with_prompt: bool
    modules: Sequence[Module]

    @torch.inference_mode()
    def vector(self, tokens: Tensor, prompt_tokens: int) -> Tensor:
        """tokens: (tokens, size), as the model gives them. The first prompt_tokens are the
        prompt's: fewer than there are."""
        left_out = 0 if self.with_prompt else prompt_tokens
        made = torch.cat([pooled(tokens, name, left_out) for name in self.poolings])
        for module in self.modules:
            made = module(made)
        return made.float()


def pooled(tokens: Tensor, name: str, left_out: int) -> Tensor:
    """One vector of (tokens, size). left_out: tokens at the start that do not count."""
    kept = tokens[left_out:]
    # Sums in half precision lose too much.
    exact = kept.float()
    match name:
        case "cls":
            return kept[0]
        case "max":
            return kept.max(dim=0).values
        case "lasttoken":
            return kept[-1]
        case "weightedmean":
            # By their places, those of the prompt counted.
            places = torch.arange(left_out + 1, len(tokens) + 1, dtype=exact.dtype)
            return (places @ exact / places.sum()).to(tokens.dtype)
        case _:
            count = len(kept)
            divisor = count if name == "mean" else math.sqrt(count)
            return (exact.sum(dim=0) / divisor).to(tokens.dtype)
