"""What the model is asked in the tests. Write real inputs here."""

from typing import Any

INPUTS = ["a short text", "another text that is a little longer"]
PARAMETERS: dict[str, Any] = {}
