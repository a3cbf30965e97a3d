"""Which value of a request a model most likely refused."""

import numpy as np

from ml_serving.rows.features import Features


def suspect(rows: np.ndarray, features: Features) -> str:
    """Where the first value is that models most often refuse, in words, if any is."""
    text = np.zeros(rows.shape, dtype=bool)
    if rows.dtype == object:
        text = np.vectorize(is_text, otypes=[bool])(rows)
        expected = list(features.text_columns)
        rows = rows.copy()
        rows[:, expected] = 0.0
        text[:, expected] = False
        rows[text] = 0.0
    numbers = rows.astype(np.float64)
    refused = {
        "text": text,
        "infinite": np.isinf(numbers),
        "missing": np.isnan(numbers),
    }
    for kind, found in refused.items():
        if found.any():
            row, index = np.argwhere(found)[0]
            return f" (row {row + 1}, feature {features.name(index)} is {kind})"
    return ""


def is_text(value: object) -> bool:
    return isinstance(value, str)
