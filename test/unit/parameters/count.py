"""Counts the parameters of models as transformers makes them, without making room for any.

Run with transformers and torch installed: python count.py > counts.json
"""

import json
from collections.abc import Iterator

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM

DECODERS = """
    llama mistral mixtral ministral3 qwen2 qwen3 qwen2_moe qwen3_moe qwen3_next qwen3_5_text deepseek_v2 deepseek_v3
    deepseek_v32 glm_moe_dsa glm4_moe_lite gpt2 gpt_bigcode gpt_neo gpt_neox gptj codegen opt bloom falcon mpt phi phi3
    phimoe starcoder2 persimmon gemma gemma2 gemma3_text gemma3n_text cohere cohere2 olmo olmo2 olmoe granite granitemoe
    stablelm glm glm4 glm4_moe gpt_oss llama4_text smollm3 exaone4 ernie4_5 ernie4_5_moe minimax minimax_m2 jamba bamba
    lfm2 mamba2 nemotron_h seed_oss arcee apertus bitnet helium afmoe
"""
ENCODERS = """
    bert roberta xlm-roberta camembert distilbert electra albert mpnet deberta deberta-v2 modernbert nomic_bert eurobert
    big_bird roformer ernie nystromformer
"""

# Settings of the framework, which say nothing of a model's size.
LEFT_OUT = ("dropout", "drop", "_token_id", "label", "init", "eps", "use_cache", "transformers_version", "output_")


def models() -> Iterator[dict[str, object]]:
    for names, kind in ((DECODERS, AutoModelForCausalLM), (ENCODERS, AutoModelForMaskedLM)):
        for name in names.split():
            config = AutoConfig.for_model(name)
            with torch.device("meta"):
                model = kind.from_config(config)
            model.tie_weights()
            values = {
                key: value
                for key, value in json.loads(config.to_json_string(use_diff=False)).items()
                if value is not None and not any(part in key for part in LEFT_OUT)
            }
            yield {
                "parameters": sum(part.numel() for part in model.parameters()),
                "config": {**values, "architectures": [type(model).__name__]},
            }


lines = ",\n".join(json.dumps(model) for model in models())
print(f'{{"transformers": "{transformers.__version__}", "models": [\n{lines}\n]}}')
