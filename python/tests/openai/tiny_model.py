"""A language model of a few thousand random weights, with a tokenizer of one token a character."""

import string
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

CHAT_TEMPLATE = "{% for message in messages %}{{ message.role }}: {{ message.content }}|{% endfor %}"


def save(folder: Path) -> None:
    """Writes model and tokenizer: any two folders hold the same."""
    # As the byte-level alphabet writes them: the space is Ġ.
    tokens = ["<unk>", "<s>", "</s>", "Ġ", *string.ascii_letters, *string.digits, *string.punctuation]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges=[], unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>", chat_template=CHAT_TEMPLATE
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokens),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        bos_token_id=1,
        eos_token_id=2,
    )
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        # The end is never the likeliest: texts are as long as they may be.
        model.lm_head.weight[:3] = 0
    model.save_pretrained(folder)
    wrapped.save_pretrained(folder)
