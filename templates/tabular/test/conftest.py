"""What the tests share: the model, and rows that it can take."""

import json
from pathlib import Path
from typing import Any

import model_handler
import pytest

pytest_plugins = ["serving"]


@pytest.fixture(scope="session")
def model(model_dir: Path) -> Any:
    return model_handler.load(model_dir)


@pytest.fixture(scope="session")
def rows(model: Any) -> list[list[Any]]:
    """Two rows that the model can take. Write real ones here if zeros are none."""
    return [[0.0] * (model_handler.features(model).count or 1)] * 2


@pytest.fixture(scope="session")
def body(rows: list[list[Any]]) -> bytes:
    """The same rows as a request in JSON."""
    return json.dumps({"instances": rows}).encode()
