"""Small random models with tokenizers of their own, saved as users save theirs."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    PreTrainedTokenizerFast,
    Qwen3Config,
)

TEXTS = [
    "the quick brown fox jumps over the lazy dog and runs into the dark wood",
    "Größe über alles: naïve café, 你好世界, 🙂🙃🚀",
    "a model that was trained on nothing says whatever comes to its mind",
]
TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
CONTEXT = 256
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
SHARED = {"intermediate_size": 64, "max_position_embeddings": CONTEXT, "initializer_range": 0.4}


def make(kind: str, folder: Path, chat: bool = True, ends: bool = True) -> Path:
    """A model of a kind below, in a folder, which is returned. ends: whether it knows a token for the end."""
    tokenizer = byte_level()
    tokenizer.chat_template = TEMPLATE if chat else None
    torch.manual_seed(3)
    if not ends:
        tokenizer.eos_token = None
    ids = {"vocab_size": len(tokenizer), "eos_token_id": tokenizer.eos_token_id, "bos_token_id": None}
    config = {
        "gpt2": lambda: GPT2Config(n_embd=32, n_layer=2, n_head=4, n_positions=CONTEXT, initializer_range=0.4, **ids),
        "llama": lambda: LlamaConfig(**SIZES, **SHARED, **ids),
        "mistral": lambda: MistralConfig(**SIZES, **SHARED, **ids, sliding_window=8),
        "qwen3": lambda: Qwen3Config(**SIZES, **SHARED, **ids, head_dim=8),
    }[kind]()
    model = AutoModelForCausalLM.from_config(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def byte_level() -> PreTrainedTokenizerFast:
    """Characters beyond ASCII are several tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = ["<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(TEXTS, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>", clean_up_tokenization_spaces=False)
