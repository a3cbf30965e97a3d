"""Every answer is that of transformers' own pipeline, whatever was asked beside it."""

import json
import shutil
import socket
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from ml_serving.errors import ModelError
from tests.texts.asked import (
    HANDLERS,
    PARAMETERS,
    TEXTS,
    as_inputs,
    ask,
    assert_alike,
    expected_of,
    predictor_of,
    request,
)
from tests.texts.models import save


@pytest.mark.parametrize(
    ("task", "parameters"),
    [(task, one) for task, given in PARAMETERS.items() for one in given],
    ids=str,
    indirect=["task"],
    scope="session",
)
def test_every_answer_is_the_pipelines_own(task: str, predicting: Any, expected: Any, parameters: dict) -> None:
    inputs = as_inputs(task, TEXTS)
    one_by_one = [request(one, parameters) for one in inputs]
    *answers, (status, all_in_one) = ask(predicting, *one_by_one, request(inputs, parameters))
    assert status == 200, all_in_one
    for asked, (status, answer) in zip(inputs, answers, strict=True):
        assert status == 200, answer
        assert_alike(expected(asked, **parameters), answer)
    if task == "question-answering":
        assert_alike([expected(one, **parameters) for one in inputs], all_in_one)
    else:
        assert_alike(expected(inputs, **parameters), all_in_one)


def test_requests_with_other_parameters_and_bad_ones_do_not_touch_each_other(task: str, predicting: Any) -> None:
    inputs = as_inputs(task, TEXTS)
    good = [request(inputs[place % 12], PARAMETERS[task][place % len(PARAMETERS[task])]) for place in range(24)]
    bad = [
        request(None, PARAMETERS[task][0]),
        request(inputs[0], {"nonsense": 1}),
        request(["", 7], PARAMETERS[task][0]),
    ]
    mixed = [*good[:8], bad[0], *good[8:16], bad[1], *good[16:], bad[2]]
    answers = ask(predicting, *mixed)
    assert [status for status, _ in answers] == [400 if one in bad else 200 for one in mixed]
    kept = [answer for status, answer in answers if status == 200]
    for one, answer in zip(good, kept, strict=True):
        assert_alike(ask(predicting, one)[0][1], answer)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=strategies.lists(strategies.text(max_size=60), min_size=1, max_size=6))
def test_any_text_is_answered_as_the_pipeline_does_or_refused(
    task: str, predicting: Any, expected: Any, texts: list
) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    for asked, (status, answer) in zip(
        as_inputs(task, texts),
        ask(predicting, *(request(one, PARAMETERS[task][0]) for one in as_inputs(task, texts))),
        strict=True,
    ):
        if status == 200:
            assert_alike(expected(asked, **PARAMETERS[task][0]), answer)
        else:
            assert status in (200, 400), answer


def test_a_model_that_is_there_is_loaded_without_the_network(
    task: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for = []

    def refuse(host: str, *_: Any, **__: Any) -> NoReturn:
        asked_for.append(host)
        raise OSError("there is no network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    HANDLERS[task].load(folder)
    assert asked_for == []


def test_a_model_for_another_task_is_refused_before_it_serves(task: str, tmp_path: Path) -> None:
    save("fill-mask" if task != "fill-mask" else "feature-extraction", tmp_path)
    # Every model has vectors.
    if task == "feature-extraction":
        assert HANDLERS[task].load(tmp_path)
    else:
        with pytest.raises(ModelError, match="it has no weights for"):
            HANDLERS[task].load(tmp_path)


def test_a_config_that_asks_for_outputs_without_names_or_for_more_of_them_changes_no_answer(
    task: str, folder: Path, tmp_path: Path, expected: Any
) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "config.json"
    asked_for = {"return_dict": False, "torchscript": True, "output_attentions": True, "output_hidden_states": True}
    file.write_text(json.dumps(json.loads(file.read_text()) | asked_for))
    predicting = predictor_of(task, HANDLERS[task].load(tmp_path))
    asked, parameters = as_inputs(task, TEXTS)[0], PARAMETERS[task][0]
    [(status, answer)] = ask(predicting, request(asked, parameters))
    assert status == 200, answer
    assert_alike(expected(asked, **parameters), answer)


def test_zero_shot_takes_labels_that_are_named_one_way_only(tmp_path: Path) -> None:
    task = "zero-shot-classification"
    save(task, tmp_path)
    file = tmp_path / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "label2id": None}))
    predicting = predictor_of(task, HANDLERS[task].load(tmp_path))
    [(status, answer)] = ask(predicting, request("figo", PARAMETERS[task][0]))
    assert status == 200, answer
    save(task, tmp_path)
    assert_alike(expected_of(task, tmp_path)("figo", **PARAMETERS[task][0]), answer)


@pytest.mark.parametrize("labels", [["LABEL_0", "LABEL_1", "LABEL_2"], ["entailment"]])
def test_zero_shot_needs_a_label_that_says_that_a_text_implies_another(labels: list[str], tmp_path: Path) -> None:
    save(
        "zero-shot-classification",
        tmp_path,
        id2label=dict(enumerate(labels)),
        label2id={label: place for place, label in enumerate(labels)},
    )
    with pytest.raises(ModelError, match=f"labels are {', '.join(labels)}, .* label2id and id2label"):
        HANDLERS["zero-shot-classification"].load(tmp_path)


@pytest.mark.parametrize("task", ["zero-shot-classification"], indirect=True, scope="session")
@pytest.mark.parametrize("template", ["no place", "{} {}", "{} {", "{} {other}", "{0.__class__}", 1])
def test_a_template_has_one_place_for_the_label(predicting: Any, template: object) -> None:
    parameters = {"candidate_labels": ["bade"], "hypothesis_template": template}
    [(status, answer)] = ask(predicting, request("figo", parameters))
    assert status == 400
    assert "hypothesis_template must be a text with {} where the label goes" in answer["error"]


def test_a_tokenizer_that_needs_another_library_is_refused_with_what_to_save(tmp_path: Path) -> None:
    save("text-classification", tmp_path, "deberta-v2")
    (tmp_path / "tokenizer.json").unlink()
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "DebertaV2Tokenizer"}')
    (tmp_path / "spm.model").write_bytes(b"\x0a\x0e\x0a\x05<unk>\x15\x00\x00\x00\x00\x18\x02")
    with pytest.raises(ModelError, match=r"There is no tokenizer\.json beside it: where sentencepiece and protobuf"):
        HANDLERS["text-classification"].load(tmp_path)
