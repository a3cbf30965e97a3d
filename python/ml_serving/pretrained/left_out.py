"""What a model's files hold for its layers, and its class does not take: the model was trained with it."""

import re
from collections.abc import Iterable
from typing import cast

from transformers import PreTrainedModel

# A layer, by its number.
LAYER = re.compile(r"(.+?\.\d+)\..*\.(?:weight|bias)")
# What older versions of the library wrote with the weights: masks, which are made anew.
MASK = re.compile(r"\.(?:attn|attention|self_attention|self)\.(?:masked_)?bias")


def left_out(model: PreTrainedModel, unexpected: Iterable[str]) -> list[str]:
    """Of the names in a model's files that it has no place for, those within layers that
    it has.

    Others are of heads for other tasks, of poolers, or of what comes beside the model.
    """
    named = cast("Iterable[tuple[str, object]]", model.named_modules())
    modules = {name for name, _ in named}
    own = f"{model.base_model_prefix}."
    return sorted(
        name
        for name in unexpected
        if (layer := LAYER.fullmatch(name))
        and not MASK.search(name)
        and {layer[1], own + layer[1], layer[1].removeprefix(own)} & modules
    )
