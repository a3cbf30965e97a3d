"""The scripts in docs/coming-from.md are served as they stand there."""

import json
import re
from pathlib import Path

from tests.projects import HERE
from tests.scripts.conftest import Script

PAGE = (HERE.parents[1] / "docs/coming-from.md").read_text()
SCRIPTS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

# As the ancestor's own has it.
OLD_HANDLER = """
import os

import joblib
import numpy as np


class ModelHandler:
    def __init__(self, model_path):
        self.model_path = model_path
        self.model = None

    def load_model(self):
        files = [f for f in os.listdir(self.model_path) if f.endswith("pkl")]
        self.model = joblib.load(os.path.join(self.model_path, files[0]))

    def preprocess(self, raw_data):
        data = raw_data.get("instances", raw_data.get("data", raw_data)) if isinstance(raw_data, dict) else raw_data
        return np.array(data)

    def postprocess(self, predictions):
        return {"predictions": predictions.tolist()}

    def predict(self, input_data):
        return self.postprocess(self.model.predict(self.preprocess(input_data)))
"""
# What the script asks of MLflow: the library itself is no part of the tests.
PYFUNC = """
import joblib


def load_model(folder):
    return joblib.load(f"{folder}/model.pkl")
"""


def script_with(word: str) -> str:
    [found] = [text for text in SCRIPTS if word in text]
    return found


def test_there_are_two() -> None:
    assert len(SCRIPTS) == 2


def test_the_handler_of_the_ancestor_is_called_as_it_is(script: Script) -> None:
    made = script(script_with("old_handler"), beside={"old_handler.py": OLD_HANDLER})
    answer = made.ask('{"data": [[1, 2], [3, 4]]}')
    assert json.loads(answer.body) == {"predictions": [12.0, 34.0]}


def test_a_function_of_mlflows_is_asked_by_its_predict(script: Script, tmp_path: Path) -> None:
    (tmp_path / "mlflow").mkdir()
    (tmp_path / "mlflow/__init__.py").write_text("")
    (tmp_path / "mlflow/pyfunc.py").write_text(PYFUNC)
    answer = script(script_with("mlflow")).ask('{"instances": [[1, 2]]}')
    assert json.loads(answer.body) == {"predictions": [12.0]}
