"""What transformers' classes say where a config.json is silent, as generators/models/class-defaults.json.

Run with transformers installed, of the version that generated projects pin:
python scripts/class-defaults.py > generators/models/class-defaults.json
"""

import dataclasses
import json
import re
import sys

import transformers
from transformers import PreTrainedConfig
from transformers.models.auto import configuration_auto, modeling_auto
from transformers.utils import logging

logging.set_verbosity_error()

# What config.json may leave out and memory depends on: sizes, counts, and what the layers are.
READ = re.compile(
    r"^(hidden_size|intermediate_size(_mlp)?|vocab_size|d_(model|ff)|n_(embd|inner|layers?|heads?|positions|ctx)|dim"
    r"|hidden_dim|ffn_\w*dim|ffn_hidden_size|head_dim|kv_channels|seq_length|max_(position_embeddings|seq_len)"
    r"|num_(hidden_layers|layers|(attention_|key_value_|kv_|mamba_)?heads|kv_shared_layers|global_key_value_heads)"
    r"|embedding_size|word_embed_proj_dim|global_head_dim|attention_head_dim|hidden_size_per_layer_input"
    r"|vocab_size_per_layer_input|num_(local_|routed_|shared_)?experts|n_(routed|shared)_experts|moe_\w+"
    r"|shared_expert_intermediate_size|expert_ffn_hidden_size|enable_moe_block|first_k_dense_replace"
    r"|decoder_sparse_step|interleave_moe_layer_step|mlp_only_layers|(kv|q)_lora_rank|(qk_(rope|nope)|v)_head_dim"
    r"|index_head_dim|sliding_window\w*|use_sliding_window|max_window_layers|attention_chunk_size"
    r"|full_attention_interval|attn_layer_(period|offset|indices)|full_attn_idxs|layers_block_type"
    r"|linear_\w+(heads|dim)|(mamba|ssm|conv|time_step)_\w*(heads?|state\w*|conv|kernel|expand|groups|size|d_head|d_ssm)"
    r"|n_groups|expand|state_size|conv_L_cache|ssm_state_size|tie_word_embeddings|multi_query(_attention)?"
    r"|new_decoder_architecture|use_double_wide_mlp|attention_k_eq_v|is_encoder_decoder|lru_width|block_types)$"
)

TEXTS = ("CAUSAL_LM", "MASKED_LM", "IMAGE_TEXT_TO_TEXT", "SEQ_TO_SEQ_CAUSAL_LM")


def classes() -> dict[str, dict[str, str]]:
    """By model type, the names of the classes with a head for texts."""
    found: dict[str, dict[str, str]] = {}
    for task in TEXTS:
        for kind, name in getattr(modeling_auto, f"MODEL_FOR_{task}_MAPPING_NAMES").items():
            found.setdefault(kind, {})[task] = name if isinstance(name, str) else name[0]
    return found


def config_class(kind: str) -> type[PreTrainedConfig] | None:
    name = configuration_auto.CONFIG_MAPPING_NAMES.get(kind)
    return getattr(transformers, name, None) if isinstance(name, str) else None


def plain(value: object) -> bool:
    return isinstance(value, (bool, int, str)) or (
        isinstance(value, list) and all(isinstance(item, (int, str)) for item in value)
    )


def pattern(made: type[PreTrainedConfig], layers: str) -> list[str] | str | None:
    """The kinds of layers that repeat, where the class lists them itself; "own" where they do not repeat."""
    lists = []
    for count in (48, 60):
        try:
            lists.append(getattr(made(**{layers: count}), "layer_types", None))
        except Exception:  # noqa: BLE001 - whatever a class raises
            return None
    if not all(isinstance(kinds, list) and kinds for kinds in lists):
        return None
    # What is assumed anyway where a config.json tells of a window, and where it tells of none.
    windowed = said(made(), "sliding_window") is not None
    if set(lists[0]) == {"sliding_attention" if windowed else "full_attention"}:
        return None
    for period in range(1, 25):
        if all(kinds == (kinds[:period] * 60)[: len(kinds)] for kinds in lists):
            return lists[0][:period]
    return "own"


def defaults(kind: str, made: type[PreTrainedConfig]) -> dict[str, object]:
    fields = {field.name: field.default for field in dataclasses.fields(made)}
    values = {key: value for key, value in fields.items() if READ.match(key) and plain(value)}
    own = made.attribute_map.get("num_hidden_layers", "num_hidden_layers")
    repeated = pattern(made, own)
    if repeated:
        values["layer_pattern"] = repeated
    heads = global_head_dim(made)
    if heads:
        values["global_head_dim"] = heads
    return values


def global_head_dim(made: type[PreTrainedConfig]) -> int | None:
    """Of layers that look back to the beginning, where the class gives them heads of another size."""
    try:
        config = made()
    except Exception:  # noqa: BLE001 - whatever a class raises
        return None
    sizes = (
        {
            config.per_layer_config[place].head_dim
            for place, kind in enumerate(getattr(config, "layer_types", None) or [])
            if kind == "full_attention"
        }
        if getattr(config, "is_heterogeneous", False)
        else set()
    )
    return sizes.pop() if len(sizes) == 1 else None


def text_part(made: type[PreTrainedConfig]) -> tuple[str, dict[str, object]] | None:
    """The type of the part for texts, where config.json leaves it out, and what it then has that is not its type's."""
    try:
        part = made().get_text_config()
        plain_part = type(part)()
    except Exception:  # noqa: BLE001 - whatever a class raises
        return None
    if part.model_type == made.model_type:
        return None
    fields = {field.name for field in dataclasses.fields(part)}
    values = {key: (said(part, key), said(plain_part, key)) for key in sorted(fields) if READ.match(key)}
    return part.model_type, {key: here for key, (here, usual) in values.items() if plain(here) and here != usual}


def said(config: PreTrainedConfig, key: str) -> object:
    try:
        return getattr(config, key, None)
    except Exception:  # noqa: BLE001 - whatever a class raises
        # Another one for each layer.
        return None


def types() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    heads = classes()
    waiting = sorted(heads)
    while waiting:
        kind = waiting.pop(0)
        made = config_class(kind)
        if kind in found or made is None:
            continue
        text, sizes = text_part(made) or (None, {})
        if text:
            waiting.append(text)
        found[kind] = {
            "classes": sorted(set(heads.get(kind, {}).values())),
            **({"text": text} if text else {}),
            **({"of_text": sizes} if sizes else {}),
            **defaults(kind, made),
        }
    return dict(sorted(found.items()))


if __name__ == "__main__":
    found = types()
    lines = ",\n".join(f"{json.dumps(kind)}: {json.dumps(values)}" for kind, values in found.items())
    print(f'{{"transformers": {json.dumps(transformers.__version__)}, "types": {{\n{lines}\n}}}}')
    print(f"{len(found)} types", file=sys.stderr)
