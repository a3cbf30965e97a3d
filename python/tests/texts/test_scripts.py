"""Scripts written for the Hugging Face inference toolkit: what they leave out is done by a pipeline of transformers."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from ml_serving.errors import ModelError
from ml_serving.pretrained.scripted import ScriptedPipeline
from ml_serving.scripts.adapter import Predictor, loaded
from ml_serving.scripts.functions import read_script
from ml_serving.worker import negotiation
from tests.projects import handler_of
from tests.texts.models import auto_class, save, tokenizer

TEXTS = ["ba marba", "lu neti, posvel"]
Ask = Callable[..., tuple[int, str, bytes, int]]


@pytest.fixture(scope="session")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classifier")
    save("text-classification", folder)
    return folder


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Ask]]:
    """Reads a script, loads its model, and asks it."""
    monkeypatch.syspath_prepend(tmp_path)

    def read(text: str, folder: Path, task: str = "") -> Ask:
        (tmp_path / "inference.py").write_text(text)
        functions = read_script()
        make = handler_of("transformers_script").SCRIPT
        rest = ScriptedPipeline(task, functions.keys()) if task else make(None, frozenset(functions))
        predictor = Predictor(functions, rest, loaded(functions, rest, folder), folder)
        torch.set_num_threads(1)
        assert predictor.together() is None

        def ask(body: bytes | str, content_type: str = "application/json", accept: str = "*/*") -> Any:
            content = body.encode() if isinstance(body, str) else body
            [answer], _ = predictor.answer([(content, content_type.encode(), None, accept.encode())])
            return answer

        return ask

    yield read
    sys.modules.pop("inference", None)


def pipeline(task: str, folder: Path) -> Any:
    model = auto_class(task).from_pretrained(folder).eval()
    return transformers.pipeline(task, model=model, tokenizer=tokenizer(), device="cpu")


AS_IT_IS = "def output_fn(prediction, accept):\n    import json\n    return json.dumps(prediction)\n"


@pytest.mark.parametrize("inputs", [TEXTS[0], TEXTS])
def test_what_a_script_leaves_out_is_asked_of_the_pipeline(script: Any, classifier: Path, inputs: Any) -> None:
    status, content_type, body, _ = script(AS_IT_IS, classifier)(json.dumps({"inputs": inputs}))
    expected = pipeline("text-classification", classifier)(inputs)
    assert (status, content_type) == (200, "application/json")
    assert [one["label"] for one in json.loads(body)] == [one["label"] for one in expected]
    assert [one["score"] for one in json.loads(body)] == pytest.approx([one["score"] for one in expected], abs=1e-6)


def test_predict_fn_gets_the_document_and_the_pipeline(script: Any, classifier: Path) -> None:
    text = """
def predict_fn(data, model):
    found = model(data.pop("inputs"), **data.pop("parameters", {}))
    return {"type": type(model).__name__, "labels": [one["label"] for one in found[0]], "rest": data}
"""
    document = {"inputs": [TEXTS[0]], "parameters": {"top_k": 2}, "mine": 1}
    status, _, body, _ = script(text, classifier)(json.dumps(document))
    expected = pipeline("text-classification", classifier)([TEXTS[0]], top_k=2)
    labels = [one["label"] for one in expected[0]]
    assert (status, json.loads(body)) == (
        200,
        {"type": "TextClassificationPipeline", "labels": labels, "rest": {"mine": 1}},
    )


def test_a_model_of_model_fn_is_what_predict_fn_gets(script: Any, classifier: Path) -> None:
    text = """
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

def model_fn(model_dir):
    return AutoModelForSequenceClassification.from_pretrained(model_dir), AutoTokenizer.from_pretrained(model_dir)

def predict_fn(data, model_and_tokenizer):
    model, tokenizer = model_and_tokenizer
    with torch.no_grad():
        logits = model(**tokenizer(data["inputs"], return_tensors="pt")).logits
    return {"best": model.config.id2label[int(logits.argmax())], "logits": logits[0]}
"""
    status, _, body, _ = script(text, classifier)(json.dumps({"inputs": TEXTS[0]}))
    [expected] = pipeline("text-classification", classifier)(TEXTS[0])
    answer = json.loads(body)
    assert (status, answer["best"], len(answer["logits"])) == (200, expected["label"], 3)


def test_csv_has_a_line_of_names(script: Any, classifier: Path) -> None:
    ask = script(AS_IT_IS, classifier)
    _, _, body, _ = ask('inputs\nba marba\n"lu neti, posvel"\n', "text/csv")
    expected = pipeline("text-classification", classifier)(TEXTS)
    assert [one["label"] for one in json.loads(body)] == [one["label"] for one in expected]
    status, _, body, _ = ask("ba marba\n", "text/csv")
    assert (status, json.loads(body)["error"]) == (
        400,
        "the first line must name the columns: inputs, or question and context",
    )
    assert ask("x", "text/plain")[0] == 415


def test_answers_may_be_csv(script: Any, classifier: Path) -> None:
    ask = script("def predict_fn(data, model):\n    return data['inputs']\n", classifier)
    status, content_type, body, _ = ask('{"inputs": [{"a": 1, "b": "x"}]}', accept="text/csv")
    assert (status, content_type, body) == (200, "text/csv", b"a,b\n1,x\n")
    status, _, body, _ = ask('{"inputs": [1]}', accept="text/csv")
    assert status == 406
    assert ask('{"inputs": [1]}', accept="image/png")[0] == 406


@pytest.mark.parametrize(
    ("task", "document"),
    [
        ("token-classification", {"inputs": TEXTS[0]}),
        ("feature-extraction", {"inputs": TEXTS[0]}),
        ("fill-mask", {"inputs": "ba [MASK]", "parameters": {"top_k": 2}}),
        ("zero-shot-classification", {"inputs": TEXTS[0], "parameters": {"candidate_labels": ["ba", "lu"]}}),
    ],
)
def test_so_are_pipelines_of_other_tasks(script: Any, tmp_path: Path, task: str, document: dict[str, Any]) -> None:
    folder = tmp_path / "model"
    save(task, folder)
    text = "def model_warmup_fn(model_dir, model):\n    pass\n\ndef output_fn(prediction, accept):\n    return prediction if isinstance(prediction, (list, dict)) else [prediction]\n"
    status, _, body, _ = script(text, folder, task)(json.dumps(document))
    assert status == 200, body
    assert json.loads(body)


def test_a_task_without_a_pipeline_takes_a_model_fn_of_the_scripts(script: Any, tmp_path: Path) -> None:
    save("question-answering", tmp_path / "model")
    with pytest.raises(ModelError, match="no pipeline for question-answering: define model_fn and predict_fn"):
        script("def predict_fn(data, model):\n    return data\n", tmp_path / "model", "question-answering")


def test_what_model_fn_gives_must_be_callable_unless_predict_fn_is_there(script: Any, classifier: Path) -> None:
    with pytest.raises(
        ModelError, match="model_fn gave dict, which cannot be called as a pipeline is: define predict_fn"
    ):
        script("def model_fn(model_dir):\n    return {}\n", classifier)


def test_a_default_for_callers_who_do_not_mind_must_be_one_that_is_written(
    script: Any, classifier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(negotiation, "settings", replace(negotiation.settings, default_accept="image/png"))
    with pytest.raises(ModelError, match="SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"):
        script("def predict_fn(data, model):\n    return data\n", classifier)
