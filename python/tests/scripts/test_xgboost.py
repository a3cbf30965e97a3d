"""Scripts written for AWS's container of XGBoost."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from tests.scripts.conftest import ROWS, Script, Start

# As AWS's own examples have it.
BOOSTER = """
import os
import pickle as pkl

import xgboost as xgb

def model_fn(model_dir):
    booster = xgb.Booster()
    booster.load_model(os.path.join(model_dir, "xgboost-model"))
    return booster
"""
PICKLED = """
import os
import pickle as pkl

def model_fn(model_dir):
    with open(os.path.join(model_dir, "xgboost-model"), "rb") as file:
        return pkl.load(file)
"""
PREDICT = """
import xgboost as xgb

def predict_fn(data, model):
    assert isinstance(data, xgb.DMatrix), type(data)
    prediction = model.predict(data)
    contributions = model.predict(data, pred_contribs=True, validate_features=False)
    return [[float(one), float(row.sum())] for one, row in zip(prediction, contributions)]
"""


def expected(model_dir: Path) -> list[float]:
    booster = xgb.Booster(model_file=model_dir / "model.json")
    return booster.predict(xgb.DMatrix(np.array(ROWS))).tolist()


def test_a_booster_that_model_fn_loads_answers_as_it_does_itself(script: Script, boosted: Path) -> None:
    answer = script(BOOSTER, boosted, "xgboost_script").ask(json.dumps(ROWS))
    assert json.loads(answer.body)["predictions"] == pytest.approx(expected(boosted))


def test_one_that_was_pickled_does_so_too_with_csv(script: Script, boosted: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "xgboost-model").write_bytes(pickle.dumps(xgb.Booster(model_file=boosted / "model.json")))
    body = "\n".join(",".join(map(str, row)) for row in ROWS)
    answer = script(PICKLED, folder, "xgboost_script").ask(body, "text/csv", "text/csv")
    assert [float(line) for line in answer.body.split()] == pytest.approx(expected(boosted))


def test_predict_fn_gets_a_dmatrix_as_in_the_container(script: Script, boosted: Path) -> None:
    answer = script(BOOSTER + PREDICT, boosted, "xgboost_script").ask("0:1 1:2\n0:3 1:4\n0:-5 1:6.5\n", "text/libsvm")
    predictions = json.loads(answer.body)["predictions"]
    assert [first for first, _ in predictions] == pytest.approx(expected(boosted))
    assert [total for _, total in predictions] == pytest.approx(expected(boosted), abs=1e-5)


def test_a_model_of_scikit_learns_interface_is_asked_by_its_own_predict(script: Script, tmp_path: Path) -> None:
    x = np.random.default_rng(1).normal(size=(60, 2))
    model = xgb.XGBClassifier(n_estimators=3, n_jobs=1).fit(x, np.where(x[:, 0] > 0, 1, 0))
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "xgboost-model").write_bytes(pickle.dumps(model))
    answer = script(PICKLED, folder, "xgboost_script").ask(json.dumps(ROWS))
    assert json.loads(answer.body)["predictions"] == model.predict(np.array(ROWS)).tolist()


def test_a_matrix_of_input_fn_is_predicted(script: Script, boosted: Path) -> None:
    text = BOOSTER + (
        "import numpy as np\n\ndef input_fn(body, content_type):\n"
        "    return xgb.DMatrix(np.array([[float(one) for one in line.split()] for line in body.decode().splitlines()]))\n"
    )
    body = "\n".join(" ".join(map(str, row)) for row in ROWS)
    answer = script(text, boosted, "xgboost_script").ask(body, "text/plain")
    assert json.loads(answer.body)["predictions"] == pytest.approx(expected(boosted))


def test_a_server_predicts_with_what_its_parent_has_loaded(start: Start, boosted: Path) -> None:
    server = start(BOOSTER, handler="xgboost_script", SM_MODEL_DIR=boosted, SERVER_WORKERS=2).ready()
    assert server.invoke(json.dumps(ROWS)).predictions == pytest.approx(expected(boosted))
