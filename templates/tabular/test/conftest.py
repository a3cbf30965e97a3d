"""What the tests share: the model, and rows that it can take."""

import json
from pathlib import Path
from typing import Any

import model_handler
import pytest
from ml_serving.rows.adapter import Predictor, features_of
from ml_serving.rows.columns.schema import read_schema
from ml_serving.rows.description import example_rows
from ml_serving.rows.features import Features

pytest_plugins = ["serving"]


@pytest.fixture(scope="session")
def model(model_dir: Path) -> Any:
    return model_handler.load(model_dir)


@pytest.fixture(scope="session")
def features(model: Any, model_dir: Path) -> Features:
    """Its columns, with what model/input_schema.json declares of them."""
    return features_of(model_handler, model, read_schema(model_dir))


@pytest.fixture(scope="session")
def predictor(model: Any, features: Features) -> Predictor:
    return Predictor(model_handler, model, features)


@pytest.fixture(scope="session")
def rows(predictor: Predictor, features: Features, model_dir: Path) -> list[list[Any]]:
    """Two rows that the model can take, with values in its order: return real ones here where none is found."""
    schema = read_schema(model_dir)
    for row in example_rows(features.known, schema and schema.example):
        body = json.dumps([row]).encode()
        [answer], _ = predictor.answer([(body, b"application/json", None, None)])
        if answer[0] == 200:
            return [row, row]
    pytest.fail("no row is known that the model takes: write one into test/conftest.py")


@pytest.fixture(scope="session")
def body(rows: list[list[Any]]) -> bytes:
    """The same rows as a request in JSON."""
    return json.dumps({"instances": rows}).encode()
