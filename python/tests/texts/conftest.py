"""Tiny models of each task: in a worker's hands, and in those of the library alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ml_serving.texts.adapter import Predictor
from tests.texts.asked import HANDLERS, expected_of, predictor_of
from tests.texts.models import TASKS, save


@pytest.fixture(scope="session", params=TASKS)
def task(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def folder(task: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp(task)
    save(task, path)
    return path


@pytest.fixture(scope="session")
def predicting(task: str, folder: Path) -> Predictor:
    made = predictor_of(task, HANDLERS[task].load(folder))
    torch.set_num_threads(1)
    return made


@pytest.fixture(scope="session")
def expected(task: str, folder: Path) -> Callable[..., Any]:
    return expected_of(task, folder)
