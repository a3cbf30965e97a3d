"""What the model is asked in the tests. Write real inputs here."""

from typing import Any

INPUTS = ["Ada Lovelace lived in London", "nobody was there"]
PARAMETERS: dict[str, Any] = {}
