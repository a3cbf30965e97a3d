"""What the tests share: the model, and requests that it can take."""

import importlib
import json
from pathlib import Path
from typing import Any

import example
import model_handler
import pytest
from ml_serving.kinds import KINDS

pytest_plugins = ["serving"]


@pytest.fixture(scope="session")
def predicting(model_dir: Path) -> Any:
    """The model as a worker has it: it answers requests without a server."""
    adapter = importlib.import_module(KINDS[model_handler.KIND].adapter)
    return adapter.Predictor(model_handler, model_handler.load(model_dir))


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
