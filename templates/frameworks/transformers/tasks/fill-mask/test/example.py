"""What the model is asked in the tests. Write the mask of your tokenizer here."""

from typing import Any

INPUTS = ["the film was [MASK]", "my friends said that it was [MASK]"]
PARAMETERS: dict[str, Any] = {}
