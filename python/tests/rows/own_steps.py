"""Steps of models as users write them: each looks at what a data frame holds, and would tell if it held something else."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class Own(TransformerMixin, BaseEstimator):
    """Of a user's module; fit notes what a data frame looked like."""

    def fit(self, frame: pd.DataFrame, y: Any = None) -> "Own":
        self.feature_names_in_ = np.array(frame.columns, dtype=object)
        self.n_features_in_ = frame.shape[1]
        self.types_ = [str(kind) for kind in frame.dtypes]
        return self


class Types(Own):
    """Which columns have the types that they had in training."""

    def transform(self, frame: pd.DataFrame) -> np.ndarray:
        same = [float(str(kind) == known) for kind, known in zip(frame.dtypes, self.types_, strict=True)]
        return np.tile(same, (len(frame), 1))


class Ratio(Own):
    """A column more, of two that are picked by name."""

    def __init__(self, over: str = "", under: str = "") -> None:
        self.over = over
        self.under = under

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame[[self.over, self.under]].assign(ratio=frame[self.over] / frame[self.under])


class Spelled(Own):
    """Every value as Python spells it: 270 and 270.0 differ, True and "True" do not."""

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame.map(str).astype(object)


class Deadlines(BaseEstimator):
    """Answers with dates."""

    def fit(self, x: Any, y: Any = None) -> "Deadlines":
        self.n_features_in_ = x.shape[1]
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.datetime64("2025-01-01") + (x[:, 0] * 10).astype(int)


def as_text(values: Any) -> Any:
    return values.astype(str)


def month(frame: pd.DataFrame) -> pd.DataFrame:
    """Of columns of dates."""
    return frame.apply(lambda column: column.dt.month * 31 + column.dt.day)


def month_of_text(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(when=pd.to_datetime(frame["when"]).dt.month)


def as_dicts(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dict("records")
