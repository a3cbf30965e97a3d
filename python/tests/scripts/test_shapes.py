"""Each subset of the functions is called where it is there; the rest is done by the server."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path

import pytest

from tests.scripts.conftest import ANSWERS, ROWS, Script, Start
from tests.serving import Served

STEPS = {
    "model_fn": """
def model_fn(model_dir):
    model = joblib.load(os.path.join(model_dir, "model.pkl"))
    model.seen = ["model_fn"]
    return model
""",
    "input_fn": """
def input_fn(body, content_type):
    assert isinstance(body, str), type(body)
    assert content_type == "application/json", content_type
    return np.array(json.loads(body)["mine"])
""",
    "predict_fn": """
def predict_fn(data, model):
    assert data.shape == (3, 2), data.shape
    return model.predict(data) + 1000
""",
    "output_fn": """
def output_fn(prediction, accept):
    assert accept == "application/json", accept
    return json.dumps({"answers": np.asarray(prediction).tolist()}), "application/x-mine"
""",
}
SUBSETS = [names for size in range(1, 5) for names in combinations(STEPS, size)]
HEAD = "import json\nimport os\n\nimport joblib\nimport numpy as np\n"


ALL = tuple(STEPS)


def expected_of(names: tuple[str, ...]) -> object:
    values = [value + 1000 * ("predict_fn" in names) for value in ANSWERS]
    return {"answers" if "output_fn" in names else "predictions": values}


def request_of(names: tuple[str, ...]) -> str:
    return json.dumps({"mine" if "input_fn" in names else "instances": ROWS})


@pytest.mark.parametrize("names", SUBSETS, ids="-".join)
def test_the_functions_that_a_script_has_are_called_and_the_others_done(script: Script, names: tuple[str, ...]) -> None:
    answer = script(HEAD + "".join(STEPS[name] for name in names)).ask(request_of(names))
    assert answer.status == 200, answer.body
    assert json.loads(answer.body) == expected_of(names)
    assert answer.content_type == ("application/x-mine" if "output_fn" in names else "application/json")


@pytest.mark.parametrize(("web", "names"), [("fastapi", ALL), ("flask", ALL), ("fastapi", ("predict_fn",))])
def test_a_server_calls_them_and_says_at_start_which(start: Start, web: str, names: tuple[str, ...]) -> None:
    server = start(HEAD + "".join(STEPS[name] for name in names), web).ready()
    answer = server.invoke(request_of(names))
    assert (answer.status, json.loads(answer.body)) == (200, expected_of(names)), server.output
    [read] = server.log(event="inference.py is read")
    assert read["called"] == list(names)
    assert read["done by the server"] == [name for name in STEPS if name not in names]


TRANSFORM = """
import json, os
import joblib

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.pkl"))

def transform_fn(model, body, content_type, accept):
    rows = [[float(one) for one in line.split("|")] for line in body.decode().splitlines()]
    return json.dumps([content_type, accept, model.predict(rows).tolist()]), accept
"""


@pytest.mark.parametrize("web", ["fastapi", "flask"])
def test_transform_fn_does_it_all(start: Start, web: str) -> None:
    server = start(TRANSFORM, web).ready()
    answer = server.invoke("1|2\n3|4\n", **{"Content-Type": "text/x-bars", "Accept": "application/x-bars"})
    assert json.loads(answer.body) == ["text/x-bars", "application/x-bars", [12.0, 34.0]]
    assert answer.headers["content-type"] == "application/x-bars"


def test_a_script_with_model_fn_alone_has_its_requests_predicted_together(start: Start) -> None:
    """Its predict answers how many it was asked for."""
    script = HEAD + (
        "def model_fn(model_dir):\n"
        "    model = joblib.load(os.path.join(model_dir, 'model.pkl'))\n"
        "    def predict(rows):\n        import time; time.sleep(0.3)\n        return [len(rows)] * len(rows)\n"
        "    model.predict = predict\n"
        "    return model\n"
    )
    assert largest(start(script).ready()) > 1


def test_a_script_that_sees_requests_gets_each_by_itself(start: Start) -> None:
    script = (
        HEAD + "def predict_fn(data, model):\n    import time; time.sleep(0.1)\n    return [len(data)] * len(data)\n"
    )
    server = start(script, SERVER_PREDICT_SECONDS=1).ready()
    # More than a second for all, which no one of them takes.
    assert largest(server, 16) == 1


def largest(server: Served, requests: int = 8) -> float:
    """How many rows one call saw at most, of requests of one row each that came at the same time."""
    with ThreadPoolExecutor(requests) as pool:
        answers = list(pool.map(lambda _: server.invoke("[[1, 2]]"), range(requests)))
    assert [answer.status for answer in answers] == [200] * requests
    return max(json.loads(answer.body)["predictions"][0] for answer in answers)


def test_models_of_multi_model_endpoints_are_each_loaded_by_model_fn(start: Start, linear: Path) -> None:
    server = start(HEAD + STEPS["model_fn"] + STEPS["predict_fn"], SAGEMAKER_MULTI_MODEL="true").ready()
    json_type = {"Content-Type": "application/json"}
    loading = json.dumps({"model_name": "a", "url": str(linear)}).encode()
    assert server.ask("POST", "/models", loading, **json_type).status == 200
    answer = server.ask("POST", "/models/a/invoke", json.dumps(ROWS).encode(), **json_type)
    assert json.loads(answer.body) == expected_of(("predict_fn",))
