"""What the model is asked in the tests. Write real prompts here."""

from typing import Any

INPUTS = ["Once upon a time", "The weather today is"]
PARAMETERS: dict[str, Any] = {"max_new_tokens": 10, "temperature": 0}
