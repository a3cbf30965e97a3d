"""Every answer is that of transformers' own pipeline, whatever was asked beside it."""

import socket
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from ml_serving.errors import ModelError
from tests.texts.asked import HANDLERS, PARAMETERS, TEXTS, as_inputs, ask, assert_alike, request
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
