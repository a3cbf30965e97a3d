"""Every answer is that of transformers' own pipeline, whatever was asked beside it. Runs against one project."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from hypothesis import HealthCheck, given, settings, strategies
from models import MOST_TOKENS, TASKS, save, sentences
from worker import predictor

TASK = os.environ["TASK"]
TEXTS = sentences(12)
LABELS = ["bade", "figo", "lumar"]


def as_inputs(texts: list[str]) -> list[Any]:
    if TASK == "fill-mask":
        return [f"{text} [MASK] ." for text in texts]
    if TASK == "question-answering":
        return [{"question": "bade figo?", "context": text} for text in texts]
    return texts


PARAMETERS: list[dict[str, Any]] = {
    "text-classification": [{}, {"top_k": 2}, {"top_k": None}, {"function_to_apply": "sigmoid"}],
    "token-classification": [{"aggregation_strategy": name} for name in ("none", "simple", "first", "average", "max")],
    "feature-extraction": [{}],
    "fill-mask": [{}, {"top_k": 2}, {"targets": ["bade", "figo"]}, {"top_k": 10**6}],
    "question-answering": [{}, {"top_k": 3}, {"max_answer_len": 2}, {"handle_impossible_answer": True}],
    "zero-shot-classification": [
        {"candidate_labels": LABELS},
        {"candidate_labels": LABELS, "multi_label": True},
        {"candidate_labels": LABELS[:1], "hypothesis_template": "bade {} figo"},
    ],
}[TASK]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model")
    save(TASK, path)
    return path


@pytest.fixture(scope="module")
def predicting(folder: Path) -> predictor.Predictor:
    made = predictor.Predictor(*predictor.load(folder))
    torch.set_num_threads(1)
    return made


@pytest.fixture(scope="module")
def expected(folder: Path) -> Any:
    """What one input is answered, by the library alone."""
    if TASK == "question-answering":
        model = transformers.AutoModelForQuestionAnswering.from_pretrained(folder).eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        return lambda asked, **parameters: by_plain_means(model, tokenizer, asked, **parameters)
    pipe = transformers.pipeline(TASK, model=str(folder), device="cpu")
    pipe.tokenizer.model_max_length = MOST_TOKENS
    if TASK == "fill-mask":
        return lambda asked, top_k=5, **rest: pipe(asked, top_k=min(top_k, len(pipe.tokenizer)), **rest)
    return pipe


@torch.no_grad()
def by_plain_means(
    model: Any,
    tokenizer: Any,
    asked: dict[str, str],
    top_k: int = 1,
    max_answer_len: int = 15,
    handle_impossible_answer: bool = False,
) -> Any:
    """Every span of a context that fits in one piece, one by one."""
    encoded = tokenizer(asked["question"], asked["context"], return_tensors="pt")
    output = model(**encoded)
    part = encoded.encodings[0].sequence_ids
    looked_at = [at for at, side in enumerate(part) if side == 1 or at == 0]
    starts = output.start_logits[0, looked_at].double().softmax(0).tolist()
    ends = output.end_logits[0, looked_at].double().softmax(0).tolist()
    words, offsets = encoded.encodings[0].word_ids, encoded.encodings[0].offsets
    spans: dict[tuple[int, int], float] = {}
    best: list[tuple[float, int, int]] = []
    for first, start in zip(looked_at, starts, strict=True):
        for last, end in zip(looked_at, ends, strict=True):
            if 0 < first <= last < first + max_answer_len:
                best.append((start * end, first, last))
    for score, first, last in sorted(best, reverse=True)[:top_k]:
        whole_start = min(offsets[at][0] for at in looked_at[1:] if words[at] == words[first])
        whole_end = max(offsets[at][1] for at in looked_at[1:] if words[at] == words[last])
        spans[whole_start, whole_end] = max(score, spans.get((whole_start, whole_end), 0))
    if handle_impossible_answer:
        spans[0, 0] = starts[0] * ends[0]
    answers = [
        {"score": score, "start": start, "end": end, "answer": asked["context"][start:end]}
        for (start, end), score in sorted(spans.items(), key=lambda item: -item[1])[:top_k]
    ]
    return answers[0] if top_k == 1 else answers


def request(asked: Any, parameters: dict[str, Any] | None = None, content_type: bytes = b"application/json") -> tuple:
    document = {"inputs": asked, "parameters": parameters or {}}
    return json.dumps(document).encode(), content_type, None, None


def ask(predicting: predictor.Predictor, *requests: tuple) -> list[tuple[int, Any]]:
    answers, _ = predicting.answer(requests)
    return [(status, json.loads(body)) for status, _, body, _ in answers]


def assert_alike(one: Any, other: Any) -> None:
    """Scores within 1e-5, all else equal."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_alike(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for pair in zip(one, other, strict=True):
            assert_alike(*pair)
    elif isinstance(one, float | np.floating):
        assert other == pytest.approx(float(one), abs=1e-5)
    else:
        assert one == other


@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
def test_every_answer_is_the_pipelines_own(predicting: Any, expected: Any, parameters: dict) -> None:
    inputs = as_inputs(TEXTS)
    one_by_one = [request(one, parameters) for one in inputs]
    *answers, (status, all_in_one) = ask(predicting, *one_by_one, request(inputs, parameters))
    assert status == 200, all_in_one
    for asked, (status, answer) in zip(inputs, answers, strict=True):
        assert status == 200, answer
        assert_alike(expected(asked, **parameters), answer)
    if TASK == "question-answering":
        assert_alike([expected(one, **parameters) for one in inputs], all_in_one)
    else:
        assert_alike(expected(inputs, **parameters), all_in_one)


def test_requests_with_other_parameters_and_bad_ones_do_not_touch_each_other(predicting: Any) -> None:
    inputs = as_inputs(TEXTS)
    good = [request(inputs[place % 12], PARAMETERS[place % len(PARAMETERS)]) for place in range(24)]
    bad = [request(None, PARAMETERS[0]), request(inputs[0], {"nonsense": 1}), request(["", 7], PARAMETERS[0])]
    mixed = [*good[:8], bad[0], *good[8:16], bad[1], *good[16:], bad[2]]
    answers = ask(predicting, *mixed)
    assert [status for status, _ in answers] == [400 if one in bad else 200 for one in mixed]
    kept = [answer for status, answer in answers if status == 200]
    for one, answer in zip(good, kept, strict=True):
        assert_alike(ask(predicting, one)[0][1], answer)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=strategies.lists(strategies.text(max_size=60), min_size=1, max_size=6))
def test_any_text_is_answered_as_the_pipeline_does_or_refused(predicting: Any, expected: Any, texts: list) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    for asked, (status, answer) in zip(
        as_inputs(texts), ask(predicting, *(request(one, PARAMETERS[0]) for one in as_inputs(texts))), strict=True
    ):
        if status == 200 and TASK != "question-answering":
            assert_alike(expected(asked, **PARAMETERS[0]), answer)
        else:
            assert status in (200, 400), answer


def test_too_long_a_text_is_refused_with_its_length_or_cut_where_asked(predicting: Any, expected: Any) -> None:
    if TASK in ("token-classification", "zero-shot-classification", "question-answering"):
        pytest.skip("the end is left out, or read in pieces")
    [long] = as_inputs(["figo " * 200])
    masked = f"[MASK] {long}" if TASK == "fill-mask" else long
    [(status, answer), (cut, _)] = ask(predicting, request(masked), request(masked, {"truncation": True}))
    assert status == 400
    assert f"more than the {MOST_TOKENS}" in answer["error"]
    assert cut == 200


@pytest.mark.skipif(TASK != "question-answering", reason="a context alone is read in pieces")
def test_an_answer_is_found_in_any_piece_of_a_long_context(predicting: Any) -> None:
    context = " ".join(sentences(20, seed=3))
    [(status, answer)] = ask(predicting, request({"question": "bade?", "context": context}, {"top_k": 5}))
    assert status == 200, answer
    assert all(context[one["start"] : one["end"]] == one["answer"] for one in answer)
    assert max(one["end"] for one in answer) > 500


@pytest.mark.skipif(TASK != "feature-extraction", reason="of vectors alone")
def test_pooled_vectors_are_those_of_the_tokens_taken_together(predicting: Any, expected: Any) -> None:
    vectors = np.array(expected(TEXTS[0])[0])
    mean, cls, unit = (
        answer
        for _, answer in ask(
            predicting,
            request(TEXTS[0], {"pooling": "mean"}),
            request(TEXTS[0], {"pooling": "cls"}),
            request(TEXTS[0], {"pooling": "mean", "normalize": True}),
        )
    )
    assert mean == pytest.approx(vectors.mean(axis=0), abs=1e-5)
    assert cls == pytest.approx(vectors[0], abs=1e-5)
    assert np.linalg.norm(unit) == pytest.approx(1, abs=1e-5)


def test_a_model_for_another_task_is_refused_before_it_serves(tmp_path: Path) -> None:
    other = "fill-mask" if TASKS[TASK][0] != "BertForMaskedLM" else "feature-extraction"
    save(other, tmp_path)
    if TASK == "feature-extraction":
        pytest.skip("every model has vectors")
    with pytest.raises(
        predictor.model_handler.load_pretrained.__globals__["ModelError"], match="it has no weights for"
    ):
        predictor.load(tmp_path)
