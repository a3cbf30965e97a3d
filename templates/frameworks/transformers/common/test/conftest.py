"""What the tests share: the model, and requests that it can take."""

import json
from pathlib import Path
from typing import Any

import example
import pytest
from worker import predictor

pytest_plugins = ["serving"]


@pytest.fixture(scope="session")
def predicting(model_dir: Path) -> predictor.Predictor:
    return predictor.Predictor(*predictor.load(model_dir))


@pytest.fixture(scope="session")
def inputs() -> list[Any]:
    """Two inputs that the model can take."""
    return example.INPUTS


@pytest.fixture(scope="session")
def parameters() -> dict[str, Any]:
    """What has to come with them."""
    return example.PARAMETERS


@pytest.fixture(scope="session")
def body(inputs: list[Any], parameters: dict[str, Any]) -> bytes:
    """The same as a request in JSON."""
    return json.dumps({"inputs": inputs, "parameters": parameters}).encode()
