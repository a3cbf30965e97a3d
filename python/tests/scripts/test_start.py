"""A script that cannot be served says at start why, in one line, and which line of it to change."""

import shutil
from pathlib import Path

import pytest

from ml_serving.errors import ModelError
from ml_serving.scripts.aws import INSTEAD, remarks
from tests.scripts.conftest import Script, Start
from tests.server.conftest import last_words

PREDICT = "def predict_fn(data, model):\n    return data\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "x = 1\n",
            "inference.py has none of model_fn, input_fn, predict_fn, output_fn, transform_fn: define those you need",
        ),
        (
            "def predict_fn(data, model:\n    return data\n",
            "inference.py, line 1 (`def predict_fn(data, model:`): SyntaxError: ",
        ),
        (
            f"{PREDICT}\ndef transform_fn(model, body, content_type, accept):\n    return body\n",
            "inference.py has transform_fn and predict_fn: transform_fn does all that these do, so keep one or the other",
        ),
        (
            "async def predict_fn(data, model):\n    return data\n",
            "inference.py: predict_fn is async: it is called as a plain function, in a process of its own, so write def, not async def",
        ),
        (
            "def predict_fn(data, model):\n    yield data\n",
            "inference.py: predict_fn is a generator: what it gives is taken as a whole, so write return, not yield",
        ),
        ("predict_fn = 7\n", "inference.py: predict_fn is no function, but 7"),
        (
            f"import os\nos.environ['SM_CHANNEL_TRAIN']\n{PREDICT}",
            "inference.py, line 2 (`os.environ['SM_CHANNEL_TRAIN']`): KeyError: 'SM_CHANNEL_TRAIN'; what is only for "
            + 'training goes below `if __name__ == "__main__":`',
        ),
        (
            f"import sys\nsys.exit(2)\n{PREDICT}",
            "inference.py, line 2 (`sys.exit(2)`): SystemExit: 2; what is only for training",
        ),
        (
            f"import nowhere.at_all\n{PREDICT}",
            "inference.py, line 1 (`import nowhere.at_all`): no module 'nowhere': put your own beside inference.py, and "
            + "the name of a library into requirements.txt",
        ),
        (
            f"from json import nothing\n{PREDICT}",
            "inference.py, line 1 (`from json import nothing`): cannot import name 'nothing'",
        ),
        (
            f"import os\n\nfrom sagemaker_inference import content_types, decoder\n{PREDICT}",
            "inference.py, line 3 (`from sagemaker_inference import content_types, decoder`): no module 'sagemaker_inference': "
            + INSTEAD,
        ),
        (
            f"from sagemaker_xgboost_container import encoder as xgb_encoders\n{PREDICT}",
            "inference.py, line 1 (`from sagemaker_xgboost_container import encoder as xgb_encoders`): no module "
            + f"'sagemaker_xgboost_container': {INSTEAD}",
        ),
        (
            "def model_fn(model_dir):\n    from sagemaker_containers.beta.framework import worker\n",
            "inference.py, line 2 (`from sagemaker_containers.beta.framework import worker`): no module 'sagemaker_containers': ",
        ),
        (
            "def model_fn(model_dir):\n    return open(model_dir + '/nothing')\n",
            "model_fn failed: inference.py, line 2 (`return open(model_dir + '/nothing')`): FileNotFoundError: ",
        ),
        ("def model_fn(model_dir):\n    pass\n", "inference.py: model_fn returned None: it must return the model"),
        (
            "def model_fn(model_dir):\n    return {'a': 1}\n",
            "inference.py: model_fn gave dict, which has no predict: define predict_fn",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(script: Script, text: str, says: str) -> None:
    with pytest.raises(ModelError) as raised:
        script(text)
    assert str(raised.value).startswith(says)
    assert "\n" not in str(raised.value)


def test_a_mistake_in_a_module_beside_it_is_said_with_the_line_there(script: Script) -> None:
    with pytest.raises(ModelError) as raised:
        script(f"import helpers\n{PREDICT}", beside={"helpers.py": "x = 1\ny = x +\n"})
    assert str(raised.value).startswith("helpers.py, line 2 (`y = x +`): SyntaxError: ")


@pytest.mark.parametrize("web", ["fastapi", "flask"])
def test_the_container_ends_with_that_line(start: Start, web: str) -> None:
    server = start("from sagemaker_inference import decoder\n" + PREDICT, web)
    assert last_words(server) == (
        f"inference.py, line 1 (`from sagemaker_inference import decoder`): no module 'sagemaker_inference': {INSTEAD}"
    )


def test_a_model_fn_that_fails_ends_the_container_too(start: Start) -> None:
    server = start("def model_fn(model_dir):\n    raise OSError('no such model')\n")
    says = "model_fn failed: inference.py, line 2 (`raise OSError('no such model')`): OSError: no such model"
    assert last_words(server) == says


def test_a_script_that_is_not_there_is_said_to_be_missing(start: Start) -> None:
    server = start(None)
    assert server.wait() == 1
    assert "there is no inference.py beside model_handler.py" in server.output


def test_modules_beside_it_and_training_below_main_are_as_they_were(start: Start) -> None:
    script = """
import argparse
import os

from helpers import scaled
from parts import names

def predict_fn(data, model):
    assert os.environ["SM_MODEL_DIR"]
    return [f"{names.NAME} {value}" for value in scaled(model.predict(data))]

if __name__ == "__main__":
    argparse.ArgumentParser().parse_args(["--nothing"])
"""
    beside = {
        "helpers.py": "def scaled(values):\n    return values * 2\n",
        "parts/__init__.py": "",
        "parts/names.py": "NAME = 'twice'\n",
    }
    server = start(script, beside=beside).ready()
    assert server.invoke("[[1, 2]]").predictions == ["twice 24.0"]


def test_variables_that_the_containers_read_are_said_to_have_no_effect(start: Start) -> None:
    variables = {"SAGEMAKER_PROGRAM": "train.py", "SAGEMAKER_SUBMIT_DIRECTORY": "s3://bucket/sourcedir.tar.gz"}
    said = list(remarks(variables))
    assert said == [
        "SAGEMAKER_PROGRAM is 'train.py' and has no effect: the script is code/inference.py, whatever it was called",
        "SAGEMAKER_SUBMIT_DIRECTORY has no effect: inference.py and its modules are in the image, beside code/serve",
    ]
    assert remarks({"SAGEMAKER_PROGRAM": "inference.py"}) == []
    server = start(PREDICT, **variables).ready()
    assert [line["event"] for line in server.log(level="WARNING")] == said


def test_a_script_in_the_models_folder_is_said_not_to_run(start: Start, linear: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(linear, folder)
    (folder / "code").mkdir()
    (folder / "code/inference.py").write_text("raise SystemExit\n")
    server = start(PREDICT, SM_MODEL_DIR=folder).ready()
    [said] = server.log(level="WARNING")
    assert said["event"] == (
        f"{folder}/code/inference.py is not run: a script is taken into the image, by ml-container-creator's "
        "--inference-script"
    )
