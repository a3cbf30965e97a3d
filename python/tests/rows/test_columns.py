"""What decides how a value is read: a schema, the fitted model, or the value's own form, and never its neighbours."""

import importlib
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import (
    ColumnTransformer,
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.ensemble import (
    BaggingClassifier,
    HistGradientBoostingClassifier,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import RFE
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import CategoricalNB
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

from ml_serving.errors import ModelError, RequestError
from ml_serving.rows.adapter import Predictor
from ml_serving.rows.columns.declared import with_schema
from ml_serving.rows.columns.schema import read_columns, read_schema
from ml_serving.rows.features import Features
from ml_serving.sklearn.columns import model_features
from tests.rows.asking import SKLEARN, answer_to, serving

chance = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "zip": chance.choice(["01001", "02139", "90210", "1E5", "NA", "True"], 120),
        "rooms": chance.integers(1, 5, 120),
        "price": chance.normal(size=120),
        "new": chance.choice([True, False], 120),
    }
)
Y = ((FRAME.zip == "02139") | (FRAME.rooms == 2)).astype(int)
ONE_HOT = OneHotEncoder(handle_unknown="ignore")


def imputed(encoder: Any) -> Any:
    return make_pipeline(SimpleImputer(strategy="most_frequent"), encoder)


def columns(encoder: Any = ONE_HOT, remainder: Any = "passthrough") -> Any:
    return ColumnTransformer([("t", encoder, ["zip"]), ("r", ONE_HOT, ["rooms"])], remainder=remainder)


def logistic(*steps: Any) -> Any:
    return make_pipeline(*steps, LogisticRegression(C=100))


NESTED: dict[str, Any] = {
    "encoder in front": logistic(columns()),
    "behind an imputer": logistic(columns(imputed(ONE_HOT))),
    "ordinal": logistic(columns(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1))),
    "target": logistic(columns(TargetEncoder())),
    "remainder": logistic(
        ColumnTransformer([("n", StandardScaler(), ["price", "new"])], remainder=imputed(ONE_HOT)),
    ),
    "selector": logistic(
        make_column_transformer(
            (ONE_HOT, make_column_selector(dtype_exclude=np.number)), (ONE_HOT, ["rooms"]), (StandardScaler(), slice(2, 3))
        )
    ),
    "mask": logistic(
        make_column_transformer((imputed(ONE_HOT), np.array([True, True, False, False])), remainder="drop"),
    ),
    "in two steps": logistic(
        ColumnTransformer(
            [("i", SimpleImputer(strategy="most_frequent"), ["rooms", "zip"])], remainder="passthrough"
        ),
        ColumnTransformer([("e", ONE_HOT, [0, 1])], remainder=StandardScaler()),
    ),
    "union": logistic(FeatureUnion([("a", columns(remainder="drop")), ("b", columns(remainder="drop"))])),
    "search": GridSearchCV(logistic(columns()), {"logisticregression__C": [1, 100]}, cv=2),
    "calibrated": CalibratedClassifierCV(logistic(columns(imputed(ONE_HOT))), cv=2),
    "voting": VotingClassifier([("a", logistic(columns())), ("b", logistic(columns(imputed(ONE_HOT))))]),
    "stacking": StackingClassifier([("a", logistic(columns()))], cv=2),
    "one against the rest": OneVsRestClassifier(logistic(columns())),
}  # fmt: skip


def alone(model: Any, row: pd.DataFrame) -> list[Any]:
    return model.predict(row).tolist()


def ask(predictor: Predictor, body: str, content_type: str = "application/json") -> tuple[int, Any]:
    answer = answer_to(predictor, body.encode(), content_type, "application/json")
    document = json.loads(answer.body)
    return answer.status, document.get("predictions", document.get("error"))


@pytest.mark.parametrize("name", NESTED)
def test_text_that_looks_like_something_else_is_text_through_any_nesting(name: str) -> None:
    model = NESTED[name].fit(FRAME, Y)
    predictor = serving(model)
    kinds = {column.name: column.type for column in predictor.features.known}
    assert kinds["zip"] == "str"
    rows = FRAME[:30]
    expected = model.predict(rows).tolist()
    assert ask(predictor, rows.to_json(orient="records", double_precision=15)) == (200, expected)
    for quoting in (0, 1):
        body = rows.to_csv(index=False, quoting=quoting)
        assert ask(predictor, body, "text/csv") == (200, expected)
        body = rows.to_csv(index=False, header=False, quoting=quoting)
        assert ask(predictor, body, "text/csv; header=absent") == (200, expected)


OWN = make_column_transformer(
    (make_pipeline(FunctionTransformer(lambda part: part.astype(str)), ONE_HOT), ["rooms"]),
    (ONE_HOT, ["zip"]),
    (make_pipeline(SimpleImputer(), StandardScaler()), ["price"]),
)


def requests_to_harm() -> list[tuple[bytes, bytes, None, None]]:
    bodies = [
        b'[{"zip": "02139", "rooms": 2, "price": 1, "new": true}]',
        b'[{"zip": "02139", "rooms": null, "price": null, "new": true}]',
        b'[{"zip": null, "rooms": 2.5, "price": 0.5, "new": false}]',
        b'[{"zip": "90210", "rooms": "2", "price": 1, "new": 1}]',
        b'[{"zip": "90210", "rooms": true, "price": 1, "new": null}]',
        b'[{"new": true, "price": 0, "rooms": 3, "zip": "01001"}, {"zip": "02139", "rooms": 4.5, "price": 1, "new": 0}]',
    ]
    return [(body, b"application/json", None, None) for body in bodies]


@pytest.mark.parametrize("model", [logistic(OWN), NESTED["behind an imputer"]], ids=["own code", "imputer"])
def test_a_neighbour_never_changes_an_answer(model: Any) -> None:
    predictor = serving(model.fit(FRAME, Y))
    batch = requests_to_harm() * 3
    for order in (batch, batch[::-1]):
        together = predictor.answer(order)[0]
        assert [tuple(one) for one in together] == [tuple(predictor.answer([one])[0][0]) for one in order]
    assert {one[0] for one in predictor.answer(batch)[0]} <= {200, 400}


def test_code_that_looks_at_all_rows_never_sees_those_of_two_requests() -> None:
    model = make_pipeline(FunctionTransformer(lambda rows: rows - rows.mean()), LinearRegression()).fit(
        FRAME[["rooms", "price"]], Y
    )
    predictor = serving(model)
    batch = [
        (json.dumps([[rooms, 1.5]]).encode(), b"application/json", None, None)
        for rows in range(4)
        for rooms in (rows, 9)
    ]
    assert [one[2] for one in predictor.answer(batch)[0]] == [predictor.answer([one])[0][0][2] for one in batch]


def test_rows_of_several_types_are_answered_in_the_order_of_the_request() -> None:
    model = logistic(OWN).fit(FRAME, Y)
    rows = [{"zip": "02139", "rooms": rooms, "price": 0.5, "new": True} for rooms in (2, None, 3, "2", 2.5, 2, None)]
    expected = [alone(model, pd.DataFrame([row]))[0] for row in rows]
    assert ask(serving(model), json.dumps(rows)) == (200, expected)


def test_whole_numbers_above_2_to_the_53_stay_what_they_are() -> None:
    big = np.array([2**53, 2**53 + 1, 2**53 + 2] * 20)
    labels = ["a", "b", "c"] * 20
    for x in (big.reshape(-1, 1), pd.DataFrame({"id": big})):
        predictor = serving(logistic(OneHotEncoder()).fit(x, labels))
        body = "\n".join(map(str, big[:3]))
        assert ask(predictor, json.dumps([[int(one)] for one in big[:3]])) == (200, ["a", "b", "c"])
        assert ask(predictor, body, "text/csv") == (200, ["a", "b", "c"])


def test_what_is_missing_is_none_where_the_encoder_met_none() -> None:
    x = pd.DataFrame({"kind": np.array(["a", "b", None] * 20, dtype=object)}).astype(object)
    model = logistic(OneHotEncoder()).fit(x.to_numpy(), ["A", "B", "N"] * 20)
    assert ask(serving(model), '[["a"], [null], ["b"]]') == (200, ["A", "N", "B"])


@pytest.mark.parametrize("kind", [str, int, bool])
def test_categories_of_gradient_boosting_are_those_of_its_training(kind: Callable[[Any], Any]) -> None:
    levels = [kind(one) for one in ([0, 1] if kind is bool else [1, 10, 3])]
    x = pd.DataFrame({"k": pd.Categorical([levels[i % len(levels)] for i in range(120)]), "price": FRAME.price})
    y = (x.k == levels[1]).astype(int)
    model = HistGradientBoostingClassifier(max_iter=20, categorical_features="from_dtype").fit(x, y)
    rows = [{"k": one, "price": 0.5} for one in levels]
    assert ask(serving(model), json.dumps(rows)) == (200, [int(one == levels[1]) for one in levels])


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('["win cash", "lunch"]', "application/json"),
        ('{"instances": ["win cash", "lunch"]}', "application/json"),
        ('[["win cash"], ["lunch"]]', "application/json"),
        ('"win cash"\n"lunch"', "application/jsonlines"),
        ("win cash\nlunch\n", "text/csv"),
        ('"win cash"\r\n"lunch"\r\n', "text/csv"),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_a_model_of_texts_gets_a_list_of_them(nested: bool, body: str, content_type: str) -> None:
    model: Any = make_pipeline(TfidfVectorizer(), LogisticRegression())
    model = GridSearchCV(OneVsRestClassifier(model), {}, cv=2) if nested else model
    model.fit(["win cash", "lunch today", "cash prize", "lunch at noon"], ["spam", "ham"] * 2)
    assert ask(serving(model), body, content_type) == (200, ["spam", "ham"])


def test_an_empty_text_in_quotes_is_a_text_and_nothing_is_missing() -> None:
    frame = pd.DataFrame({"text": ["win cash", "lunch", ""] * 10, "n": range(30)})
    model = logistic(make_column_transformer((TfidfVectorizer(), "text"), (StandardScaler(), ["n"]))).fit(
        frame, [1, 0, 0] * 10
    )
    assert ask(serving(model), '"",3', "text/csv") == (200, alone(model, frame[2:3]))
    status, error = ask(serving(model), ",3", "text/csv")
    assert (status, "(row 1, feature 'text' is missing)" in error) == (400, True)


class Ratio(TransformerMixin, BaseEstimator):
    def fit(self, rows: pd.DataFrame, y: Any = None) -> "Ratio":
        return self

    def transform(self, rows: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"ratio": rows["debt"] / rows["income"], "debt": rows["debt"]})


MONEY = pd.DataFrame({"debt": chance.random(60) * 9, "income": chance.random(60) + 1})
RATIO = make_pipeline(Ratio(), StandardScaler(), LogisticRegression()).fit(MONEY, (MONEY.debt > 4).astype(int))


def test_an_empty_field_is_the_empty_text_that_an_encoder_has_met_and_blanks_of_a_header_are_those_of_its_rows() -> (
    None
):
    def trained(levels: list[Any]) -> tuple[Predictor, Any]:
        frame = pd.DataFrame({"code": np.arange(90) % 7, "t": pd.Series(levels * 30, dtype=object)})
        model = make_pipeline(
            make_column_transformer((OneHotEncoder(), ["t"]), remainder="passthrough"), LinearRegression()
        ).fit(frame, np.arange(90) % 3 * 100.0)
        return serving(model), model

    for levels, empty in ((["x", "y", ""], ""), (["x", "y", np.nan], np.nan)):
        predictor, model = trained(levels)
        right = model.predict(pd.DataFrame({"code": [3, 3], "t": pd.Series([empty, "x"], dtype=object)}))
        for body in ("code,t\n3,\n3,x\n", "code, t\n3, \n3, x\n"):
            answer = answer_to(predictor, body.encode(), "text/csv")
            assert json.loads(answer.body)["predictions"] == pytest.approx(right), (levels, body)


def padded(levels: list[str]) -> tuple[Predictor, Any, pd.DataFrame]:
    frame = pd.DataFrame({"age": np.arange(60) % 7, "work": levels * 20})
    encoder = make_column_transformer((ONE_HOT, ["work"]), remainder="passthrough")
    model = make_pipeline(encoder, LinearRegression()).fit(frame, np.arange(60) % 3 * 100.0)
    return serving(model), model, frame


def test_blanks_around_the_names_of_a_header_leave_values_as_the_encoder_knows_them() -> None:
    for levels, written in (([" gov", " own", " ?"], "{}"), (["gov", "own", "?"], " {}")):
        predictor, model, frame = padded(levels)
        rows = "".join(f"{age},{written.format(work)}\n" for age, work in frame.head(3).itertuples(index=False))
        right = pytest.approx(model.predict(frame.head(3)).tolist())
        assert json.loads(answer_to(predictor, f"age, work\n{rows}".encode(), "text/csv").body)["predictions"] == right


def test_blanks_around_values_of_which_nothing_tells_whose_they_are_are_refused_below_such_a_header() -> None:
    _, model, _ = padded([" gov", " own", " ?"])
    declared = [{"name": "age", "type": "int64"}, {"name": "work", "type": "str"}]
    features = with_schema(model_features(model), read_columns({"columns": declared}, "s"))
    predictor = Predictor(SKLEARN, model, features)
    status, error = ask(predictor, "age, work\n3, gov\n", "text/csv")
    assert (status, error.startswith("row 1, feature 'work': ' gov' has blanks around it")) == (400, True), error
    right = model.predict(pd.DataFrame({"age": [3], "work": [" gov"]})).tolist()
    for body in ("age,work\n3, gov\n", " age,work\n 3,gov\n"):
        answer = answer_to(predictor, body.encode(), "text/csv")
        if " gov" in body:
            assert json.loads(answer.body)["predictions"] == pytest.approx(right)
        assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    "body",
    [
        '01001,2,"0.5\n02139,2,0.5\n',
        'zip,rooms,price,new\n01001,2,0.5,True\n"02139,2,0.5,True\n90210,2,0.5,True\n',
        '"',
        '01001,2,0.5,"True',
    ],
)
def test_a_quote_that_nothing_closes_is_no_field_with_the_rows_below_it(body: str) -> None:
    for text in (body, body.replace("\n", "\r\n")):
        status, error = ask(serving(NESTED["encoder in front"].fit(FRAME, Y)), text, "text/csv")
        assert (status, error.startswith("the body is not CSV: a quote is not closed, the one before '")) == (400, True)


def test_a_text_that_was_cut_at_a_line_within_its_quotes_is_refused_and_the_whole_one_is_answered() -> None:
    texts = ["good food", "bad service", "good service"] * 10
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [1, 0, 1] * 10)
    predictor = serving(model)
    whole = ask(predictor, '"good food\nand service"', "text/csv")
    assert whole == (200, model.predict(["good food\nand service"]).tolist())
    for part in ('"good food', 'and service"\n"'):
        status, error = ask(predictor, part, "text/csv")
        assert (status, "a quote is not closed" in error) == (400, True), error


def test_an_index_that_the_model_was_trained_with_is_a_column_whose_name_in_a_header_is_empty() -> None:
    frame = pd.DataFrame({"Unnamed: 0": range(40), "city": ["rome", "oslo"] * 20, "size": chance.random(40)})
    model = make_pipeline(
        make_column_transformer((ONE_HOT, ["city"]), (SimpleImputer(), ["Unnamed: 0", "size"])), LinearRegression()
    ).fit(frame, frame.index * 2.0)
    predictor, some = serving(model), frame.head(3)
    right = pytest.approx(model.predict(some).tolist())
    written = some.drop(columns="Unnamed: 0").to_csv()
    swapped = some[["city", "Unnamed: 0", "size"]].to_csv(index=False)
    for body in (written, '"",' + written[1:], some.to_csv(index=False), swapped):
        assert json.loads(answer_to(predictor, body.encode(), "text/csv").body)["predictions"] == right, body
    for body in (",rome,0.5\n1,oslo,0.5\n", "1,oslo,0.5\n,rome,0.5\n"):
        assert len(json.loads(answer_to(predictor, body.encode(), "text/csv").body)["predictions"]) == 2, body


def test_the_line_that_excel_writes_above_a_header_is_no_row_of_texts() -> None:
    frame = pd.DataFrame({"a": ["x", "y"] * 10, "b": ["v", "w"] * 10})
    model = make_pipeline(FunctionTransformer(pd.DataFrame.eq, kw_args={"other": "x"}), LinearRegression())
    predictor = serving(model.fit(frame, [1.0, 0.0] * 10))
    for body in ("sep=,\na,b\nx,v\n", "sep=,\nx,v\n"):
        status, error = ask(predictor, body, "text/csv")
        assert (status, "leave it out" in error) == (400, True), error


def test_a_missing_number_in_quotes_may_be_the_first_row_of_a_lone_column() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, np.nan, 4.0]})
    model = make_pipeline(SimpleImputer(), LinearRegression()).fit(frame, [1.0, 2.0, 3.0, 4.0])
    right = pytest.approx(model.predict(frame.iloc[[2, 0]]).tolist())
    for body in (b'""\n1.0\n', b'a\n""\n1.0\n'):
        assert json.loads(answer_to(serving(model), body, "text/csv").body)["predictions"] == right


def test_megabytes_of_quotes_are_read_once() -> None:
    predictor = serving(logistic(columns()).fit(FRAME, Y))
    for body in ('""' * 1_000_000, '"' + 'a""' * 1_000_000, '"' * 2_000_001):
        assert answer_to(predictor, body.encode(), "text/csv").status == 400


def test_a_transformer_of_the_users_own_gets_the_frame_of_its_training() -> None:
    predictor = serving(RATIO)
    expected = RATIO.predict(MONEY[:3]).tolist()
    assert ask(predictor, MONEY[:3].to_json(orient="records", double_precision=15)) == (200, expected)
    assert ask(predictor, MONEY[:3].to_csv(index=False), "text/csv; header=present") == (200, expected)
    status, error = ask(predictor, "[[1, 2]]")
    assert (status, "send rows as objects" in error) == (400, True)


def test_a_schema_names_the_columns_of_a_model_that_knows_none() -> None:
    schema = read_columns({"columns": [{"name": name, "type": "float64"} for name in MONEY]}, "s")
    predictor = Predictor(SKLEARN, RATIO, with_schema(model_features(RATIO), schema))
    expected = RATIO.predict(MONEY[:3]).tolist()
    assert ask(predictor, json.dumps(MONEY[:3].to_numpy().tolist())) == (200, expected)
    assert ask(predictor, MONEY[:3].to_csv(index=False), "text/csv") == (200, expected)
    assert ask(predictor, '[{"debt": 1, "income": null}]')[1] == "row 1, feature 'income' is missing, and must not be"


DATED = make_pipeline(
    FunctionTransformer(lambda rows: pd.DataFrame({"m": rows["when"].dt.month, "v": rows["v"]})), LinearRegression()
)
DATES = pd.DataFrame({"when": pd.date_range("2024-01-01", periods=200, freq="D"), "v": chance.random(200)})


@pytest.mark.parametrize(
    ("declared", "given"),
    [
        ({"type": "datetime64[ns]"}, '"2024-03-05T10:00:00"'),
        ({"type": "datetime64[us]", "format": "%d.%m.%Y"}, '"05.03.2024"'),
        ({"type": "datetime64[ns]", "unit": "s"}, "1709596800"),
        ({"type": "datetime64[ns, UTC]"}, '"2024-03-05T00:00:00Z"'),
        ({"type": "datetime64[ns, Europe/Berlin]"}, '"2024-02-29T23:00:00Z"'),
    ],
)
def test_dates_reach_the_model_as_dates(declared: dict[str, str], given: str) -> None:
    model = DATED.fit(DATES, DATES.when.dt.month)
    schema = read_columns({"columns": [{"name": "when", **declared}, {"name": "v", "type": "float64"}]}, "s")
    predictor = Predictor(SKLEARN, model, with_schema(model_features(model), schema))
    assert ask(predictor, f"[[{given}, 0.5]]") == (200, [pytest.approx(3)])
    assert ask(predictor, f"{given},0.5", "text/csv; header=absent") == (200, [pytest.approx(3)])
    status, error = ask(predictor, '[["soon", 0.5]]')
    assert (status, error.startswith("row 1, feature 'when': 'soon' is")) == (400, True)


def as_read(column: dict[str, Any], given: Any) -> Any:
    """What a model gets of a declared column; given: a text, or an array as Arrow has it."""
    [declared] = read_columns({"columns": [{"name": "a", **column}]}, "s")
    features = Features(1, ["a"], columns=[declared], form="frame")
    rows = features.from_columns([given] if isinstance(given, np.ndarray) else [[given]], ["a"])
    [table] = rows.tables
    return features.ready(table)["a"]


@pytest.mark.parametrize("column", [{}, {"format": "%Y-%m-%d"}, {"format": "%d.%m.%Y"}, {"format": "mixed"}])
@pytest.mark.parametrize("clock", ["now", "today", "Now", " today "])
def test_no_date_is_that_of_the_clock(column: dict[str, str], clock: str) -> None:
    for kind in ("datetime64[ns]", "datetime64[us, UTC]"):
        with pytest.raises(RequestError, match="is not a date"):
            as_read({"type": kind, **column}, clock)


@pytest.mark.parametrize(
    ("column", "given", "says"),
    [
        (
            "datetime64[ns]",
            np.array(["3000-01-01"], "M8[us]"),
            "'3000-01-01T00:00:00.000000' is out of the range of date",
        ),
        ("datetime64[ns]", "3000-01-01", "'3000-01-01' is out of the range of datetime64[ns]"),
        ("datetime64[ns, UTC]", "3000-01-01T00:00Z", "is out of the range of datetime64[ns, UTC]"),
        ("datetime64[ns, UTC]", np.array(["2024-01-01"], "M8[us]"), "'2024-01-01T00:00:00.000000' has no time zone"),
        ("datetime64[ns, UTC]", "2024-01-01T00:00:00", "'2024-01-01T00:00:00' has no time zone"),
        ("datetime64[ns]", "2024-01-01T00:00:00Z", "'2024-01-01T00:00:00Z' has a time zone"),
    ],
)
def test_a_time_that_a_column_cannot_have_is_refused_and_never_another(column: str, given: Any, says: str) -> None:
    with pytest.raises(RequestError) as raised:
        as_read({"type": column}, given)
    assert says in raised.value.message


def test_a_time_far_away_is_what_it_says_where_the_column_reaches_it() -> None:
    far = pd.Timestamp("3000-01-01")
    for given in (np.array(["3000-01-01"], "M8[s]"), "3000-01-01"):
        assert as_read({"type": "datetime64[us]"}, given)[0] == far
    features = Features(1, ["a"], form="frame")
    [table] = features.from_columns([np.array(["3000-01-01"], "M8[us]")], ["a"]).tables
    assert features.ready(table)["a"][0] == far


@pytest.mark.parametrize(
    ("column", "spelt"),
    [
        *[({"type": kind}, word) for kind in ("float64", "float32", "int64") for word in ("nan", "NaN", " nan ")],
        *[({"type": "datetime64[ns]"}, word) for word in ("", "NaT", "nat", "nan")],
        *[({"type": "datetime64[us, UTC]"}, word) for word in ("", "NaT")],
        ({"type": "datetime64[ns]", "format": "%d.%m.%Y"}, "NaT"),
        ({"type": "datetime64[ns]", "unit": "s"}, float("nan")),
        ({"type": "category", "categories": [1, 2]}, float("nan")),
    ],
)
def test_what_is_required_is_not_there_however_that_is_spelt(column: dict[str, Any], spelt: Any) -> None:
    with pytest.raises(RequestError, match="row 1, feature 'a' is missing, and must not be"):
        as_read(column, spelt)
    assert as_read({**column, "required": False}, spelt).isna().all()


@pytest.mark.parametrize("value", ["0.5", "null"])
@pytest.mark.parametrize("declared", [True, False])
def test_dates_that_are_read_as_texts_are_named_where_the_model_fails_on_them(declared: bool, value: str) -> None:
    model = DATED.fit(DATES, DATES.when.dt.month)
    columns = [{"name": "when", "type": "str"}, {"name": "v", "type": "float64", "required": False}]
    schema = read_columns({"columns": columns}, "s") if declared else None
    predictor = Predictor(SKLEARN, model, with_schema(model_features(model), schema))
    status, error = ask(predictor, f'[["2024-03-05", {value}]]')
    assert status == 400
    made = "" if declared else ", which `python code/serve schema FILE` makes"
    said = "read as str: 'when': did the model get dates? Declare datetime64[us] (pandas before 3: [ns]) in model/input_schema.json"
    assert error.endswith(said + made)


@pytest.mark.parametrize(
    ("column", "good", "bad", "says"),
    [
        ({"type": "int64"}, "7", "7.5", "7.5 is not a whole number (int64)"),
        ({"type": "uint8"}, "255", "256", "256 is out of the range of uint8"),
        ({"type": "bool"}, "true", '"x"', "'x' is neither true nor false"),
        ({"type": "str"}, '"x"', "3", "3 is no text, which the column holds: send it in quotes"),
        ({"type": "float32"}, "0.5", '"x"', "'x' is not a number"),
        ({"type": "category", "categories": ["a", "b"]}, '"a"', '"c"', "'c' is none of its categories: 'a', 'b'"),
        ({"type": "float64"}, "0.5", "null", "is missing, and must not be"),
    ],
)
def test_what_a_schema_does_not_allow_is_refused_by_name(column: Any, good: str, bad: str, says: str) -> None:
    class Anything(BaseEstimator):
        def predict(self, rows: pd.DataFrame) -> Any:
            return rows["a"].astype(str)

    schema = read_columns({"columns": [{"name": "a", **column}]}, "s")
    predictor = Predictor(SKLEARN, Anything(), with_schema(model_features(Anything()), schema))
    assert ask(predictor, f"[[{good}]]")[0] == 200
    status, error = ask(predictor, f"[[{good}], [{bad}]]")
    assert (status, error.replace("'a':", "'a'")) == (400, f"row 2, feature 'a' {says}")


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ("{", "cannot be read"),
        ('{"columns": []}', "expected"),
        ('{"columns": [{"type": "text"}]}', "column 1: type is 'text', not one of bool"),
        ('{"columns": [{"name": "zip", "type": "int64"}, {"type": "str"}]}', "either every column has a name or none"),
        ('{"columns": [{"name": "zip", "type": "str", "unit": "s"}]}', "unit does not go with the type str"),
        ('{"columns": [{"name": "zip", "type": "category"}]}', "a category needs its levels"),
        ('{"columns": [{"name": "zip", "type": "datetime64[ns, Mars]"}]}', "there is no time zone 'Mars'"),
        ('{"columns": [{"name": "zip", "dtype": "str"}]}', "'dtype' is not one of name, type"),
        ('{"columns": [{"name": "zip", "type": "str"}]}', "lacks 'rooms', 'price', 'new', on which it was trained"),
        ('{"columns": [{"type": "str"}]}', "declares 1 columns, but the model was trained on 4"),
        (
            json.dumps({"columns": [{"name": name, "type": "str"} for name in ("zip", "rooms", "price", "old")]}),
            "declares 'old', which the model does not know and lacks 'new', on which it was trained",
        ),
        (
            json.dumps({"columns": [{"name": name, "type": "int64"} for name in FRAME]}),
            "column 1 ('zip'): the type is int64, but the model was trained on texts",
        ),
    ],
)
def test_a_schema_that_cannot_be_true_stops_the_start(tmp_path: Path, schema: str, says: str) -> None:
    (tmp_path / "input_schema.json").write_text(schema)
    model = NESTED["encoder in front"].fit(FRAME, Y)
    with pytest.raises(ModelError) as raised:
        declared = read_schema(tmp_path)
        with_schema(model_features(model), declared and declared.columns)
    assert says in str(raised.value)
    assert "input_schema.json" in str(raised.value)


CODES = pd.DataFrame(
    {
        "whole": chance.choice([501, 2139], 60),
        "part": chance.choice([0.5, 2.0], 60),
        "truth": chance.choice([True, False], 60),
        "when": chance.choice(pd.to_datetime(["2024-01-01", "2024-01-02"]), 60),
        "text": chance.choice(["00501", "02139"], 60),
    }
)


@pytest.mark.parametrize("encoder", [ONE_HOT, make_pipeline(None, ONE_HOT), OrdinalEncoder(), TargetEncoder()])
@pytest.mark.parametrize(
    ("name", "declared", "says"),
    [
        ("whole", {"type": "str"}, "was trained on numbers (501, 2139): write int64"),
        ("part", {"type": "str"}, "was trained on numbers (0.5, 2.0): write float64"),
        ("truth", {"type": "str"}, "was trained on numbers (False, True): write bool"),
        ("whole", {"type": "datetime64[ns]"}, "was trained on numbers (501, 2139): write int64"),
        ("whole", {"type": "category", "categories": ["00501", "02139"]}, "was trained on numbers (501, 2139)"),
        ("text", {"type": "category", "categories": [501, 2139]}, "was trained on texts: write str"),
        ("text", {"type": "int64"}, "was trained on texts: write str"),
    ],
)
def test_a_type_that_the_models_encoder_has_no_value_of_stops_the_start_however_deep_it_is(
    encoder: Any, name: str, declared: dict[str, Any], says: str
) -> None:
    inner = logistic(make_column_transformer((encoder, [name])))
    for model in (inner, GridSearchCV(inner, {}, cv=2), CalibratedClassifierCV(inner, cv=2)):
        model.fit(CODES[[name]], np.arange(60) % 2)
        with pytest.raises(ModelError) as raised:
            with_schema(model_features(model), read_columns({"columns": [{"name": name, **declared}]}, "s"))
        assert f"column 1 ({name!r}): the type is {declared['type']}, but the model {says}" in str(raised.value)


def test_dates_of_an_encoder_are_no_texts_and_what_fits_an_encoder_is_served() -> None:
    def served(name: str, **declared: Any) -> Predictor:
        model = logistic(make_column_transformer((ONE_HOT, [name]))).fit(CODES[[name]], np.arange(60) % 2)
        schema = read_columns({"columns": [{"name": name, **declared}]}, "s")
        return Predictor(SKLEARN, model, with_schema(model_features(model), schema))

    with pytest.raises(ModelError, match="the type is str, but the model was trained on dates: write datetime64"):
        served("when", type="str")
    zeros = served("whole", type="int64")
    answers = [
        answer_to(zeros, body, kind).body
        for body, kind in (
            (b"whole\n02139\n00501\n", "text/csv"),
            (b"[[2139], [501]]", "application/json"),
        )
    ]
    assert answers[0] == answers[1]
    for name, kind in (("truth", "bool"), ("part", "float64"), ("text", "str"), ("when", "datetime64[ns]")):
        assert served(name, type=kind).features.names == [name]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("zip;rooms;price;new\n", "separated by semicolons (;)"),
        ("02139;2;0.5;True\n", "separated by semicolons (;)"),
        ("sep=,\r\nzip,rooms,price,new\r\n02139,2,0.5,True\r\n", "the first line, sep=, is a word of Excel"),
        ("02139\t2\t0.5\tTrue\n", "separated by tabs"),
        ("02139 2 0.5 True\n", "separated by blanks"),
        ("Zip,Rooms,Price,New\n02139,2,0.5,True\n", "the header lacks 'zip', 'rooms', 'price', 'new'"),
        ("zip,rooms,price,new\n", "the request has no rows"),
        ("02139,two,0.5,True\n", "row 1, feature 'rooms': 'two' is not a number"),
        ("02139,2,0.5,perhaps\n", "row 1, feature 'new': 'perhaps' is not a number"),
    ],
)
def test_csv_that_cannot_be_right_is_refused_with_what_is_wrong(body: str, says: str) -> None:
    status, error = ask(serving(NESTED["encoder in front"].fit(FRAME, Y)), body, "text/csv")
    assert (status, says in error) == (400, True), error


def test_no_first_row_is_dropped_for_looking_odd() -> None:
    predictor = serving(LinearRegression().fit(FRAME[["price"]].to_numpy(), Y))
    for odd in ("$5", "12:12:12", "x"):
        status, error = ask(predictor, f"{odd}\n1\n2", "text/csv")
        assert (status, error.startswith(f"row 1, feature 1: {odd!r} is not a number")) == (400, True)
        assert ask(predictor, f"{odd}\n1\n2", "text/csv; header=present")[0] == 200


def test_members_with_columns_of_their_own_are_looked_at() -> None:
    x = FRAME[["zip", "zip", "zip"]].to_numpy(dtype=object)
    bagged = BaggingClassifier(logistic(ONE_HOT), 5, max_features=2, random_state=0).fit(x, Y)
    assert {column.type for column in model_features(bagged).known} == {"str"}
    several = MultiOutputClassifier(logistic(columns())).fit(FRAME, np.column_stack([Y, Y]))
    assert [column.type for column in model_features(several).known] == ["str", "number", "number", "number"]
    chosen = RFE(LinearRegression(), n_features_to_select=1).fit(FRAME[["rooms", "price"]], Y)
    assert {column.type for column in model_features(chosen).known} <= {"number", "unused"}


def test_a_request_with_missing_whole_numbers_is_predicted_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    rooms = [f"room{index}" for index in range(12)]
    frame = pd.DataFrame({name: chance.integers(0, 4, 120) for name in rooms})
    model = logistic(make_column_transformer((imputed(ONE_HOT), rooms))).fit(frame, Y)
    asked = frame.mask(chance.random(frame.shape) < 0.3)
    predictor, calls = serving(model), []
    predict = predictor._predict
    monkeypatch.setattr(predictor, "_predict", lambda table: calls.append(len(table)) or predict(table))
    body = asked.to_json(orient="records")
    answer = answer_to(predictor, f'{{"instances": {body}}}'.encode(), "application/json")
    assert json.loads(answer.body)["predictions"] == model.predict(asked).tolist()
    assert calls == [120]


def test_marks_in_csv_mean_what_they_mean_to_its_readers() -> None:
    texts = ["", 'a "" b', '5" pipe', '""abc', "plain", 'x"']
    frame = pd.DataFrame({"t": texts * 20, "n": np.arange(120) % 7})
    model = logistic(make_column_transformer((ONE_HOT, ["t"]), remainder="passthrough")).fit(frame, np.arange(120) % 6)
    predictor = serving(model)
    # As a spreadsheet writes them, and as somebody types them who writes no quotes around.
    fields = ['""', 'a "" b', '5" pipe', '"""""abc"', '"plain"', 'x"']
    body = "t,n\n" + "".join(f"{field},3\n" for field in fields)
    right = model.predict(frame.assign(n=3).head(6)).tolist()
    for text in (body, body.replace("\n", "\r\n"), body.replace("\n", "\r"), body.replace("t,n\n", "t,n\r")):
        answer = answer_to(predictor, text.encode(), "text/csv")
        assert json.loads(answer.body)["predictions"] == right, text


def test_names_that_are_numbers_are_a_header_in_their_order_and_in_another_the_client_is_asked() -> None:
    frame = pd.DataFrame({"2019": [1.0, 2.0, 3.0], "2020": [5.0, 1.0, 2.0]})
    predictor = serving(LinearRegression().fit(frame, [1.0, 2.0, 4.0]))
    for text in ("2019,2020\n2,1", "\r2019,2020\r2,1"):
        assert json.loads(answer_to(predictor, text.encode(), "text/csv").body)["predictions"] == pytest.approx([2.0])
    status, error = ask(predictor, "2020,2019\n1,2", "text/csv")
    assert (status, "header=absent or text/csv; header=present" in error) == (400, True), error
    assert ask(predictor, "2020,2019\n1,2", "text/csv; header=present") == (200, pytest.approx([2.0]))
    assert len(ask(predictor, "2020,2019\n1,2", "text/csv; header=absent")[1]) == 2


class Echo(BaseEstimator):
    def fit(self, X: Any, y: Any = None) -> Any:
        self.feature_names_in_, self.n_features_in_ = np.array(X.columns, dtype=object), X.shape[1]
        return self

    def predict(self, X: Any) -> Any:
        return X["a"]


class Centred(LinearRegression):
    """Answers by how far from the others."""

    def predict(self, X: Any) -> Any:
        given = super().predict(X)
        return given - given.mean()


class CentredPipeline(Pipeline):
    def predict(self, X: Any, **parameters: Any) -> Any:
        given = super().predict(X, **parameters)
        return given - given.mean()


def centred(values: Any) -> Any:
    return values - values.mean()


@pytest.mark.parametrize(
    "model",
    [
        CentredPipeline([("scale", StandardScaler()), ("line", LinearRegression())]),
        StackingRegressor([("line", LinearRegression())], final_estimator=Centred()),
        TransformedTargetRegressor(LinearRegression(), func=np.copy, inverse_func=centred, check_inverse=False),
        VotingRegressor([("own", Centred())]),
    ],
)
def test_own_code_that_looks_at_all_rows_is_found_wherever_it_is(model: Any) -> None:
    x = FRAME[["rooms", "price"]].to_numpy()
    predictor = serving(model.fit(x, FRAME.rooms * 10.0))
    bodies = [b"[[1, 0.5]]", b"[[4, 0.5]]"]
    alone = [json.loads(answer_to(predictor, body, "application/json").body) for body in bodies]
    answers, _ = predictor.answer([(body, b"application/json", None, None) for body in bodies])
    assert [json.loads(answer[2]) for answer in answers] == alone


def test_answers_of_one_request_keep_their_types_beside_each_other() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3], "t": ["x", "y", "z"]})
    model = make_pipeline(Echo()).fit(frame)
    answer = answer_to(
        serving(model), b'[{"a": 9007199254740993, "t": "x"}, {"a": null, "t": "x"}]', "application/json"
    )
    assert json.loads(answer.body)["predictions"] == [9007199254740993, None]


def test_an_array_of_objects_stays_one_with_a_schema_too() -> None:
    x = np.empty((60, 2), dtype=object)
    x[:, 0], x[:, 1] = list(chance.random(60)), [True, False, True] * 20
    model = make_pipeline(
        ColumnTransformer([("e", OrdinalEncoder(), [1])], remainder="passthrough"), LinearRegression()
    )
    model.fit(x, chance.random(60))
    expected = pytest.approx(model.predict(np.array([[0.5, True]], dtype=object)).tolist())
    schema = read_columns({"columns": [{"type": "float64"}, {"type": "bool"}]}, "s")
    for features in (model_features(model), with_schema(model_features(model), schema)):
        predictor = Predictor(SKLEARN, model, features)
        assert ask(predictor, "[[0.5, true]]") == (200, expected)
        assert ask(predictor, "0.5,True", "text/csv") == (200, expected)


def test_columns_that_the_model_does_not_look_at_may_hold_anything() -> None:
    model = make_pipeline(ColumnTransformer([("n", StandardScaler(), ["price", "rooms"])]), LogisticRegression())
    predictor = serving(model.fit(FRAME, Y))
    assert predictor.features.plain
    row = {"zip": 1, "rooms": 2, "price": 0.5, "new": False}
    expected = alone(model, pd.DataFrame([row]))
    for some in (row, {**row, "zip": "02139", "new": None}, {**row, "zip": None}):
        assert ask(predictor, json.dumps([some])) == (200, expected)


def test_lightgbms_spelling_of_names_is_understood() -> None:
    lightgbm = importlib.import_module("lightgbm")
    frame = pd.DataFrame({" a": [1.0, 2.0, 3.0] * 20, "b  c": pd.Categorical(["x", "y"] * 30, ordered=True)})
    model = lightgbm.LGBMRegressor(n_estimators=5, min_child_samples=2, verbose=-1).fit(frame, np.arange(60))
    expected = pytest.approx(model.predict(frame[:2]).tolist())
    predictor = serving(model)
    assert ask(predictor, frame[:2].to_json(orient="records")) == (200, expected)
    assert ask(predictor, frame[:2].to_csv(index=False), "text/csv") == (200, expected)
    assert ask(predictor, '[{"_a": 1, "b__c": "x"}, {"_a": 2, "b__c": "y"}]') == (200, expected)


def test_a_pickled_booster_of_lightgbm_is_asked_by_its_names_and_its_levels() -> None:
    lightgbm = importlib.import_module("lightgbm")
    chance = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "a b": chance.normal(size=120),
            "grade": pd.Categorical(chance.choice([1, 2, 3], 120)),
            "kind": pd.Categorical(chance.choice(["NA", "02", "x"], 120)),
        }
    )
    y = frame["a b"] + frame.grade.astype(int) * 10 + (frame.kind == "02") * 5
    options = {"verbose": -1, "num_threads": 1, "min_data_in_leaf": 5}
    model = pickle.loads(pickle.dumps(lightgbm.train(options, lightgbm.Dataset(frame, y), 9)))
    predictor, some = serving(model), frame[:9]
    expected = pytest.approx(model.predict(some).tolist())
    turned = some[["kind", "a b", "grade"]]
    split = json.dumps({"dataframe_split": json.loads(turned.to_json(orient="split"))})
    for body in (split, json.dumps({"inputs": turned.to_dict("list")}), turned.to_json(orient="records")):
        assert ask(predictor, body) == (200, expected)
    assert ask(predictor, turned.to_csv(index=False), "text/csv; header=present") == (200, expected)
    assert ask(predictor, some.to_csv(index=False, header=False), "text/csv") == (200, expected)
    assert ask(predictor, "[[1, 2]]") == (400, "row 1 has 2 features, expected 3")

    plain = lightgbm.train(options, lightgbm.Dataset(frame[["a b"]].to_numpy(), y), 9)
    status, error = ask(serving(plain), '[{"Column_0": 1}]')
    assert (status, "trained without feature names" in error) == (400, True)


def test_a_row_of_an_open_array_is_of_whole_numbers_only_where_all_are() -> None:
    types = FunctionTransformer(lambda rows: np.array([[str(rows.dtype)]] * len(rows), dtype=object))
    model = make_pipeline(types, OneHotEncoder(handle_unknown="ignore"), LinearRegression())
    model.fit(np.ones((4, 2)), [1, 1, 1, 1])
    seen: list[str] = []
    predictor = serving(model)
    predictor.model.predict = lambda rows: seen.append(f"{rows.dtype}{rows.shape}") or np.zeros(len(rows))
    assert ask(predictor, "[[1, 2], [1.5, 2], [null, 3], [3, 4]]")[0] == 200
    assert sorted(seen) == ["float64(2, 2)", "int64(2, 2)"]
    seen.clear()
    assert ask(predictor, "[[1.0, 2], [1.5, 2]]")[0] == 200
    assert ask(predictor, "[[1.0, true]]")[0] == 200
    assert seen == ["float64(2, 2)", "object(1, 2)"]


def test_a_key_that_may_be_left_out_is_sent_as_null() -> None:
    model = LinearRegression().fit(FRAME[["rooms", "price"]], Y)
    columns = [{"name": "rooms", "type": "int64"}, {"name": "price", "type": "float64", "required": False}]
    predictor = Predictor(SKLEARN, model, with_schema(model_features(model), read_columns({"columns": columns}, "s")))
    assert ask(predictor, '[{"rooms": 1}]') == (400, "row 1 lacks 'price': send null where there is no value")
    assert ask(predictor, '[{"price": 1}]') == (400, "row 1 lacks 'rooms'")


def test_columns_by_name_are_refused_as_objects_are_where_the_model_knows_no_names() -> None:
    predictor = serving(LinearRegression().fit([[1, 2], [2, 1], [3, 3]], [1, 2, 3]))
    for body in ('{"inputs": {"z": [1], "y": [2]}}', '{"instances": {"z": 1, "y": 2}}', '[{"z": 1, "y": 2}]'):
        status, error = ask(predictor, body)
        assert (status, "trained without feature names: send rows as lists" in error) == (400, True), error


def test_where_own_code_fails_on_columns_that_nothing_declares_the_answer_says_how_to() -> None:
    first = FunctionTransformer(lambda frame: frame["zip"].to_numpy())
    model = make_pipeline(first, TfidfVectorizer(analyzer="char"), LogisticRegression()).fit(FRAME[["zip"]], Y)
    assert ask(serving(model), '[{"zip": "02139"}]')[0] == 200
    status, error = ask(serving(model), "zip\n02139", "text/csv")
    assert status == 400
    assert error.endswith("read as each value is written: 'zip': declare their types in model/input_schema.json")


def test_where_own_code_comes_first_a_step_that_picks_names_says_how_they_are_sent() -> None:
    class Kept(TransformerMixin, BaseEstimator):
        def transform(self, rows: Any) -> Any:
            return rows

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def fit(self, rows: Any, y: Any = None) -> Any:
            return self

    model = make_pipeline(Kept(), ColumnTransformer([("r", StandardScaler(), ["rooms"])]), LogisticRegression())
    predictor = serving(model.fit(FRAME[["rooms", "price"]], Y))
    assert ask(predictor, '[{"rooms": 1, "price": 0.5}]')[0] == 200
    status, error = ask(predictor, "[[1, 0.5]]")
    assert (status, "the columns have no names: send rows as objects" in error) == (400, True), error


def test_a_number_that_stands_for_no_category_is_refused_and_an_error_in_own_code_is_not() -> None:
    coded = CategoricalNB().fit([[0, 1], [1, 0], [2, 1]], [0, 1, 0])
    assert ask(serving(coded), "[[2, 1]]")[0] == 200
    status, error = ask(serving(coded), "[[9, 1]]")
    assert (status, error.startswith("the model refused these rows: IndexError: index 9")) == (400, True), error

    class Broken(BaseEstimator):
        def predict(self, rows: Any) -> Any:
            return np.zeros(1)[[len(rows) + 5]]

    schema = read_columns({"columns": [{"name": "a", "type": "int64"}]}, "s")
    predictor = Predictor(SKLEARN, Broken(), with_schema(model_features(Broken()), schema))
    assert ask(predictor, "[[9]]")[0] == 500


@pytest.mark.parametrize("required", [None, True, False])
def test_what_is_missing_in_a_file_of_one_column_is_in_quotes(required: bool | None) -> None:
    frame = pd.DataFrame({"t": ["a", "b", None] * 20}, dtype=object)
    model = make_pipeline(ONE_HOT, LinearRegression()).fit(frame, np.arange(60) + [0, 10, 100] * 20)
    features = model_features(model)
    if required is not None:
        schema = read_columns({"columns": [{"name": "t", "type": "str", "required": required}]}, "s")
        features = with_schema(features, schema)
    # pandas writes it so, since an empty line is no row.
    assert frame[:3].to_csv(index=False) == 't\na\nb\n""\n'
    given = pd.DataFrame({"t": ["a", "b", "" if required else None]}, dtype=object)
    right = pytest.approx(model.predict(given).tolist())
    assert ask(Predictor(SKLEARN, model, features), frame[:3].to_csv(index=False), "text/csv") == (200, right)


class OfCatBoost:
    """Tells of its columns what a model of CatBoost's does, which keeps no levels."""

    feature_names_ = ("price", "kind")
    # As once it is unpickled.
    n_features_in_ = 0

    def get_cat_feature_indices(self) -> list[int]:
        return [1]

    def get_text_feature_indices(self) -> list[int]:
        return []

    def predict(self, rows: pd.DataFrame) -> list[str]:
        return [f"{price} {kind!r}" for price, kind in zip(rows.price, rows.kind, strict=True)]


OfCatBoost.__module__ = "catboost.core"


def test_categories_of_catboost_are_the_texts_that_spell_them() -> None:
    predictor = serving(OfCatBoost())
    right = (200, ["0.5 '2'"])
    for row in ('{"kind": 2, "price": 0.5}', '{"kind": "2", "price": 0.5}', '[0.5, "2"]'):
        assert ask(predictor, f"[{row}]") == right
    assert ask(predictor, "kind,price\n2,0.5", "text/csv") == right
    assert ask(predictor, "kind,price\nNA,0.5", "text/csv") == (200, ["0.5 'NA'"])
    assert ask(predictor, "[[0.5, null]]") == (400, "row 1, feature 'kind' is missing, and must not be")
