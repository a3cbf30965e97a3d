"""XGBoost's categories: what is sent is a level of the training, and never taken for a code."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from ml_serving.errors import ModelError
from ml_serving.rows.adapter import Predictor
from ml_serving.rows.checking.data_files import model_frame
from ml_serving.rows.columns.declared import with_schema
from ml_serving.rows.columns.schema import read_columns
from ml_serving.rows.description import log_columns
from ml_serving.xgboost.columns import model_features
from ml_serving.xgboost.notebook import answers
from tests.rows.asking import XGBOOST, answer_to

CHANCE = np.random.default_rng(0)
ROWS = 300
# Levels that look like something else; whole numbers; names and levels as nobody expects them.
FRAME = pd.DataFrame(
    {
        "kind": pd.Categorical(CHANCE.choice(["flat", "house", "a, b", 'c "d"', "02139", "1", "True", "NA"], ROWS)),
        "petal, width": CHANCE.normal(size=ROWS),
        'a "b"': pd.Categorical(CHANCE.choice([101, 220, 270], ROWS)),
        "x=1": CHANCE.integers(0, 9, ROWS),
        "flag": CHANCE.random(ROWS) < 0.5,
    }
)
VALUE = FRAME.kind.cat.codes * 10.0 + FRAME['a "b"'].cat.codes * 3 + FRAME["petal, width"] + FRAME.flag


def trained(**options: Any) -> xgb.XGBRegressor:
    return xgb.XGBRegressor(n_estimators=20, enable_categorical=True, **options).fit(FRAME, VALUE)


@pytest.fixture(scope="module", params=["gbtree", "dart", "one-hot"])
def model(request: pytest.FixtureRequest) -> xgb.XGBRegressor:
    options = {"max_cat_to_onehot": 100} if request.param == "one-hot" else {"booster": request.param}
    return trained(**options)


@pytest.fixture
def served(model: xgb.XGBRegressor, tmp_path: Path) -> Predictor:
    model.save_model(tmp_path / XGBOOST.MODEL_FILE)
    loaded = XGBOOST.load(tmp_path)
    return Predictor(XGBOOST, loaded, XGBOOST.features(loaded))


def values(frame: pd.DataFrame) -> list[list[Any]]:
    return [[None if pd.isna(one) else one for one in row] for row in frame.astype(object).to_numpy().tolist()]


def predictions(predictor: Predictor, body: str, content_type: str = "application/json") -> np.ndarray:
    answer = answer_to(predictor, body.encode(), content_type)
    assert answer.status == 200, answer.body
    return np.array(json.loads(answer.body)["predictions"], np.float32)


def test_rows_are_answered_as_the_models_own_data_frame_in_every_form(
    served: Predictor, model: xgb.XGBRegressor
) -> None:
    frame = FRAME.head(40).copy()
    # A text in CSV is missing only where the field is empty.
    frame.loc[3, "kind"] = np.nan
    frame.loc[4, 'a "b"'] = np.nan
    frame.loc[5, "petal, width"] = np.nan
    direct = model.predict(frame)
    rows = values(frame)
    objects = [dict(zip(frame.columns, row, strict=True)) for row in rows]
    bodies = {
        json.dumps(rows): "application/json",
        json.dumps({"instances": [dict(reversed(one.items())) for one in objects]}): "application/json",
        "\n".join(map(json.dumps, rows)): "application/jsonlines",
        frame.to_csv(index=False): "text/csv",
        frame[frame.columns[::-1]].to_csv(index=False): "text/csv",
        frame.to_csv(index=False, header=False): "text/csv",
    }
    for body, content_type in bodies.items():
        np.testing.assert_array_equal(predictions(served, body, content_type), direct, content_type)
    alone = [predictions(served, json.dumps([row]))[0] for row in rows]
    np.testing.assert_array_equal(alone, direct)


def test_categories_that_are_the_models_own_are_said_to_be(caplog: pytest.LogCaptureFixture) -> None:
    features = model_features(trained().get_booster())
    types = {"kind": "str", "petal, width": "float64", 'a "b"': "int64", "x=1": "int64", "flag": "bool"}
    schema = [{"name": name, "type": kind, "required": name != "kind"} for name, kind in types.items()]
    with caplog.at_level(logging.INFO):
        log_columns(with_schema(features, read_columns({"columns": schema}, "input_schema.json")))
    [read] = [record.__dict__["fields"]["read"] for record in caplog.records if record.getMessage() == "columns"]
    declared, own = read.split(". ")
    assert declared.startswith("declared in model/input_schema.json: 'petal, width' float64; ")
    assert own == (
        "named in model/input_schema.json, with the categories that the model was trained on: "
        "'kind' category (may be missing); 'a \"b\"' category"
    )


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        # XGBoost itself would take it for "flat", the next in the alphabet.
        (0, "attic", "'attic' is none of its categories: "),
        (0, "Flat", "'Flat' is none of its categories: "),
        (0, 1, "1 is no text, as its categories are: send it in quotes"),
        (2, 0, "0 is none of its categories: 101, 220, 270"),
        (2, "many", "'many' is no number"),
        (1, "wide", "'wide' is not a number"),
    ],
)
def test_what_is_no_level_is_refused_by_row_and_name(served: Predictor, column: int, value: Any, says: str) -> None:
    rows = values(FRAME.head(2))
    rows[1][column] = value
    answer = answer_to(served, json.dumps(rows).encode(), "application/json")
    assert answer.status == 400
    error = json.loads(answer.body)["error"]
    assert error.startswith(f"row 2, feature {FRAME.columns[column]!r}: ")
    assert says in error


def test_an_array_of_numbers_holds_no_texts_and_is_not_taken_for_codes(served: Predictor) -> None:
    for body in ("0 0:1 1:0.5 2:101 3:1 4:1", "0 0:0 2:0"):
        answer = answer_to(served, body.encode(), "text/libsvm")
        assert answer.status == 400
        assert "is no text, as its categories are" in json.loads(answer.body)["error"]


def test_requests_are_answered_the_same_beside_others(served: Predictor, model: xgb.XGBRegressor) -> None:
    frame = FRAME.head(20)
    bodies = [json.dumps([row]) for row in values(frame)]
    bodies[1::4] = ['[["attic", 1, 101, 1, true]]'] * 5
    bodies[2::4] = ["[[null, null, null, null, null]]"] * 5
    answers, _ = served.answer([(body.encode(), b"application/json", None, None) for body in bodies])
    for index, (status, _, body, _) in enumerate(answers):
        assert status == (400 if index % 4 == 1 else 200)
        if index % 4 in (0, 3):
            direct = model.predict(frame.iloc[[index]])
            np.testing.assert_array_equal(np.array(json.loads(body)["predictions"], np.float32), direct)


def test_serve_check_asks_the_model_itself_with_the_levels_of_the_training(
    served: Predictor, model: xgb.XGBRegressor, tmp_path: Path
) -> None:
    frame = FRAME.head(20).astype({"kind": object, 'a "b"': object})
    frame.loc[3, "kind"] = None
    frame.to_json(tmp_path / "rows.jsonl", orient="records", lines=True, double_precision=15)
    known = served.features.known
    asked = answers(served.model, known, model_frame(tmp_path / "rows.jsonl", known))
    np.testing.assert_array_equal(asked, model.predict(frame.astype(FRAME.dtypes)))


def of_codes(names: Sequence[str] | None) -> xgb.Booster:
    """As of a version that did not note levels."""
    codes = np.column_stack([FRAME.kind.cat.codes, FRAME["petal, width"]]).astype(float)
    data = xgb.DMatrix(codes, VALUE, feature_names=names, feature_types=["c", "float"], enable_categorical=True)
    return xgb.train({}, data, 20)


def test_a_model_without_levels_takes_codes_and_says_so_at_start(caplog: pytest.LogCaptureFixture) -> None:
    model = of_codes(["kind", "width"])
    with caplog.at_level(logging.WARNING):
        predictor = Predictor(XGBOOST, model, XGBOOST.features(model))
    assert "does not name the categories of 'kind': they are expected as their codes" in caplog.text
    answered = predictions(predictor, "[[2, 0.5], [0, -1], [null, 0]]")
    np.testing.assert_array_equal(answered, prediction_of(model, [[2, 0.5], [0, -1], [np.nan, 0]]))
    assert answer_to(predictor, b'[["flat", 0.5]]', "application/json").status == 400


def prediction_of(model: xgb.Booster, rows: list[list[float]]) -> np.ndarray:
    data = xgb.DMatrix(
        np.array(rows), feature_names=model.feature_names, feature_types=["c", "float"], enable_categorical=True
    )
    return model.predict(data)


@pytest.mark.parametrize("names", [["kind", "width"], None])
def test_levels_that_are_declared_are_the_codes_in_their_order(names: list[str] | None) -> None:
    model = of_codes(names)
    levels = FRAME.kind.cat.categories.tolist()
    kind, width = ({"name": name} for name in names) if names else ({}, {})
    declared = {
        "columns": [
            {**kind, "type": "category", "categories": levels, "required": True},
            {**width, "type": "float64", "required": False},
        ]
    }
    features = with_schema(model_features(model), read_columns(declared, "schema"))
    predictor = Predictor(XGBOOST, model, features)
    rows = [["flat", 0.5], ["02139", None], ["NA", -1]]
    coded = [[levels.index(level), np.nan if width is None else width] for level, width in rows]
    np.testing.assert_array_equal(predictions(predictor, json.dumps(rows)), prediction_of(model, coded))
    body = "".join(f"{level},{'' if width is None else width}\n" for level, width in rows)
    np.testing.assert_array_equal(predictions(predictor, body, "text/csv"), prediction_of(model, coded))
    assert answer_to(predictor, b'[["attic", 1]]', "application/json").status == 400


def test_levels_that_xgboost_has_cut_are_not_guessed_at_and_can_be_declared(tmp_path: Path) -> None:
    # It counts characters and cuts bytes: the file says "größ" and nothing of "é".
    frame = pd.DataFrame({"kind": pd.Categorical(CHANCE.choice(["b", "größe", "é"], ROWS))})
    model = xgb.XGBRegressor(n_estimators=20, enable_categorical=True).fit(frame, frame.kind.cat.codes * 10)
    model.save_model(tmp_path / XGBOOST.MODEL_FILE)
    loaded = XGBOOST.load(tmp_path)
    predictor = Predictor(XGBOOST, loaded, XGBOOST.features(loaded))
    for body, content_type in [('[["b"]]', "application/json"), ('[["1E5"]]', "application/json"), ("1", "text/csv")]:
        said = answer_to(predictor, body.encode(), content_type)
        assert said.status == 400
        assert "the model's file does not name the categories whole; declare them in" in said.body.decode()
    levels = {"name": "kind", "type": "category", "categories": ["b", "größe", "é"]}
    declared = with_schema(model_features(loaded), read_columns({"columns": [levels]}, "schema"))
    predictor = Predictor(XGBOOST, loaded, declared)
    rows = [[level] for level in frame.kind.head(20)]
    np.testing.assert_array_equal(predictions(predictor, json.dumps(rows)), model.predict(frame.head(20)))


def schema(**changes: dict[str, Any]) -> Any:
    types: dict[str, dict[str, Any]] = {
        "kind": {"type": "str"},
        "petal, width": {"type": "float64"},
        'a "b"': {"type": "int64"},
        "x=1": {"type": "int64"},
        "flag": {"type": "bool"},
    }
    columns = [{"name": name, **one, **changes.get(name, {})} for name, one in types.items()]
    return read_columns({"columns": columns}, "schema")


def test_what_is_declared_does_not_change_the_levels_of_the_training(
    served: Predictor, model: xgb.XGBRegressor
) -> None:
    frame = FRAME.head(20)
    direct = model.predict(frame)
    backwards = FRAME.kind.cat.categories.tolist()[::-1]
    for declared in (schema(), schema(kind={"type": "category", "categories": backwards})):
        features = with_schema(model_features(served.model), declared)
        predictor = Predictor(XGBOOST, served.model, features)
        np.testing.assert_array_equal(predictions(predictor, json.dumps(values(frame))), direct)
        csv = frame.to_csv(index=False)
        np.testing.assert_array_equal(predictions(predictor, csv, "text/csv"), direct)


@pytest.mark.parametrize(
    ("column", "kind", "says"),
    [
        ("kind", "int64", "the type is int64, but the model was trained on categories: "),
        ("x=1", "str", "the type is str, but the model takes numbers and categories only"),
        ("flag", "datetime64[ns]", "but the model takes numbers and categories only"),
    ],
)
def test_a_schema_that_cannot_be_true_stops_the_start(served: Predictor, column: str, kind: str, says: str) -> None:
    with pytest.raises(ModelError, match=f"column .*{says}"):
        with_schema(model_features(served.model), schema(**{column: {"type": kind}}))
