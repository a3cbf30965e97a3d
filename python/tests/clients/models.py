"""Models to ask, each with a few rows for it as a client has them, and what it predicts for these in Python."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

chance = np.random.default_rng(0)
NUMBERS = pd.DataFrame(chance.normal(size=(60, 3)).round(6), columns=["width", "height", "depth"])
TARGET = NUMBERS.to_numpy() @ [1.0, 10.0, 100.0]
MIXED = pd.DataFrame(
    {
        "zip": chance.choice(["02139", "1E5", "NA"], 60),
        "rooms": chance.integers(1, 9, 60),
        "price": chance.normal(size=60).round(6),
        "new": chance.choice([True, False], 60),
    }
)
TEXTS = ["win cash now", "free prize, win", "meeting at noon", "lunch tomorrow"]


@dataclass(frozen=True)
class Asked:
    """handler: in rendered/. rows: as a client has them. expected: the model's predictions for them."""

    handler: str
    save: Callable[[Path], None]
    rows: pd.DataFrame
    expected: np.ndarray

    @property
    def array(self) -> np.ndarray:
        return self.rows.to_numpy()

    @property
    def lists(self) -> list[list[Any]]:
        return self.rows.to_numpy(dtype=object).tolist()


def sklearn(model: Any, rows: pd.DataFrame, given: Any) -> Asked:
    def save(folder: Path) -> None:
        (folder / "model.pkl").write_bytes(pickle.dumps(model))

    return Asked("sklearn_pkl", save, rows, model.predict(given))


def boosted() -> Asked:
    model = xgb.XGBRegressor(n_estimators=10).fit(NUMBERS, TARGET)
    rows = NUMBERS[:3].copy()
    rows.loc[1, "height"] = np.nan
    return Asked("xgboost_json", lambda folder: model.save_model(folder / "model.json"), rows, model.predict(rows))


def made() -> dict[str, Asked]:
    """By what docs/requests.md calls them."""
    encoder = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    pipeline = make_pipeline(make_column_transformer((encoder, ["zip"]), remainder="passthrough"), LinearRegression())
    texts = pd.DataFrame({"text": TEXTS})
    array = NUMBERS.to_numpy()
    return {
        "numbers": sklearn(LinearRegression().fit(array, TARGET), NUMBERS[:3], array[:3]),
        "named columns, some of text": sklearn(pipeline.fit(MIXED, TARGET), MIXED[:3], MIXED[:3]),
        "texts": sklearn(make_pipeline(TfidfVectorizer(), LinearRegression()).fit(TEXTS, range(4)), texts, TEXTS),
        "XGBoost": boosted(),
    }
