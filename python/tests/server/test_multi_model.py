"""The API of multi-model endpoints, as SageMaker uses it."""

import json
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest
from sklearn.linear_model import LinearRegression

from tests.projects import edited
from tests.server.conftest import Start
from tests.server.models import Lookup, save
from tests.serving import Served
from tests.talking import Answer

# Whatever tests write lies below.
MULTI = {"SAGEMAKER_MULTI_MODEL": "true", "SM_MODEL_DIR": tempfile.gettempdir()}
JSON = {"Content-Type": "application/json"}


def load(server: Served, name: str, folder: object) -> Answer:
    return server.ask("POST", "/models", json.dumps({"model_name": name, "url": str(folder)}).encode(), **JSON)


def invoke(server: Served, name: str, body: bytes) -> Answer:
    return server.ask("POST", f"/models/{quote(name, safe='')}/invoke", body, **JSON)


@pytest.fixture
def several(start: Start) -> Served:
    return start(**MULTI).ready()


def test_models_are_loaded_listed_described_asked_and_unloaded(several: Served, lookup: Lookup, tmp_path: Path) -> None:
    other = Lookup(tmp_path / "other")
    odd = ["a b", "a/b%2F", "é€", "x?y=1&z#", "..", "%00"]
    names = ["first", *odd]
    for name in names:
        answer = load(several, name, lookup.folder)
        assert (answer.status, answer.json) == (200, {"modelName": name, "modelUrl": str(lookup.folder)})
        assert load(several, name, other.folder).status == 409
    for name in names:
        assert invoke(several, name, lookup.body([5])).predictions == lookup.values([5])
        assert several.ask("GET", f"/models/{quote(name, safe='')}").json["modelName"] == name
    found, token, pages = [], "", 0
    while token is not None:
        page = several.ask("GET", f"/models?limit=3{token and f'&next_page_token={token}'}").json
        found += [model["modelName"] for model in page["models"]]
        token, pages = page.get("nextPageToken"), pages + 1
    assert (found, pages) == (sorted(names), 3)
    for name in names:
        path = f"/models/{quote(name, safe='')}"
        pids = several.family
        assert several.ask("DELETE", path).status == 200
        for answer in (several.ask("DELETE", path), several.ask("GET", path), invoke(several, name, b"[]")):
            assert answer.status == 404
            assert set(answer.json) == {"error"}
        assert len(several.family) <= len(pids)
    assert several.ask("GET", "/models").json == {"models": []}
    assert several.ping() == 200


def test_what_is_not_in_the_api_is_the_callers_mistake(several: Served) -> None:
    for method, target, status in (
        ("GET", "/models/", 404),
        ("GET", "/models//invoke", 404),
        ("POST", "/models//invoke", 404),
        ("DELETE", "/models/", 404),
        ("GET", "/modelsandmore", 404),
        ("GET", "/models/a/b/c", 404),
        ("GET", "/models?limit=x", 400),
        ("GET", "/models?limit=-1", 400),
        ("GET", "/models?limit=0", 400),
        ("GET", "/models?next_page_token=99", 200),
        ("PUT", "/models", 405),
        ("POST", "/invocations", 404),
    ):
        assert several.ask(method, target).status == status, (method, target)
    for body in (b"", b"{}", b"[]", b'{"model_name": "", "url": "/"}', b'{"model_name": 1, "url": 2}'):
        assert several.ask("POST", "/models", body, **JSON).status == 400


def test_a_model_that_cannot_be_loaded_says_why_and_the_others_live_on(
    several: Served, lookup: Lookup, tmp_path: Path
) -> None:
    assert load(several, "good", lookup.folder).status == 200
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "model.pkl").write_bytes(b"no pickle")
    hanging = tmp_path / "hanging"
    hanging.mkdir()
    (hanging / "link").symlink_to("/nowhere")
    away = tmp_path / "away"
    away.symlink_to("/usr")
    for folder, status, reason in (
        (broken, 500, "cannot read"),
        (tmp_path / "none", 500, "no such folder"),
        (hanging, 500, "no model.pkl"),
        ("/tmp/\0", 400, ""),
        ("/tmp/" + "x" * 5000, 500, ""),
        ("/usr", 400, "not below /opt/ml/models"),
        (f"{tmp_path}/{'../' * len(tmp_path.parts)}usr", 400, "not below /opt/ml/models"),
        (away, 400, "not below /opt/ml/models"),
    ):
        answer = load(several, "bad", folder)
        assert (answer.status, reason in answer.json["error"]) == (status, True), answer
    assert invoke(several, "bad", b"[[1, 1]]").status == 404
    assert invoke(several, "good", lookup.body([5])).predictions == lookup.values([5])
    assert load(several, "bad", lookup.folder).status == 200


def test_a_model_whose_workers_die_at_once_refuses_its_requests(code: Path, tmp_path: Path, start: Start) -> None:
    linear = tmp_path / "linear"
    linear.mkdir()
    deadly = (
        "usual = prepare\ndef prepare(model):\n"
        "    if hasattr(model, 'coef_'):\n        import os\n        os._exit(3)\n    usual(model)"
    )
    server = start(edited(code, tmp_path, ends={"model_handler.py": deadly}), **MULTI).ready()
    good = Lookup(tmp_path / "good")
    save(LinearRegression().fit([[0.0, 1.0], [1.0, 0.0]], [1, 2]), linear)
    assert load(server, "good", good.folder).status == 200
    load(server, "deadly", linear)
    for _ in range(2):
        assert invoke(server, "deadly", b"[[1, 1]]").status == 500
    assert invoke(server, "good", good.body([5])).predictions == good.values([5])
    assert server.ask("DELETE", "/models/deadly").status == 200
