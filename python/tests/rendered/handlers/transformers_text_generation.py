"""How the model is loaded, and what it does where a request says nothing else.

ml_serving/handler.py says what the server asks of it.
"""

from pathlib import Path

from ml_serving.pretrained.loading import Pretrained, load_pretrained
from transformers import AutoModelForCausalLM

# Which kind of model it is: one that continues texts, token by token.
KIND = "generation"

# Tokens that are generated unless a request says how many.
MAX_NEW_TOKENS = 100
# Texts that one worker generates at the same time. Each takes memory for all of its tokens.
AT_ONCE = 16


def load(model_dir: Path) -> Pretrained:
    """Loads the model and its tokenizer, once, when the container starts."""
    return load_pretrained(AutoModelForCausalLM, model_dir)
