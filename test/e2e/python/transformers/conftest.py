"""A tiny model for TASK: in the project's hands, and in those of the library alone."""

from pathlib import Path
from typing import Any

import pytest
import torch
from asked import TASK, expected_of
from models import save
from worker import predictor

# Tests that not all tasks have.
ONLY = {
    "test_long_texts.py": ("text-classification", "feature-extraction", "fill-mask"),
    "test_question_answering.py": ("question-answering",),
    "test_feature_extraction.py": ("feature-extraction",),
}
collect_ignore = [file for file, tasks in ONLY.items() if TASK not in tasks]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model")
    save(TASK, path)
    return path


@pytest.fixture(scope="session")
def predicting(folder: Path) -> predictor.Predictor:
    made = predictor.Predictor(*predictor.load(folder))
    torch.set_num_threads(1)
    return made


@pytest.fixture(scope="session")
def expected(folder: Path) -> Any:
    return expected_of(folder)
