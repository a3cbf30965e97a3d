"""What the settings of a LoRA adapter ask for, and the engines do not do."""

import json
from collections.abc import Mapping

from ml_serving.documents import Json

# Settings with which an adapter's matrices mean the same whatever they say, or which all
# engines read. With any other one that is set, PEFT computes something that the engines,
# which take no notice of it, do not.
HARMLESS = (
    *("peft_type", "task_type", "base_model_name_or_path", "revision", "peft_version"),
    *("auto_mapping", "r", "lora_alpha", "use_rslora", "target_modules"),
    *("target_parameters", "fan_in_fan_out"),
    # Which modules have matrices, the matrices themselves tell.
    *("exclude_modules", "layers_to_transform", "layers_pattern"),
    # Of the training.
    *("inference_mode", "lora_dropout", "megatron_config", "megatron_core"),
    *("runtime_config", "loftq_config", "eva_config", "corda_config"),
    *("lora_ga_config", "qalora_group_size"),
    # Of other tools that write the file.
    *("lora_dtype", "lorap_lr_ratio", "lorap_emb_lr"),
)
# Ways to begin the training that leave the model's own weights as they are.
PLAIN_STARTS = (True, False, "gaussian", "eva", "orthogonal")
# Whose values say something only where they differ from another setting.
PATTERNS = {"rank_pattern": "r", "alpha_pattern": "lora_alpha"}


def not_done(config: Mapping[str, Json]) -> str | None:
    """The first of an adapter's settings that no engine takes notice of, with its value;
    None without any."""
    for key in config:
        if key not in HARMLESS and not is_plain(key, config):
            return f"{key} to {json.dumps(config[key])[:80]}"
    return None


def is_plain(key: str, config: Mapping[str, Json]) -> bool:
    """Whether a setting says no more than the others."""
    value = config[key]
    if key == "bias":
        return value in (None, "none")
    if key == "init_lora_weights":
        return not value or value in PLAIN_STARTS
    if key in PATTERNS and isinstance(value, dict):
        return all(one == config.get(PATTERNS[key]) for one in value.values())
    return not value
