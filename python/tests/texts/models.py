"""Tiny models with random weights for every task, with a tokenizer that is made here: as save_pretrained writes them."""

import random
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoConfig, BertTokenizerFast

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SYLLABLES = ["ba", "de", "fi", "go", "lu", "mar", "ne", "pos", "ti", "vel"]
WORDS = [first + second for first in SYLLABLES for second in SYLLABLES]
MOST_TOKENS = 96

# The class of a task's model, and its labels.
TASKS = {
    "text-classification": ("SequenceClassification", ["good", "bad", "neither"]),
    "token-classification": ("TokenClassification", ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]),
    "feature-extraction": ("", []),
    "fill-mask": ("MaskedLM", []),
    "question-answering": ("QuestionAnswering", []),
    "zero-shot-classification": ("SequenceClassification", ["contradiction", "neutral", "entailment"]),
}


def auto_class(task: str) -> Any:
    head, _ = TASKS[task]
    return getattr(transformers, f"AutoModelFor{head}" if head else "AutoModel")


def tokenizer() -> BertTokenizerFast:
    pieces = [*SPECIAL, *WORDS[::2], *SYLLABLES, *(f"##{one}" for one in SYLLABLES), *"abcdefghijklmnopqrstuvwxyz.,?"]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    # It does not say how long a text may be, as many do not.
    return BertTokenizerFast(tokenizer_object=made)


def save(task: str, folder: Path, kind: str = "bert", **changes: object) -> None:
    torch.manual_seed(7)
    _, labels = TASKS[task]
    words = tokenizer()
    config = AutoConfig.for_model(
        kind,
        **{
            "vocab_size": len(words),
            "pad_token_id": words.pad_token_id,
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "intermediate_size": 64,
            "max_position_embeddings": MOST_TOKENS,
            "type_vocab_size": 2,
            # Far from zero, so that answers differ.
            "initializer_range": 0.5,
            "id2label": dict(enumerate(labels)) or None,
            "label2id": {label: number for number, label in enumerate(labels)} or None,
            **changes,
        },
    )
    auto_class(task).from_config(config).eval().save_pretrained(folder)
    words.save_pretrained(folder)


def sentences(count: int, longest: int = 40, seed: int = 0) -> list[str]:
    """Of many lengths."""
    source = random.Random(seed)
    return [" ".join(source.choices(WORDS, k=source.randint(1, longest))) for _ in range(count)]
