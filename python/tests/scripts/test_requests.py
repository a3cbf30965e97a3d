"""What functions are given of a request, and what becomes of what they give: as in the containers of AWS."""

import gzip
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from ml_serving.errors import ModelError
from ml_serving.scripts import adapter
from ml_serving.worker import negotiation
from tests.scripts.conftest import Script
from tests.server.models import save

ECHO = """
import json

def input_fn(body, content_type):
    return {"type": type(body).__name__, "content_type": content_type, "text": body if isinstance(body, str) else body.hex()}

def predict_fn(data, model):
    return data

def output_fn(prediction, accept):
    return json.dumps({**prediction, "accept": accept})
"""


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("application/json", "str"),
        ("text/csv", "str"),
        # Exactly these: so the containers have it.
        ("text/csv; charset=utf-8", "bytes"),
        ("text/plain", "bytes"),
        ("application/x-npy", "bytes"),
        ("image/png", "bytes"),
    ],
)
def test_a_body_is_text_for_json_and_csv_and_bytes_else(script: Script, given: str, kind: str) -> None:
    document = json.loads(script(ECHO).ask("1,2", given).body)
    assert (document["type"], document["content_type"]) == (kind, given)


def test_without_a_content_type_it_is_json(script: Script) -> None:
    document = json.loads(script(ECHO).ask("{}", None).body)
    assert (document["type"], document["content_type"]) == ("str", "application/json")


def test_a_compressed_body_comes_unpacked(script: Script) -> None:
    answer = script(ECHO).ask(gzip.compress(b"1,2"), "text/csv", encoding=b"gzip")
    assert json.loads(answer.body)["text"] == "1,2"


def test_text_that_is_no_utf_8_is_refused(script: Script) -> None:
    answer = script(ECHO).ask(b"\xff", "text/csv")
    assert (answer.status, json.loads(answer.body)) == (400, {"error": "the body is not utf-8 text"})


@pytest.mark.parametrize(
    ("given", "told", "answered"),
    [
        (None, "application/json", "application/json"),
        ("*/*", "application/json", "application/json"),
        ("text/csv", "text/csv", "text/csv"),
        ("text/csv, application/json", "text/csv, application/json", "text/csv"),
        ("text/csv;q=0.5", "text/csv;q=0.5", "text/csv"),
        ("application/*", "application/*", "application/json"),
    ],
)
def test_accept_comes_as_it_was_sent_and_is_the_type_of_a_body_that_has_none(
    script: Script, given: str | None, told: str, answered: str
) -> None:
    answer = script(ECHO).ask("{}", accept=given)
    assert (json.loads(answer.body)["accept"], answer.content_type) == (told, answered)


def test_the_type_for_callers_who_do_not_mind_can_be_set(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (adapter, negotiation):
        monkeypatch.setattr(module, "settings", replace(adapter.settings, default_accept="application/x-mine"))
    answer = script(ECHO).ask("{}", accept="*/*")
    assert (json.loads(answer.body)["accept"], answer.content_type) == ("application/x-mine", "application/x-mine")


def test_without_output_fn_it_must_be_one_that_the_server_writes(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(negotiation, "settings", replace(adapter.settings, default_accept="application/x-mine"))
    with pytest.raises(ModelError, match="SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: cannot answer in 'application/x-mine'"):
        script("def predict_fn(data, model):\n    return data\n")


def giving(expression: str, top: str = "") -> str:
    return f"{top}\ndef predict_fn(data, model):\n    return data\n\ndef output_fn(prediction, accept):\n    return {expression}\n"


@pytest.mark.parametrize(
    ("expression", "content_type", "body"),
    [
        ("'text'", "text/csv", b"text"),
        ("b'bytes'", "text/csv", b"bytes"),
        ("bytearray(b'bytes')", "text/csv", b"bytes"),
        ("('text', 'text/html')", "text/html", b"text"),
        ("(b'bytes', 'image/png')", "image/png", b"bytes"),
        ("[1, 2.5]", "application/json", b"[1,2.5]"),
        ("{'a': numpy.float32(1)}", "application/json", b'{"a":1.0}'),
        ("flask.Response('text', 201, mimetype='text/html')", "text/html; charset=utf-8", b"text"),
        ("starlette.Response(b'bytes', 201, media_type='image/png')", "image/png", b"bytes"),
    ],
)
def test_output_fn_gives_a_body_with_or_without_its_type_or_a_response(
    script: Script, expression: str, content_type: str, body: bytes
) -> None:
    top = "import flask\nimport numpy\nfrom starlette import responses as starlette"
    answer = script(giving(expression, top)).ask("[[1, 2]]", accept="text/csv")
    assert (answer.content_type, answer.body) == (content_type, body)
    assert answer.status == (201 if "Response" in expression else 200)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("None", "output_fn gave NoneType; it takes a body as str or bytes, or (body, content type)"),
        ("7.5", "output_fn gave float; it takes a body as str or bytes, or (body, content type)"),
        ("('a', 1)", "output_fn gave 1 as the content type"),
        ("('a', 'text/x\\r\\nSet-Cookie: a=b')", "'text/x\\r\\nSet-Cookie: a=b' is no content type"),
        ("(part for part in 'ab')", "output_fn gave generator; it takes a body as str or bytes"),
    ],
)
def test_what_is_no_body_is_a_failure_of_the_script_that_the_log_names(
    script: Script, caplog: pytest.LogCaptureFixture, expression: str, says: str
) -> None:
    answer = script(giving(expression)).ask("[[1, 2]]")
    assert answer.status == 500
    assert json.loads(answer.body) == {"error": "output_fn failed; the container's log says why"}
    assert says in caplog.text


@pytest.mark.parametrize(
    ("gives", "accept", "body"),
    [
        ("np.array([1.5, 2])", None, b'{"predictions":[1.5,2.0]}'),
        ("[1, 2]", None, b'{"predictions":[1,2]}'),
        ("['a', 'b']", "text/csv", b"a\nb\n"),
        ("pd.DataFrame({'a': [1, 2], 'b': [3, 4]})", "text/csv", b"1,3\n2,4\n"),
        ("{'mean': np.float64(2)}", None, b'{"mean":2.0}'),
        ("[{'label': 'a'}]", None, b'{"predictions":[{"label":"a"}]}'),
        ("2.5", None, b"2.5"),
        ("'text'", None, b'"text"'),
    ],
)
def test_without_output_fn_tables_are_answered_as_tables_and_the_rest_as_a_document(
    script: Script, gives: str, accept: str | None, body: bytes
) -> None:
    text = f"import numpy as np\nimport pandas as pd\n\ndef predict_fn(data, model):\n    return {gives}\n"
    answer = script(text).ask("[[1, 2]]", accept=accept)
    assert (answer.status, answer.body) == (200, body)


def test_a_document_has_no_rows_of_csv(script: Script) -> None:
    answer = script("def predict_fn(data, model):\n    return {'a': 1}\n").ask("[[1, 2]]", accept="text/csv")
    assert answer.status == 406
    assert json.loads(answer.body)["error"] == (
        "predict_fn gave dict, which is no table: it can be answered in application/json only"
    )


def test_without_input_fn_a_request_is_read_as_for_any_model_of_rows(script: Script) -> None:
    text = "def predict_fn(data, model):\n    return [f'{type(data).__name__} {data.dtype} {data.tolist()}']\n"
    answer = script(text).ask("1,2\n3,4\n", "text/csv")
    assert json.loads(answer.body) == {"predictions": ["ndarray float64 [[1.0, 2.0], [3.0, 4.0]]"]}
    refused = script(text).ask("1,2,3\n", "text/csv")
    assert (refused.status, json.loads(refused.body)["error"]) == (400, "row 1 has 3 features, expected 2")
    assert script(text).ask("a", "application/pdf").status == 415


def test_data_of_input_fn_goes_to_the_models_own_predict(script: Script) -> None:
    text = "import io\nimport numpy as np\n\ndef input_fn(body, content_type):\n    return np.load(io.BytesIO(body))\n"
    stream = io.BytesIO()
    np.save(stream, np.array([[1, 2]], dtype=np.int8))
    answer = script(text).ask(stream.getvalue(), "application/octet-stream")
    assert json.loads(answer.body) == {"predictions": [12.0]}


def test_without_input_fn_predict_fn_gets_the_data_frame_that_the_model_was_trained_on(
    script: Script, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"kind": ["a", "b", "a"], "size": [1, 2, 3]})
    encoder = ColumnTransformer([("kind", OneHotEncoder(), ["kind"])], remainder="passthrough")
    folder = save(make_pipeline(encoder, LinearRegression()).fit(frame, [1.0, 2.0, 3.0]), tmp_path / "model")
    text = "def predict_fn(data, model):\n    return [f'{list(data.columns)} {data.iloc[0].astype(str).tolist()}']\n"
    answer = script(text, folder).ask('[{"size": 2, "kind": "b"}]')
    assert json.loads(answer.body) == {"predictions": ["['kind', 'size'] ['b', '2.0']"]}


def test_a_declared_schema_is_what_predict_fn_gets(script: Script, linear: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(linear, folder)
    columns = [{"name": name, "type": "float64", "required": True} for name in ("a", "b")]
    (folder / "input_schema.json").write_text(json.dumps({"columns": columns}))
    text = "def predict_fn(data, model):\n    return model.predict(data)\n"
    made = script(text, folder)
    assert json.loads(made.ask('[{"b": 2, "a": 1}]').body) == {"predictions": [12.0]}
    assert made.ask('[{"a": 1}]').status == 400


def test_a_schema_that_is_none_is_said_to_be_at_start(script: Script, linear: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(linear, folder)
    (folder / "input_schema.json").write_text("{}")
    with pytest.raises(ModelError, match=r"input_schema\.json"):
        script("def predict_fn(data, model):\n    return data\n", folder)
