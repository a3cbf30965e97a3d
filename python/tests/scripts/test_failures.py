"""Who is to blame for what a function raises, and what the caller and the log are told."""

import json

import pytest

from tests.scripts.conftest import Script

CLASSES = """
class UnsupportedFormatError(Exception):
    pass

class BaseInferenceToolkitError(Exception):
    def __init__(self, status_code, message, phrase):
        self.status_code, self.message, self.phrase = status_code, message, phrase

class PredictionException(Exception):
    def __init__(self, message, error_code=500):
        self.message, self.error_code = message, error_code
"""


def raising(function: str, expression: str) -> str:
    functions = {
        "input_fn": "def input_fn(body, content_type):\n    return body\n",
        "predict_fn": "def predict_fn(data, model):\n    return data\n",
        "output_fn": "def output_fn(prediction, accept):\n    return prediction\n",
    }
    head, _, _ = functions[function].partition("\n")
    functions[function] = f"{head}\n    raise {expression}\n"
    return (
        f"import flask\nfrom ml_serving.errors import RequestError\nfrom werkzeug import exceptions\n{CLASSES}\n"
        + "\n".join(functions.values())
    )


@pytest.mark.parametrize(
    ("function", "expression", "status", "says"),
    [
        ("input_fn", "UnsupportedFormatError('no bars')", 415, "no bars"),
        ("predict_fn", "UnsupportedFormatError('no bars')", 415, "no bars"),
        ("output_fn", "UnsupportedFormatError('no bars')", 406, "no bars"),
        ("input_fn", "BaseInferenceToolkitError(422, 'not so', 'x')", 422, "not so"),
        ("predict_fn", "PredictionException('not so', 400)", 400, "not so"),
        ("input_fn", "RequestError(409, 'later')", 409, "later"),
        ("input_fn", "exceptions.BadRequest('no bars')", 400, "no bars"),
    ],
)
def test_an_error_that_has_a_status_is_answered_with_it(
    script: Script, function: str, expression: str, status: int, says: str
) -> None:
    answer = script(raising(function, expression)).ask("[[1, 2]]")
    assert (answer.status, json.loads(answer.body)) == (status, {"error": says})


@pytest.mark.parametrize("function", ["input_fn", "predict_fn", "output_fn"])
@pytest.mark.parametrize("expression", ["ValueError('secret')", "KeyError('secret')", "SystemExit('secret')"])
def test_any_other_is_the_scripts_own_and_its_reason_is_in_the_log_only(
    script: Script, caplog: pytest.LogCaptureFixture, function: str, expression: str
) -> None:
    answer = script(raising(function, expression)).ask("[[1, 2]]")
    assert (answer.status, json.loads(answer.body)) == (
        500,
        {"error": f"{function} failed; the container's log says why"},
    )
    assert f"inference.py: {function} failed" in caplog.text
    assert "secret" in caplog.text


def test_one_that_fails_takes_no_other_along(script: Script) -> None:
    text = "def predict_fn(data, model):\n    return [1 / value for value in data[:, 0].tolist()]\n"
    made = script(text)
    requests = [(body, b"application/json", None, None) for body in (b"[[1, 2]]", b"[[0, 2]]", b"[[4, 2]]")]
    answers, _ = made.predictor.answer(requests)
    assert [status for status, *_ in answers] == [200, 500, 200]


@pytest.mark.filterwarnings("ignore:coroutine")
def test_what_is_async_inside_is_no_prediction(script: Script) -> None:
    text = "async def later(data):\n    return data\n\ndef predict_fn(data, model):\n    return later(data)\n"
    assert script(text).ask("[[1, 2]]").status == 500
