"""Functions may take the context that newer containers pass."""

import json

import pytest

from ml_serving.errors import ModelError
from tests.scripts.conftest import Script

ALL = """
import json
import os

def model_fn(model_dir, context):
    return context.system_properties["model_dir"] == model_dir

def input_fn(body, content_type, context):
    return context.get_request_header(0, "content-type")

def predict_fn(data, model, context):
    return [data, model, context.request_processor[0].get_request_properties()]

def output_fn(prediction, accept, context):
    context.set_response_content_type(0, "application/x-mine")
    context.set_response_status(207, "in parts")
    return json.dumps(prediction)
"""


def test_each_function_may_take_it(script: Script) -> None:
    answer = script(ALL).ask("{}", accept="text/csv")
    assert (answer.status, answer.content_type) == (207, "application/x-mine")
    headers = {"Content-Type": "application/json", "Accept": "text/csv"}
    assert json.loads(answer.body) == ["application/json", True, headers]


def test_so_may_transform_fn(script: Script) -> None:
    text = "def transform_fn(model, body, content_type, accept, context=None):\n    return type(context).__name__\n"
    assert script(text).ask("{}").body == b"Context"


@pytest.mark.parametrize(
    ("signature", "seen"),
    [
        ("data, model", "-"),
        ("data, model, context", "Context"),
        ("data, model, context=None", "Context"),
        ("data, model, ctx", "Context"),
        # A value of the script's own is no place for it.
        ("data, model, threshold=0.5", "-"),
        ("data, model, *, threshold=0.5", "-"),
        ("*given", "-"),
        ("data, model, **more", "-"),
    ],
)
def test_what_a_function_is_called_with_is_seen_from_its_parameters(script: Script, signature: str, seen: str) -> None:
    last = "context" if "context" in signature else "ctx" if "ctx" in signature else "None"
    text = f"def predict_fn({signature}):\n    return ['-' if {last} is None else type({last}).__name__]\n"
    assert json.loads(script(text).ask("[[1, 2]]").body) == {"predictions": [seen]}


@pytest.mark.parametrize("signature", ["data", "data, model, context, more", "data, model, *, needed"])
def test_a_function_that_cannot_be_called_is_named_with_how_it_is_called(script: Script, signature: str) -> None:
    with pytest.raises(ModelError) as raised:
        script(f"def predict_fn({signature}):\n    return data\n")
    says = "inference.py: predict_fn is called with (data, model), or with (data, model, context): "
    assert str(raised.value).startswith(says)


def test_what_comes_before_and_after_the_model_is_called(script: Script) -> None:
    text = """
SEEN = []

def pre_model_fn(model_dir):
    SEEN.append("before")

def model_fn(model_dir):
    SEEN.append("model")
    return SEEN

def model_warmup_fn(model_dir, model, context):
    model.append("after")

def predict_fn(data, model):
    return model
"""
    assert json.loads(script(text).ask("[[1, 2]]").body) == {"predictions": ["before", "model", "after"]}
