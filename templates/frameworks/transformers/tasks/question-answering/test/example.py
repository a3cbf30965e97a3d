"""What the model is asked in the tests. Write real inputs here."""

from typing import Any

INPUTS = [
    {"question": "who was there?", "context": "nobody was there"},
    {"question": "what was dull?", "context": "the food was dull, my friends said"},
]
PARAMETERS: dict[str, Any] = {}
