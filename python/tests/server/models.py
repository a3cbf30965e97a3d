"""Small models whose answers are known."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.tree import DecisionTreeRegressor


def save(model: Any, folder: Path) -> Path:
    """Where the server looks for a model; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if hasattr(model, "save_model"):
        model.save_model(folder / "model.json")
    else:
        joblib.dump(model, folder / "model.pkl")
    return folder


class Lookup:
    """A model that knows one number for each whole number from 0 to 999: an answer tells whose it is."""

    size = 1000

    def __init__(self, folder: Path) -> None:
        self._values = np.random.default_rng(1).permutation(self.size) / 2
        keys = np.arange(self.size, dtype=float).reshape(-1, 1)
        self.model = DecisionTreeRegressor().fit(np.hstack([keys, keys]), self._values)
        self.folder = save(self.model, folder)

    def body(self, keys: Sequence[int]) -> bytes:
        return json.dumps([[key, key] for key in keys]).encode()

    def values(self, keys: Sequence[int]) -> list[float]:
        return [float(self._values[key]) for key in keys]

    def answer(self, keys: Sequence[int]) -> bytes:
        """What the server sends, to the byte."""
        return json.dumps({"predictions": self.values(keys)}, separators=(",", ":")).encode()
