"""Measures models as transformers makes them, without making room for any: parameters, and what they keep of a text.

    python -m tests.facts.measure > tests/facts/figures.json

Of published models (configs.json, with the keys that say something of sizes) and of classes with their own defaults.
The unit tests of the generator hold what it reads from a config.json against these figures.
"""

import copy
import json
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch
import transformers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoModelForMaskedLM,
    PreTrainedConfig,
    PreTrainedModel,
)

HERE = Path(__file__).parent
FIGURES, CONFIGS = HERE / "figures.json", HERE / "configs.json"

ENCODERS = """
    bert roberta xlm-roberta camembert distilbert electra albert mpnet deberta deberta-v2 modernbert nomic_bert eurobert
    big_bird roformer ernie nystromformer
"""

DECODERS = """
    llama mistral mixtral ministral3 qwen2 qwen3 qwen2_moe qwen3_moe qwen3_next qwen3_5_text deepseek_v2 deepseek_v3
    deepseek_v32 glm_moe_dsa glm4_moe_lite gpt2 gpt_bigcode gpt_neo gpt_neox gptj codegen opt bloom falcon mpt phi phi3
    phimoe starcoder2 persimmon gemma gemma2 gemma3 gemma3_text gemma3n_text gemma4_text cohere cohere2 olmo olmo2 olmo3
    olmoe granite granitemoe granite_swa stablelm glm glm4 glm4_moe gpt_oss llama4_text smollm3 exaone4 ernie4_5
    ernie4_5_moe minimax minimax_m2 jamba bamba falcon_h1 falcon_mamba lfm2 mamba2 nemotron_h kimi_linear seed_oss arcee
    apertus bitnet helium afmoe cwm hy_v4 minicpm3 got_ocr2 mimo_v2_flash doge
"""


def published(said: dict[str, object]) -> PreTrainedConfig:
    """As transformers reads it, where it knows such models; the sizes of packed weights are not what is looked for."""
    values = copy.deepcopy(said)
    for part in (values, values.get("text_config")):
        if isinstance(part, dict):
            part.pop("quantization_config", None)
    return AutoConfig.for_model(values.pop("model_type"), **values)


def made(kind: str, config: PreTrainedConfig) -> PreTrainedModel:
    auto = AutoModelForMaskedLM if kind in ENCODERS.split() else AutoModelForCausalLM
    if type(config) not in auto._model_mapping and type(config) in AutoModelForImageTextToText._model_mapping:
        auto = AutoModelForImageTextToText
    with torch.device("meta"):
        model = auto.from_config(config)
    model.tie_weights()
    return model.eval()


def numbers(layer: object) -> int:
    """In the tensors that a layer of a cache holds."""
    held = [value for value in vars(layer).values()]
    for value in held:
        held.extend(value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ())
    # Windows also count how far they are.
    return sum(value.numel() for value in held if isinstance(value, torch.Tensor) and value.dim() > 1)


def layers(model: PreTrainedModel, tokens: int) -> list[object]:
    with torch.no_grad():
        ids = torch.zeros((1, tokens), dtype=torch.long, device="meta")
        return list(model(input_ids=ids, use_cache=True).past_key_values.layers)


def kept(model: PreTrainedModel) -> dict[str, int]:
    """Numbers for each token, in layers that look back to the beginning or a window, and those beside them.

    Raises what transformers does where the model cannot be run without its weights.
    """
    # Shorter than any window, then multiples of what is compressed to one entry.
    start, short, long = layers(model, 16), layers(model, 128), layers(model, 256)
    whole = [(numbers(a), numbers(b)) for a, b in zip(short, long, strict=True) if not is_window(b)]
    growth = [(after - before) // 128 for before, after in whole]
    return {
        "per_token": sum(growth),
        "per_token_in_windows": sum(numbers(layer) // 16 for layer in start if is_window(layer)),
        "beside": sum(after - each * 256 for each, (_, after) in zip(growth, whole, strict=True)),
    }


def is_window(layer: object) -> bool:
    return "SlidingWindow" in type(layer).__name__


def measured(name: str, config: PreTrainedConfig) -> dict[str, object]:
    model = made(name, config)
    figures: dict[str, object] = {
        "class": type(model).__name__,
        "parameters": sum(part.numel() for part in model.parameters()),
    }
    if name in ENCODERS.split():
        return figures
    text = config.get_text_config()
    if text is not config and type(text) in AutoModelForCausalLM._model_mapping:
        # Pictures are looked for in the values of tokens, which are not there: its part for texts is run alone.
        model = made(text.model_type, text)
        figures["parameters_for_texts"] = sum(part.numel() for part in model.parameters())
    try:
        return {**figures, **kept(model)}
    except Exception as error:  # noqa: BLE001 - whatever a class raises
        return {**figures, "cache": reason(error)}


def reason(error: Exception) -> str:
    return re.sub(r"\s+", " ", f"{type(error).__name__}: {error}")[:100]


def figures(name: str) -> dict[str, object]:
    """Of a published model, or of a class for texts."""
    said = json.loads(CONFIGS.read_text()).get(name)
    try:
        config = published(said) if said else AutoConfig.for_model(name)
        found = measured(name, config)
    except Exception as error:  # noqa: BLE001 - whatever a class raises
        found = {"not made": reason(error)}
    return found if said else {"model_type": name, **found}


def names() -> list[str]:
    return [*json.loads(CONFIGS.read_text()), *DECODERS.split(), *ENCODERS.split()]


def quiet() -> None:
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)


if __name__ == "__main__":
    with ProcessPoolExecutor(initializer=quiet) as pool:
        all_names = names()
        print(f'{{"transformers": "{transformers.__version__}", "models": {{')
        for place, (name, found) in enumerate(zip(all_names, pool.map(figures, all_names), strict=True), 1):
            end = "" if place == len(all_names) else ","
            print(f"  {json.dumps(name)}: {json.dumps(found)}{end}", flush=True)
        print("}}")
