"""Models as people make them, one of each kind that a server may answer wrongly: see test_cases.py."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cloudpickle
import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import make_pipeline as make_sampling_pipeline
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.neighbors import KNeighborsRegressor, LocalOutlierFactor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder
from sklearn.svm import LinearSVC

from tests.rows import own_steps

ROWS = 120
CHANCE = np.random.default_rng(7)
HOME = pd.DataFrame(
    {
        # A postcode of the Netherlands without its letters; a plot's number, which is text; what it is.
        "postal": CHANCE.choice([1011, 2042, 3584], ROWS),
        "plot": CHANCE.choice(["0071", "1E3", "NA"], ROWS),
        "kind": CHANCE.choice(["boat", "farm"], ROWS),
        "rooms": CHANCE.integers(1, 9, ROWS),
        "price": CHANCE.normal(300, 90, ROWS).round(1),
        "heated": CHANCE.choice([True, False], ROWS),
    }
)
DEAR = ((HOME.postal == 2042) ^ (HOME.plot == "1E3") ^ (HOME.kind == "farm")).map({True: "dear", False: "cheap"})
SIZES = CHANCE.normal(size=(ROWS, 4))
THREE = np.digitize(SIZES[:, 0] + SIZES[:, 1], [-0.6, 0.6])
NOTES = ["cheap and near", "rent is due", "near the sea", "due on Monday", "12345", "null", "True", "NA"] * 15
ABOUT = ["home", "bill", "home", "bill", "home", "bill", "home", "bill"] * 15


def encoder() -> OneHotEncoder:
    return OneHotEncoder(handle_unknown="ignore")


def imputed() -> Any:
    return make_pipeline(SimpleImputer(strategy="most_frequent"), encoder())


def numeric() -> Any:
    return make_pipeline(SimpleImputer(), StandardScaler())


def sharp() -> LogisticRegression:
    return LogisticRegression(C=100, max_iter=500)


def over(*parts: Any, rest: Any = "drop", last: Any = None) -> Any:
    # A forest that is not trained has no length, and so no truth value.
    return make_pipeline(make_column_transformer(*parts, remainder=rest), sharp() if last is None else last)


@dataclass(frozen=True)
class Case:
    """fit: gives the trained model. data: what it was trained on, of which some rows are asked for. open: columns of
    which nothing but a schema tells the type. pickled: how it is written, if not by pickle."""

    fit: Callable[[Any], Any]
    data: Any
    open: tuple[str, ...] = ()
    pickled: Callable[[Any], bytes] | None = None


as_text = FunctionTransformer(operator.methodcaller("astype", str))
own_as_text = FunctionTransformer(own_steps.as_text)
DAYS = pd.DataFrame({"when": pd.date_range("2025-03-01", periods=ROWS, freq="18h"), "price": HOME.price})
LONG = np.array([2**53, 2**53 + 1, 2**53 + 2] * 40).reshape(-1, 1)
LABELS = np.column_stack([THREE == 0, THREE == 1, THREE > 0]).astype(int)
LEVELS = HOME[["plot", "rooms"]].astype({"plot": "category"})

# Columns of a data frame.
FRAMES = {
    "a whole number that the model reads as text": Case(
        lambda x: over((make_pipeline(as_text, encoder()), ["postal"]), (encoder(), ["kind"])).fit(x, DEAR),
        HOME[["postal", "kind"]],
        open=("postal",),
    ),
    "a whole number read as text, among numbers only": Case(
        lambda x: over((make_pipeline(own_as_text, encoder()), ["postal"]), (StandardScaler(), ["rooms"])).fit(x, DEAR),
        HOME[["postal", "rooms"]],
        open=("postal",),
    ),
    "a whole number read as text, with an imputer beside it": Case(
        lambda x: over(
            (make_pipeline(own_as_text, encoder()), ["postal"]), (encoder(), ["kind"]), (numeric(), ["rooms"])
        ).fit(x, DEAR),
        HOME[["postal", "kind", "rooms"]],
        open=("postal",),
    ),
    "text behind an imputer": Case(
        lambda x: over((imputed(), ["plot"]), (numeric(), ["rooms"])).fit(x, DEAR), HOME[["plot", "rooms"]]
    ),
    "text behind a filler, in order": Case(
        lambda x: over(
            (
                make_pipeline(
                    SimpleImputer(strategy="constant", fill_value="?"),
                    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
                ),
                ["plot"],
            ),
            rest="passthrough",
            last=RandomForestClassifier(9, random_state=0),
        ).fit(x, DEAR),
        HOME[["plot", "rooms"]],
    ),
    "text right at an encoder": Case(
        lambda x: over((encoder(), ["plot", "kind"]), (StandardScaler(), ["rooms"])).fit(x, DEAR),
        HOME[["plot", "kind", "rooms"]],
    ),
    "text at an encoder of targets": Case(
        lambda x: over((TargetEncoder(cv=2), ["plot"]), rest="passthrough").fit(x, DEAR), HOME[["plot", "rooms"]]
    ),
    "a first step that is left out": Case(
        lambda x: Pipeline([
            ("scaled", "passthrough"),
            ("columns", make_column_transformer((encoder(), ["plot"]), remainder=StandardScaler())),
            ("model", sharp()),
        ]).fit(x, DEAR),
        HOME[["plot", "rooms"]],
    ),
    "columns that a model behind others gets, too": Case(
        lambda x: StackingClassifier(
            [("kind", over((encoder(), ["kind"])))],
            # What the first one says comes before the columns.
            final_estimator=over((encoder(), [1, 3]), rest=StandardScaler()),
            passthrough=True,
            cv=2,
        ).fit(x, DEAR),
        HOME[["plot", "rooms", "kind"]],
    ),
    "truth values beside numbers": Case(
        lambda x: over((encoder(), ["heated"]), (numeric(), ["price"])).fit(x, DEAR), HOME[["heated", "price"]]
    ),
    "a column of text beside numbers": Case(
        lambda x: over((TfidfVectorizer(), "note"), (StandardScaler(), ["rooms"])).fit(x, ABOUT),
        pd.DataFrame({"note": NOTES, "rooms": HOME.rooms}),
    ),
    "a step of the user's first": Case(
        lambda x: make_pipeline(own_steps.Ratio("price", "rooms"), StandardScaler(), sharp()).fit(x, DEAR),
        HOME[["price", "rooms"]],
        open=("price", "rooms"),
    ),
    "a step of the user's that looks at types": Case(
        lambda x: make_pipeline(own_steps.Types(), RandomForestRegressor(5, random_state=0)).fit(x, HOME.price),
        HOME,
        open=tuple(HOME),
    ),
    "dates as text": Case(
        lambda x: make_pipeline(FunctionTransformer(own_steps.month_of_text), StandardScaler(), Ridge()).fit(x, HOME.price),
        DAYS.assign(when=DAYS.when.dt.strftime("%Y-%m-%d")),
        open=("when", "price"),
    ),
    "levels that trees take": Case(
        lambda x: HistGradientBoostingClassifier(max_iter=9, categorical_features="from_dtype").fit(x, DEAR), LEVELS
    ),
    "levels that LightGBM takes": Case(
        lambda x: lgb.LGBMClassifier(n_estimators=9, n_jobs=1, verbose=-1, min_child_samples=5).fit(x, DEAR), LEVELS
    ),
    "levels that a booster of LightGBM's takes": Case(
        lambda x: lgb.train({"verbose": -1, "num_threads": 1}, lgb.Dataset(x, DEAR == "dear"), 9), LEVELS
    ),
    "levels that XGBoost takes, pickled": Case(
        lambda x: xgb.XGBClassifier(n_estimators=5, n_jobs=1, enable_categorical=True).fit(x, DEAR == "dear"), LEVELS
    ),
    "numbers with names": Case(
        lambda x: RandomForestClassifier(9, random_state=0).fit(x, DEAR), HOME[["price", "rooms", "postal"]]
    ),
}  # fmt: skip
# Arrays, whose columns have no names.
ARRAYS = {
    "columns by their place in an array of objects": Case(
        lambda x: make_pipeline(ColumnTransformer([("c", imputed(), [0]), ("n", StandardScaler(), [1])]), sharp()).fit(
            x, DEAR
        ),
        HOME[["plot", "rooms"]].to_numpy(dtype=object),
    ),
    "whole numbers above 2^53": Case(
        lambda x: make_pipeline(OneHotEncoder(), sharp()).fit(x, ["a", "b", "c"] * 40), LONG
    ),
    "labels that are text": Case(lambda x: RandomForestClassifier(9, random_state=0).fit(x, np.array(["x", "y", "z"])[THREE]), SIZES),
    "labels that are true or false": Case(lambda x: sharp().fit(x, THREE > 0), SIZES),
    "several labels, answered sparsely": Case(
        lambda x: OneVsRestClassifier(sharp()).fit(x, sparse.csr_matrix(LABELS)), SIZES
    ),
    "several labels": Case(lambda x: MultiOutputClassifier(sharp()).fit(x, LABELS), SIZES),
    "several numbers": Case(
        lambda x: MultiOutputRegressor(Ridge()).fit(x, np.column_stack([THREE, THREE * 2.5])), SIZES
    ),
    "outliers by isolation": Case(lambda x: IsolationForest(random_state=0).fit(x), SIZES),
    "outliers by neighbours": Case(lambda x: LocalOutlierFactor(novelty=True).fit(x), SIZES),
    "clusters": Case(lambda x: KMeans(3, random_state=0, n_init=1).fit(x), SIZES),
    "margins": Case(lambda x: LinearSVC().fit(x, THREE), SIZES),
    "neighbours": Case(lambda x: KNeighborsRegressor(3).fit(x, THREE), SIZES),
    "a lambda, by cloudpickle": Case(
        lambda x: make_pipeline(FunctionTransformer(lambda a: np.log1p(np.abs(a))), sharp()).fit(x, THREE),
        SIZES,
        pickled=cloudpickle.dumps,
    ),
    "LightGBM": Case(lambda x: lgb.LGBMClassifier(n_estimators=9, n_jobs=1, verbose=-1).fit(x, THREE), SIZES),
    "a booster of LightGBM's": Case(
        lambda x: lgb.train({"verbose": -1, "num_threads": 1}, lgb.Dataset(x, THREE), 9), SIZES
    ),
    "XGBoost in a pipeline": Case(
        lambda x: make_pipeline(StandardScaler(), xgb.XGBClassifier(n_estimators=5, n_jobs=1)).fit(x, THREE), SIZES
    ),
    "XGBoost, pickled": Case(lambda x: xgb.XGBClassifier(n_estimators=5, n_jobs=1).fit(x, THREE), SIZES),
    "a sampler of imbalanced-learn": Case(
        lambda x: make_sampling_pipeline(RandomOverSampler(random_state=0), sharp()).fit(x, THREE), SIZES
    ),
}  # fmt: skip
TEXTS = {
    "a pipeline that starts with a vectorizer": Case(
        lambda x: make_pipeline(TfidfVectorizer(), sharp()).fit(x, ABOUT), NOTES
    ),
    "a vectorizer trained on a series": Case(
        lambda x: make_pipeline(CountVectorizer(), sharp()).fit(x, ABOUT), pd.Series(NOTES, name="note")
    ),
}
