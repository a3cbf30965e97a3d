"""The text/libsvm content type: `label index:value …`, a row a line.

The label may be left out. Indices start at 0, as XGBoost reads such files by default,
and a feature that is not named is missing.
"""

from collections.abc import Mapping

import numpy as np
from decoders import text
from errors import RequestError
from features import Features


def decode_libsvm(
    body: bytes, parameters: Mapping[str, str], features: Features
) -> np.ndarray:
    """Takes and returns what every decoder does (see decoders.py)."""
    lines = [line for line in text(body, parameters).splitlines() if line.strip()]
    rows = np.full((len(lines), features.count or 0), np.nan)
    for number, line in enumerate(lines, start=1):
        pairs = line.partition("#")[0].split()
        if pairs and ":" not in pairs[0]:
            pairs = pairs[1:]
        for pair in pairs:
            name, _, value = pair.partition(":")
            try:
                index = int(name)
                rows[number - 1, index] = float(value)
            except (ValueError, IndexError):
                index = -1
            if index < 0:
                raise RequestError(
                    400,
                    f"row {number}: {pair!r} is not index:value with an index from 0 to "
                    f"{rows.shape[1] - 1}",
                )
    return features.numbers(rows)
