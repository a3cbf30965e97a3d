"""What the model is asked in the tests. Write real inputs here."""

from typing import Any

INPUTS = ["the film was great", "the food was dull, my friends said"]
PARAMETERS: dict[str, Any] = {}
