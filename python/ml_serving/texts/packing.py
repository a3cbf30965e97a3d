"""Sends texts of any lengths through a model's layers one after the other.

So no padding is computed there; only attention has to know where a text ends.
"""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from torch.nn.utils.rnn import pad_sequence
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel

# Which part of a model its layers are, for each kind of model in which they treat every
# token by itself but for attention, and leave that to the interface of transformers.
LAYERS = {
    "albert": "encoder",
    "bert": "encoder",
    "camembert": "encoder",
    "data2vec-text": "encoder",
    "distilbert": "transformer",
    "electra": "encoder",
    "ernie": "encoder",
    "roberta": "encoder",
    "roberta-prelayernorm": "encoder",
    "xlm-roberta": "encoder",
    "xlm-roberta-xl": "encoder",
}


def pack(model: PreTrainedModel, per_token: bool) -> bool:
    """Packs the model's layers, and says whether it could.

    per_token: all of the model's answers are left packed, in a row: (1, tokens, …).
    """
    name = LAYERS.get(model.config.model_type)
    # A GPU has more of calls for every text than of padding. Decoders look only back.
    decoder = getattr(model.config, "is_decoder", False)
    if not name or decoder or model.device.type != "cpu":
        return False
    model.set_attn_implementation("packed")
    layers = PackedLayers(getattr(model.base_model, name), per_token)
    setattr(model.base_model, name, layers)
    return True


class PackedLayers(nn.Module):
    """What comes before the layers gives them texts of one length, as ever."""

    def __init__(self, layers: nn.Module, per_token: bool) -> None:
        super().__init__()
        self.layers = layers
        self.per_token = per_token

    def forward(
        self, hidden_states: Tensor, attention_mask: Tensor | None, **others: Any
    ) -> Any:
        """hidden_states: (texts, tokens, size). attention_mask: (texts, tokens), False
        for padding; None without any."""
        if attention_mask is None:
            attention_mask = torch.ones(hidden_states.shape[:2], dtype=torch.bool)
        lengths = cast(list[int], attention_mask.sum(dim=1).tolist())
        packed = hidden_states[attention_mask][None]
        output = self.layers(packed, lengths=lengths, **others)
        if not self.per_token:
            texts = output.last_hidden_state[0].split(lengths)
            output.last_hidden_state = pad_sequence(texts, batch_first=True)
        return output


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    lengths: list[int],
    scaling: float | None = None,
    **others: Any,
) -> tuple[Tensor, None]:
    """Attention of each text to itself. query, key and value: (1, heads, tokens, size);
    what it gives: (1, tokens, heads, size)."""
    split = (torch.split(part, lengths, dim=2) for part in (query, key, value))
    attended = [
        scaled_dot_product_attention(*text, scale=scaling)
        for text in zip(*split, strict=True)
    ]
    return torch.cat(attended, dim=2).transpose(1, 2), None


def mask(attention_mask: Tensor | None, **others: Any) -> Tensor | None:
    """What PackedLayers is handed as its attention_mask."""
    return attention_mask


AttentionInterface.register("packed", attend)
AttentionMaskInterface.register("packed", mask)
