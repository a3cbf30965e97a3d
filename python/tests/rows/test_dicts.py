"""Models that take dicts, as DictVectorizer does: the objects of a request reach them as they are."""

import json
from typing import Any

import pandas as pd
import pytest
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from ml_serving.errors import ModelError
from ml_serving.rows.columns.declared import with_schema
from ml_serving.rows.columns.schema import read_columns
from ml_serving.sklearn.columns import model_features
from tests.rows import own_steps
from tests.rows.asking import answer_to, serving

ROWS: list[dict[str, Any]] = [
    {"city": "Oslo", "t": 1.5, "tags": ["a", "b"]},
    {"city": "02139", "t": 3, "new": True},
    {"city": "NA", "t": -2.25},
    {"tags": ["b"], "features": 2},
] * 5
MODELS = {
    "DictVectorizer": make_pipeline(DictVectorizer(), Ridge()),
    "in a search": GridSearchCV(make_pipeline(DictVectorizer(), Ridge()), {"ridge__alpha": [1.0]}, cv=2),
    "FeatureHasher": make_pipeline(FeatureHasher(64), Ridge()),
}


def ask(predictor: Any, body: str, content_type: str = "application/json") -> tuple[int, Any]:
    answer = answer_to(predictor, body.encode(), content_type, "application/json")
    document = json.loads(answer.body)
    return answer.status, document.get("predictions", document.get("error"))


@pytest.mark.parametrize("name", MODELS)
def test_objects_reach_the_model_as_they_are(name: str) -> None:
    rows = ROWS if name != "FeatureHasher" else [{k: v for k, v in row.items() if k != "tags"} for row in ROWS]
    model = MODELS[name].fit(rows, range(len(rows)))
    predictor, some = serving(model), rows[:4]
    right = pytest.approx(model.predict(some).tolist())
    for body in (some, {"instances": some}, {"inputs": some}, {"dataframe_records": some}):
        assert ask(predictor, json.dumps(body)) == (200, right)
    assert ask(predictor, "\n".join(map(json.dumps, some)), "application/jsonlines") == (200, right)
    for row in some:
        alone = (200, pytest.approx(model.predict([row]).tolist()))
        assert ask(predictor, json.dumps(row)) == ask(predictor, json.dumps([row])) == alone
    bodies = [(json.dumps([row]).encode(), b"application/json", None, None) for row in some]
    together, _ = predictor.answer(bodies)
    assert [json.loads(answer[2])["predictions"][0] for answer in together] == right


def test_a_table_with_names_is_one_of_objects() -> None:
    model = MODELS["DictVectorizer"].fit(ROWS, range(len(ROWS)))
    split = {"columns": ["t", "city"], "data": [[1.5, "Oslo"], [2, "NA"]]}
    right = pytest.approx(model.predict([{"t": 1.5, "city": "Oslo"}, {"t": 2, "city": "NA"}]).tolist())
    for body in (split, {"dataframe_split": split}):
        assert ask(serving(model), json.dumps(body)) == (200, right)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('[["Oslo", 1.5]]', "application/json"),
        ("[[1, 2]]", "application/json"),
        ('{"instances": [1, 2]}', "application/json"),
        ('{"inputs": {"city": ["Oslo"], "t": [1]}}', "application/json"),
        ('{"inputs": [{"name": "t", "shape": [1], "datatype": "FP64", "data": [1]}]}', "application/json"),
        ("1,2", "text/csv"),
        ("city,t\nOslo,1", "text/csv; header=present"),
    ],
)
def test_what_is_no_object_is_refused_by_what_is_expected(body: str, content_type: str) -> None:
    predictor = serving(MODELS["DictVectorizer"].fit(ROWS, range(len(ROWS))))
    status, error = ask(predictor, body, content_type)
    assert status == 400
    assert error.endswith("send each row as one, in application/json or application/jsonlines")


def test_a_schema_does_not_go_with_objects() -> None:
    features = model_features(MODELS["DictVectorizer"].fit(ROWS, range(len(ROWS))))
    with pytest.raises(ModelError, match=r"the model takes objects .*: delete the file"):
        with_schema(features, read_columns({"columns": [{"name": "t", "type": "float64"}]}, "s"))


def test_dicts_that_the_models_own_code_makes_are_not_what_is_sent() -> None:
    model = make_pipeline(FunctionTransformer(own_steps.as_dicts), DictVectorizer(), Ridge())
    rows = [{"city": "Oslo", "t": 1.5}, {"city": "NA", "t": 2.5}]
    model.fit(pd.DataFrame(rows), [1, 2])
    right = pytest.approx(model.predict(pd.DataFrame(rows)).tolist())
    assert ask(serving(model), json.dumps(rows)) == (200, right)
    assert ask(serving(model), "city,t\nOslo,1.5\n,2.5", "text/csv; header=present")[0] == 200


def test_a_hasher_of_anything_but_dicts_is_refused_at_start_with_what_to_do() -> None:
    model = make_pipeline(FeatureHasher(8, input_type="string"), Ridge()).fit([["a"], ["a", "b"]], [1, 2])
    with pytest.raises(ModelError, match="train it with input_type='dict', and send objects"):
        model_features(model)
