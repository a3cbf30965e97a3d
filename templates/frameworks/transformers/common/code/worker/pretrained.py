"""Loads a folder that save_pretrained made."""

from pathlib import Path
from typing import Any

from errors import ModelError, first_line
from transformers import AutoTokenizer


def load_pretrained(auto_class: Any, model_dir: Path) -> tuple[Any, Any]:
    """The model, on the CPU, and its tokenizer. Raises ModelError."""
    try:
        model = auto_class.from_pretrained(model_dir, local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(model_dir, local_files_only=True)
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot load {model_dir}: {first_line(error)}") from error
    return model.eval(), tokenizer
