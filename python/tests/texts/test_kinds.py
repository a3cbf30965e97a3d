"""Whatever kind of model it is, and however it takes many texts at once: they do not touch each other."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from ml_serving.errors import ModelError
from ml_serving.texts.adapter import Predictor
from ml_serving.texts.batches import NEVER_PADDED
from ml_serving.texts.packing import LAYERS
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

# Those whose layers have positions or windows of their own, or where padding matters.
OTHERS = ["convbert", "deberta-v2", "fnet", "modernbert", "mpnet", "nystromformer", "rembert", "yoso"]


@pytest.mark.parametrize("kind", [*LAYERS, *OTHERS])
def test_many_texts_at_once_are_answered_as_each_alone(task: str, kind: str, tmp_path: Path) -> None:
    save(task, tmp_path, kind)
    predicting = predictor_of(task, HANDLERS[task].load(tmp_path))
    assert predicting.model.packed == (kind in LAYERS)
    assert predicting.model.can_pad == (kind not in NEVER_PADDED)
    assert_each_alone(task, predicting, tmp_path)


@pytest.mark.parametrize("kind", ["bert", "mpnet"])
def test_a_tokenizer_that_tells_no_padding_from_text_changes_no_answer(task: str, kind: str, tmp_path: Path) -> None:
    save(task, tmp_path, kind)
    pretrained = HANDLERS[task].load(tmp_path)
    pretrained.tokenizer.model_input_names = ["input_ids", "token_type_ids"]
    assert_each_alone(task, predictor_of(task, pretrained), tmp_path)


def assert_each_alone(task: str, predicting: Predictor, folder: Path) -> None:
    torch.set_num_threads(1)
    expected = expected_of(task, folder)
    inputs = as_inputs(task, TEXTS)
    answers = ask(predicting, *(request(one, PARAMETERS[task][0]) for one in inputs))
    for asked, (status, answer) in zip(inputs, answers, strict=True):
        assert status == 200, answer
        assert_alike(expected(asked, **PARAMETERS[task][0]), answer)


# A decoder, whose classifiers look at the last token of a text.
DECODER = {"num_key_value_heads": 1, "head_dim": 16, "layer_types": None}


@pytest.mark.parametrize("padding", [4, None])
def test_a_model_that_has_another_padding_than_its_tokenizer_answers_each_text_as_alone(
    padding: int | None, tmp_path: Path
) -> None:
    for task in ("text-classification", "zero-shot-classification"):
        save(task, tmp_path / task, "qwen3", **DECODER)
        config = tmp_path / task / "config.json"
        config.write_text(json.dumps({**json.loads(config.read_text()), "pad_token_id": padding}))
        predicting = predictor_of(task, HANDLERS[task].load(tmp_path / task))
        assert_each_alone(task, predicting, tmp_path / task)
        listed = ask(predicting, request(TEXTS, PARAMETERS[task][0]))
        alone = [ask(predicting, request([text], PARAMETERS[task][0]))[0][1][0] for text in TEXTS]
        assert_alike([[200, alone]], [[status, answers] for status, answers in listed])


def test_texts_that_end_more_than_once_are_answered_as_each_alone(tmp_path: Path) -> None:
    task = "text-classification"
    sizes = {f"{side}_{size}": 2 for side in ("encoder", "decoder") for size in ("layers", "attention_heads")}
    save(task, tmp_path, "bart", d_model=32, bos_token_id=2, eos_token_id=3, **sizes)
    predicting = predictor_of(task, HANDLERS[task].load(tmp_path))
    texts = ["bade figo", "neti [SEP] lumar bade", "posvel", "bade [SEP] figo [SEP] neti"]
    ((status, answers),) = ask(predicting, request(texts))
    assert status == 200, answers
    assert_alike([ask(predicting, request([text]))[0][1][0] for text in texts], answers)


def test_attention_to_blocks_of_long_texts_does_not_end_with_a_short_one(tmp_path: Path) -> None:
    task = "text-classification"
    save(task, tmp_path, "big_bird", attention_type="block_sparse", block_size=4, num_random_blocks=1)
    predicting = predictor_of(task, HANDLERS[task].load(tmp_path))
    long, short = "lumar neti posvel bade " * 8, "bade figo"
    fresh = {text: expected_of(task, tmp_path)(text) for text in (long, short)}
    assert predicting.model.model.base_model.attention_type == "block_sparse"
    for texts in ([long], [short], [long], [short, long], [long, short]):
        ((status, answers),) = ask(predicting, request(texts))
        assert status == 200, answers
        for text, answer in zip(texts, answers, strict=True):
            assert_alike(fresh[text], [answer] if isinstance(answer, dict) else answer)


def with_weights(folder: Path, **others: torch.Tensor) -> None:
    file = folder / "model.safetensors"
    save_file({**load_file(file), **others}, file, metadata={"format": "pt"})


@pytest.mark.parametrize("task", ["text-classification", "feature-extraction"])
def test_weights_that_its_layers_were_trained_with_and_do_not_take_stop_the_start(task: str, tmp_path: Path) -> None:
    save(task, tmp_path)
    prefix = "" if task == "feature-extraction" else "bert."
    relative = f"{prefix}encoder.layer.1.attention.self.distance_embedding.weight"
    with_weights(tmp_path, **{relative: torch.ones(191, 16)})
    with pytest.raises(ModelError, match=f"does not take, so that its answers would be .*: {relative}; is config.json"):
        HANDLERS[task].load(tmp_path)


def test_a_bias_that_config_json_leaves_out_stops_the_start(tmp_path: Path) -> None:
    task = "text-classification"
    save(task, tmp_path, "llama", num_key_value_heads=1, head_dim=16, attention_bias=True)
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "attention_bias": False}))
    with pytest.raises(ModelError, match=r"layers.0.self_attn.k_proj.bias, .* and 5 more"):
        HANDLERS[task].load(tmp_path)


def test_what_other_tasks_and_older_versions_keep_beside_the_layers_stops_nothing(tmp_path: Path) -> None:
    task = "feature-extraction"
    save("fill-mask", tmp_path / "bert")
    save("text-classification", tmp_path / "gpt2", "gpt2", n_embd=32, n_layer=2, n_head=2)
    masks = {f"transformer.h.{layer}.attn.bias": torch.ones(1, 1, 96, 96) for layer in range(2)}
    with_weights(tmp_path / "gpt2", **masks, **{"transformer.h.0.attn.masked_bias": torch.tensor(-1e4)})
    with_weights(tmp_path / "bert", **{"bert.embeddings.position_ids": torch.arange(96)[None]})
    for folder in ("bert", "gpt2"):
        assert HANDLERS[task].load(tmp_path / folder)
