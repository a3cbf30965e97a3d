"""XGBoost's own files answer as what was saved does, for the frame that it was trained on: categories, names, gaps."""

import random
import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rows.columns import NAMES, drawn, is_ascii
from tests.rows.judging import Worker, held
from tests.rows.right import Training

ODD = [*NAMES, "petal, width (cm)", "{}", "größer als", "a:b", "1e5"]


@dataclass(frozen=True)
class Plan:
    """columns: (type, whether some are missing) of each; none: an array of numbers. onehot: up to how many levels a
    category is split one by one."""

    columns: tuple[tuple[str, bool], ...]
    api: str
    format: str
    onehot: int
    seed: int


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    kinds = st.sampled_from(["number", "number", "whole", "truth", "category", "coded"])
    columns = draw(st.lists(st.tuples(kinds, st.booleans()), min_size=1, max_size=4))
    return Plan(
        tuple((kind, gaps and kind in ("number", "category")) for kind, gaps in columns),
        api=draw(st.sampled_from(["classifier", "regressor", "booster"])),
        format=draw(st.sampled_from(["json", "ubj"])),
        onehot=draw(st.sampled_from([1, 4, 50])),
        seed=draw(st.integers(0, 2**16)),
    )


class Matrices:
    """A booster, asked as its users do."""

    def __init__(self, booster: xgb.Booster) -> None:
        self.booster = booster

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return self.booster.predict(xgb.DMatrix(frame, enable_categorical=True))


def trained(plan: Plan, frame: pd.DataFrame, y: np.ndarray) -> tuple[Any, Any]:
    """What is saved, and what is asked in Python."""
    if plan.api == "booster":
        data = xgb.DMatrix(frame, y, enable_categorical=True)
        booster = xgb.train({"max_cat_to_onehot": plan.onehot, "max_depth": 3, "nthread": 1}, data, 4)
        return booster, Matrices(booster)
    kind = xgb.XGBClassifier if plan.api == "classifier" else xgb.XGBRegressor
    model = kind(n_estimators=4, max_depth=3, n_jobs=1, enable_categorical=True, max_cat_to_onehot=plan.onehot)
    model.fit(frame, (y > np.median(y)).astype(int) if plan.api == "classifier" else y)
    return model, model


def judge(plan: Plan, counted: Counter[str]) -> None:
    chance = random.Random(plan.seed)
    parts = [drawn(kind, "levels", gaps, False, chance) for kind, gaps in plan.columns]
    frame = pd.concat([part.train for part in parts], axis=1)
    frame.columns = chance.sample(ODD, len(parts))
    y = np.sum([part.effect for part in parts], axis=0)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        saved, asked = trained(plan, frame, y)
        saved.save_model(Path(folder) / f"model.{plan.format}")
        training = Training(
            asked,
            list(frame.dtypes),
            # XGBoost cuts what is not ASCII.
            unnamed=frozenset(place for place, kind in enumerate(frame.dtypes) if not is_ascii(kind)),
            probabilities=plan.api == "classifier",
        )
        rows = [list(row) for row in zip(*(part.asked for part in parts), strict=True)]
        with Worker(Path(folder), f"xgboost_{plan.format}", training.probabilities) as worker:
            held(worker, training, (list(frame.columns), rows), chance, counted)


QUIET = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@settings(QUIET, max_examples=15, derandomize=True)
@given(plan=plans())
def test_a_booster_answers_as_it_does_in_python(plan: Plan) -> None:
    judge(plan, Counter())


@pytest.mark.all
@settings(QUIET, max_examples=300, derandomize=True)
@given(plan=plans())
def test_more_boosters_answer_as_they_do_in_python(plan: Plan) -> None:
    counted: Counter[str] = Counter()
    judge(plan, counted)
