"""Further models as people make them, each of a kind of its own: see cases.py."""

import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.cross_decomposition import PLSRegression
from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier
from sklearn.experimental import enable_iterative_imputer  # noqa: F401  without it there is no IterativeImputer
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.impute import IterativeImputer, SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.naive_bayes import CategoricalNB
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    OrdinalEncoder,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import LinearSVC

from tests.rows.cases import DEAR, HOME, Case, encoder, over, sharp

THREE = np.where(HOME.plot == "1E3", "x", np.where(HOME.kind == "boat", "y", "z"))
COST = HOME.price / 100 + HOME.rooms
GAPS = HOME[["price", "rooms"]].assign(price=HOME.price.where(HOME.index % 5 > 0))
PAIRS = np.column_stack([HOME.rooms > 4, HOME.heated]).astype(int)
PLOTS = HOME[["plot", "rooms"]]
BOOSTED = {"n_estimators": 5, "n_jobs": 1}


def in_pandas(*parts: object) -> ColumnTransformer:
    """Hands on a data frame with the names of its columns."""
    made = make_column_transformer(*parts, remainder="passthrough", verbose_feature_names_out=False)
    return made.set_output(transform="pandas")


FURTHER = {
    "targets of several classes": Case(
        lambda x: make_pipeline(TargetEncoder(cv=2), sharp()).fit(x, THREE), HOME[["plot", "kind"]]
    ),
    "calibration around a pipeline": Case(
        lambda x: CalibratedClassifierCV(over((encoder(), ["plot"]), rest="passthrough", last=LinearSVC()), cv=2).fit(
            x, THREE
        ),
        PLOTS,
    ),
    "a threshold that is tuned": Case(
        lambda x: TunedThresholdClassifierCV(over((encoder(), ["plot"]), rest="passthrough"), cv=2).fit(x, HOME.heated),
        PLOTS,
    ),
    "labels in a chain": Case(
        lambda x: over((encoder(), ["plot"]), rest="passthrough", last=ClassifierChain(sharp())).fit(x, PAIRS), PLOTS
    ),
    "several outputs of text": Case(
        lambda x: MultiOutputClassifier(over((encoder(), ["plot"]), rest="passthrough")).fit(
            x, np.column_stack([THREE, HOME.kind])
        ),
        PLOTS,
    ),
    "an encoder that was fitted before": Case(
        lambda x: over((FrozenEstimator(encoder().fit(x[["plot"]])), ["plot"]), rest="passthrough").fit(x, DEAR), PLOTS
    ),
    "a search for the encoder": Case(
        lambda x: GridSearchCV(
            Pipeline(
                [("columns", ColumnTransformer([("e", "drop", ["plot"])], remainder="passthrough")), ("m", Ridge())]
            ),
            {"columns__e": [encoder(), TargetEncoder(cv=2)]},
            cv=2,
        ).fit(x, COST),
        PLOTS,
    ),
    "names that a data frame hands on": Case(
        lambda x: make_pipeline(
            in_pandas((StandardScaler(), ["rooms"])), make_column_transformer((encoder(), ["plot", "kind"])), sharp()
        ).fit(x, DEAR),
        HOME[["rooms", "kind", "plot"]],
    ),
    "levels that a data frame hands on to trees": Case(
        lambda x: make_pipeline(
            in_pandas((OrdinalEncoder(), ["plot"])),
            HistGradientBoostingClassifier(max_iter=5, categorical_features=["plot"]),
        ).fit(x, DEAR),
        PLOTS,
    ),
    "levels that a data frame hands on to LightGBM": Case(
        lambda x: make_pipeline(
            in_pandas((StandardScaler(), ["rooms"])), lgb.LGBMClassifier(**BOOSTED, verbose=-1, min_child_samples=5)
        ).fit(x, DEAR),
        PLOTS.astype({"plot": "category"}),
    ),
    "levels that two libraries take": Case(
        lambda x: VotingClassifier(
            [
                ("x", xgb.XGBClassifier(**BOOSTED, enable_categorical=True)),
                ("l", lgb.LGBMClassifier(**BOOSTED, verbose=-1, min_child_samples=5)),
            ],
            voting="soft",
        ).fit(x, DEAR),
        PLOTS.astype({"plot": "category"}),
    ),
    "gaps that a model fills": Case(
        lambda x: make_pipeline(IterativeImputer(random_state=0), Ridge()).fit(x, COST), GAPS
    ),
    "bins and splines side by side": Case(
        lambda x: make_pipeline(
            FeatureUnion(
                [("b", KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf")), ("s", SplineTransformer())]
            ),
            Ridge(),
        ).fit(x, COST),
        HOME[["price", "rooms"]],
    ),
    "several outputs of numbers, with gaps": Case(
        lambda x: make_pipeline(SimpleImputer(add_indicator=True), PLSRegression(2)).fit(
            x, np.column_stack([COST, HOME.rooms])
        ),
        GAPS,
    ),
    "classes of text by a process": Case(
        lambda x: make_pipeline(StandardScaler(), GaussianProcessClassifier()).fit(x, THREE), HOME[["price", "rooms"]]
    ),
    "codes of categories": Case(
        lambda x: make_pipeline(
            OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1),
            SimpleImputer(missing_values=-1, strategy="most_frequent"),
            CategoricalNB(),
        ).fit(x, DEAR),
        HOME[["plot", "heated"]],
    ),
    "whole numbers that may be missing": Case(
        lambda x: make_pipeline(SimpleImputer(), Ridge()).fit(x, COST),
        HOME[["rooms", "price"]].assign(rooms=HOME.rooms.astype("Int64").where(HOME.index % 7 > 0)),
    ),
    "texts that pandas keeps as such": Case(
        lambda x: over((encoder(), ["plot"]), rest="passthrough").fit(x, DEAR), PLOTS.astype({"plot": "string"})
    ),
    "a first step that is left out, of numbers": Case(
        lambda x: Pipeline([("scaled", "passthrough"), ("model", Ridge())]).fit(x, pd.Series(COST)),
        HOME[["price", "rooms"]],
    ),
}
