"""How the model is loaded, and what it does where a request says nothing else."""

from pathlib import Path
from typing import Any

from transformers import AutoModelForCausalLM
from worker.pretrained import load_pretrained

# Tokens that are generated unless a request says how many.
MAX_NEW_TOKENS = 100
# Texts that one worker generates at the same time. Each takes memory for all of its tokens.
AT_ONCE = 16


def load(model_dir: Path) -> tuple[Any, Any]:
    """The model, and its tokenizer."""
    return load_pretrained(AutoModelForCausalLM, model_dir)
