"""GET /schema and GET /openapi.json: how a model is asked."""

import base64
import json
from operator import methodcaller
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

from tests.projects import edited
from tests.server.conftest import BOTH, Start
from tests.server.models import Lookup, save
from tests.server.test_multi_model import MULTI, load
from tests.serving import Served

HOUSES = pd.DataFrame({"zip": ["02139", "10115", "90210"] * 10, "age": range(30), "sold": [True, False] * 15})
PRICES = [zip_code == "02139" for zip_code in HOUSES.zip]
DATES = pd.DataFrame({"when": pd.date_range("2024-01-01", periods=30), "price": range(30)})


def pipeline(*parts: tuple[str, Any, list[Any]]) -> Any:
    return make_pipeline(ColumnTransformer(list(parts), remainder="passthrough"), LogisticRegression())


def encoded_zip() -> Any:
    encoder = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder())
    return pipeline(("zip", encoder, ["zip"])).fit(HOUSES, PRICES)


def unnamed() -> Any:
    return RandomForestClassifier(5).fit(HOUSES[["age", "sold"]].to_numpy(float), PRICES)


def strict_levels() -> Any:
    return pipeline(("levels", OrdinalEncoder(), ["zip", "sold"])).fit(HOUSES, PRICES)


def of_dates() -> Any:
    numbers = FunctionTransformer(methodcaller("astype", {"when": "int64"}))
    return make_pipeline(numbers, StandardScaler(), LogisticRegression()).fit(DATES, PRICES)


ALL = ["application/json", "text/csv", "application/jsonlines", "application/x-npy"]
TEXTS = ALL[:3]
DECLARED = {
    "columns": [
        {"name": "when", "type": "datetime64[ns]", "format": "%d.%m.%Y", "required": True},
        {"name": "price", "type": "int64", "required": True},
    ]
}


def examples(schema: Any) -> dict[str, bytes]:
    """The bodies that are shown, by their content types."""
    given: dict[str, bytes] = {}
    for name, one in schema["requests"].items():
        if "example" in one:
            given[name] = one["example"].encode()
        elif "example_base64" in one:
            given[name] = base64.b64decode(one["example_base64"])
    return given


def check_examples(server: Served, types: list[str]) -> Any:
    schema = server.ask("GET", "/schema").json
    bodies = examples(schema)
    assert list(bodies) == types
    for name, body in bodies.items():
        assert server.invoke(body, **{"Content-Type": name}).json == schema["answer"], name
    return schema


def brief(schema: Any) -> list[tuple[object, ...]]:
    return [tuple(one.get(key) for key in ("name", "type", "source")) for one in schema["columns"]]


def test_columns_of_text_are_shown_with_a_row_that_is_answered(start: Start, tmp_path: Path) -> None:
    server = start(SM_MODEL_DIR=save(encoded_zip(), tmp_path)).ready()
    schema = check_examples(server, TEXTS)
    # No text a line, which is for other models, and nothing that needs a package which is not there.
    assert set(schema["requests"]) == {*ALL, "application/x-npz"}
    refused = server.invoke(b"", **{"Content-Type": "application/pdf"})
    assert refused.json["error"].endswith(f"reads {', '.join(schema['requests'])}")
    assert brief(schema)[0] == ("zip", "str", "model")
    assert schema["columns"][0]["categories"] == ["02139", "10115", "90210"]
    [line] = server.log(event="columns")
    assert "as the model was trained: 'zip' str" in line["read"]


@pytest.mark.all
def test_columns_without_names_are_shown_as_lists(start: Start, tmp_path: Path) -> None:
    schema = check_examples(start(SM_MODEL_DIR=save(unnamed(), tmp_path)).ready(), ALL)
    assert [name for name, *_ in brief(schema)] == [None, None]


@pytest.mark.all
def test_a_category_that_must_be_known_is_one_of_those_in_training(start: Start, tmp_path: Path) -> None:
    check_examples(start(SM_MODEL_DIR=save(strict_levels(), tmp_path)).ready(), TEXTS)


def test_what_is_declared_is_shown_as_such_dates_in_their_format(start: Start, tmp_path: Path) -> None:
    folder = save(of_dates(), tmp_path)
    (folder / "input_schema.json").write_text(json.dumps(DECLARED))
    server = start(SM_MODEL_DIR=folder).ready()
    schema = check_examples(server, TEXTS)
    assert brief(schema) == [("when", "datetime64[ns]", "schema"), ("price", "int64", "schema")]
    assert '"when":"01.01.2024"' in schema["requests"]["application/json"]["example"]
    row = server.ask("GET", "/openapi.json").json["components"]["schemas"]["Row"]
    assert row["properties"] == {"when": {"type": "string"}, "price": {"type": "integer"}}
    [line] = server.log(event="columns")
    assert line["read"] == "declared in model/input_schema.json: 'when' datetime64[ns]; 'price' int64"


def test_the_example_of_the_training_data_is_the_one_that_is_shown(start: Start, tmp_path: Path) -> None:
    folder = save(encoded_zip(), tmp_path)
    columns = [
        {"name": "zip", "type": "str", "required": True},
        {"name": "age", "type": "int64", "required": True},
        {"name": "sold", "type": "bool", "required": True},
    ]
    example = {"zip": "90210", "age": 21, "sold": False}
    (folder / "input_schema.json").write_text(json.dumps({"columns": columns, "example": example}))
    schema = check_examples(start(SM_MODEL_DIR=folder).ready(), TEXTS)
    assert json.loads(schema["requests"]["application/json"]["example"]) == {"instances": [example]}


@BOTH
def test_openapi_describes_the_paths_of_the_model_and_those_of_fastapi(
    code: Path, web: str, start: Start, tmp_path: Path, lookup: Lookup
) -> None:
    route = "@app.get('/prices')\ndef prices():\n    return {}"
    server = start(edited(code, tmp_path, ends={"app.py": route})).ready()
    document = server.ask("GET", "/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert ("/prices" in document["paths"]) == (web == "fastapi")
    request = document["paths"]["/invocations"]["post"]["requestBody"]["content"]["application/json"]
    assert server.invoke(json.dumps(request["example"])).status == 200
    assert request["schema"]["properties"]["instances"]["items"] == {"$ref": "#/components/schemas/Row"}
    assert server.ask("GET", "/docs").status == (200 if web == "fastapi" else 404)


@BOTH
def test_a_path_of_that_name_in_app_py_stays_the_apps(code: Path, web: str, start: Start, tmp_path: Path) -> None:
    get = "@app.get('/schema')\ndef schema():\n    return {'mine': True}\n"
    post = "@app.post('/openapi.json')\ndef openapi():\n    return {'mine': True}"
    server = start(edited(code, tmp_path, ends={"app.py": get + post})).ready()
    assert server.ask("GET", "/schema").json == {"mine": True}
    assert server.ask("POST", "/openapi.json").json == {"mine": True}


def test_each_model_of_a_multi_model_endpoint_has_its_own(start: Start, lookup: Lookup, tmp_path: Path) -> None:
    server = start(**MULTI).ready()
    load(server, "numbers", lookup.folder)
    load(server, "a/b", save(encoded_zip(), tmp_path))
    assert len(server.ask("GET", "/models/numbers/schema").json["columns"]) == 2
    schema = server.ask("GET", f"/models/{quote('a/b', safe='')}/schema").json
    assert brief(schema)[0] == ("zip", "str", "model")
    assert server.ask("GET", "/models/none/schema").status == 404
    assert server.ask("GET", "/schema").status == 404


def test_examples_are_in_no_metric_and_not_in_the_log(start: Start) -> None:
    server = start().ready()
    assert server.ask("GET", "/schema").status == 200
    assert server.metric("server_requests_total") == 0
    assert not server.log(event="request")


@pytest.mark.all
def test_a_model_of_texts_shows_a_text_a_line(start: Start, tmp_path: Path) -> None:
    model = make_pipeline(CountVectorizer(), LogisticRegression()).fit(["old house", "new flat"] * 5, [1, 0] * 5)
    check_examples(start(SM_MODEL_DIR=save(model, tmp_path)).ready(), [*TEXTS, "text/plain"])


@BOTH
def test_where_it_is_switched_off_nothing_is_said_of_the_columns(start: Start, web: str, tmp_path: Path) -> None:
    server = start(SM_MODEL_DIR=save(encoded_zip(), tmp_path), SERVER_SCHEMA="false").ready()
    assert server.ask("GET", "/schema").status == 404
    told = server.ask("GET", "/openapi.json")
    assert told.status == (200 if web == "fastapi" else 404)
    assert b"zip" not in told.body
    assert server.invoke('[{"zip": "02139", "age": 3, "sold": true}]').status == 200
