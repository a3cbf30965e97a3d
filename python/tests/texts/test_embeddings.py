"""Vectors of texts are those of sentence-transformers' own encode(), without a parameter."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

from ml_serving.errors import ModelError
from tests.texts.asked import HANDLERS, ask, predictor_of, request
from tests.texts.chains import CHAINS, SIZE, after, chain, dense, halved, pooling, write
from tests.texts.models import MOST_TOKENS, sentences

TASK = "feature-extraction"
# Of many lengths, the longest of which no model here takes as a whole; with capitals.
TEXTS = [*sentences(12), "Bade FIGO lumar", "a", " ".join(sentences(6, 40, seed=1))]


def vectors_of(folder: Path, **parameters: Any) -> tuple[np.ndarray, np.ndarray]:
    """Asked for one by one at the same time, and all in one request."""
    predicting = predictor_of(TASK, HANDLERS[TASK].load(folder))
    torch.set_num_threads(1)
    asked = [request(text, parameters) for text in TEXTS]
    answers = ask(predicting, *asked, request(TEXTS, parameters))
    assert [status for status, _ in answers] == [200] * len(answers), answers
    *alone, together = [np.array(answer) for _, answer in answers]
    return np.array(alone), together


def encode(folder: Path, **parameters: Any) -> np.ndarray:
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True).encode(TEXTS, **parameters)


@pytest.mark.parametrize(
    "name", [name if number == 0 else pytest.param(name, marks=pytest.mark.all) for number, name in enumerate(CHAINS)]
)
def test_vectors_are_those_of_encode(name: str, tmp_path: Path) -> None:
    CHAINS[name](tmp_path)
    alone, together = vectors_of(tmp_path / "model")
    expected = encode(tmp_path / "model")
    assert alone == pytest.approx(expected, abs=1e-5)
    assert together == pytest.approx(expected, abs=1e-5)


@pytest.mark.all
@pytest.mark.parametrize("parameters", [{"prompt_name": "passage"}, {"prompt": "vel: "}, {"prompt": ""}], ids=str)
@pytest.mark.parametrize("name", ["prompts", "prompts that do not count"])
def test_a_request_may_name_another_prompt(name: str, parameters: dict[str, Any], tmp_path: Path) -> None:
    CHAINS[name](tmp_path)
    alone, _ = vectors_of(tmp_path / "model", **parameters)
    assert alone == pytest.approx(encode(tmp_path / "model", **parameters), abs=1e-5)


@pytest.mark.all
def test_lengths_are_those_that_the_request_asks_for(tmp_path: Path) -> None:
    CHAINS["mean"](tmp_path)
    alone, _ = vectors_of(tmp_path / "model", normalize=True, truncate_dim=5)
    expected = encode(tmp_path / "model", normalize_embeddings=True, truncate_dim=5)
    assert alone == pytest.approx(expected, abs=1e-5)


@pytest.mark.all
def test_half_precision_is_computed_as_encode_does(tmp_path: Path) -> None:
    after(chain(pooling("mean", "max"), dense(2 * SIZE)), halved)(tmp_path)
    alone, _ = vectors_of(tmp_path / "model")
    model = SentenceTransformer(str(tmp_path / "model"), device="cpu", local_files_only=True)
    expected = np.array([model.encode(text) for text in TEXTS]).astype(float)
    assert model.dtype == torch.float16
    # What half of 32 bits can tell apart.
    assert alone == pytest.approx(expected, abs=2e-3)


def refused(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        HANDLERS[TASK].load(folder)
    return str(caught.value)


@pytest.mark.parametrize(
    ("path", "document", "said"),
    [
        (
            "modules.json",
            [{"type": "modeling.MyPooling", "path": ""}],
            "modules.json names modeling.MyPooling, code of the model's own, which is never run",
        ),
        (
            "modules.json",
            [{"type": "sentence_transformers.models.WeightedLayerPooling", "path": ""}],
            "modules.json names the module WeightedLayerPooling, which is not served",
        ),
        (
            "modules.json",
            [{"type": "sentence_transformers.models.Transformer", "path": ""}],
            "one Transformer and one Pooling are served",
        ),
        ("modules.json", [{"type": "sentence_transformers.models.Dense", "path": "../x"}], "is no list of modules"),
        ("modules.json", [], "is no list of modules"),
        ("config_sentence_transformers.json", {"model_type": "SparseEncoder"}, "is a SparseEncoder"),
        ("config_sentence_transformers.json", {"default_prompt_name": "x"}, "names the prompt x, and has none"),
        ("sentence_bert_config.json", {"processing_kwargs": {"text": {"max_length": 3}}}, "sets processing_kwargs to"),
        (
            "sentence_bert_config.json",
            {"model_args": {"weights_only": False}},
            "has the model loaded with weights_only",
        ),
        ("1_Pooling/config.json", {"pooling_mode": "attention"}, "its pooling is attention, which is not served"),
        ("1_Pooling/config.json", {"pooling_mode_other": True}, "its pooling is pooling_mode_other"),
        (
            "2_Dense/config.json",
            {"in_features": SIZE, "out_features": 16, "activation_function": "os.system"},
            "activation function os.system is none of torch.nn",
        ),
        (
            "2_Dense/config.json",
            {"in_features": SIZE, "out_features": 16, "activation_function": "torch.nn.Threshold"},
            "torch.nn.Threshold is none of torch.nn that takes no settings",
        ),
        ("2_Dense/config.json", {"in_features": "4"}, "2_Dense/config.json has no size in_features"),
        ("2_Dense/config.json", {"in_features": 1, "out_features": 16}, "cannot load 2_Dense: "),
        ("2_Dense/config.json", {"module_input_name": "token_embeddings"}, "2_Dense is for token_embeddings"),
    ],
)
def test_what_is_not_served_as_encode_does_is_refused_at_start(
    path: str, document: Any, said: str, dense_model: Path, tmp_path: Path
) -> None:
    shutil.copytree(dense_model, tmp_path / "model")
    write(tmp_path / "model" / path, document)
    assert said in refused(tmp_path / "model")


def test_a_model_whose_pooling_is_lost_is_refused_as_the_library_refuses_it(dense_model: Path, tmp_path: Path) -> None:
    shutil.copytree(dense_model, tmp_path / "model")
    shutil.rmtree(tmp_path / "model" / "1_Pooling")
    with pytest.raises(TypeError, match="embedding_dimension"):
        encode(tmp_path / "model")
    assert "1_Pooling/config.json is not there, or names no embedding_dimension" in refused(tmp_path / "model")


def test_a_path_of_a_point_is_the_models_own_folder(tmp_path: Path) -> None:
    chain(pooling("cls"))(tmp_path)
    listed = tmp_path / "model" / "modules.json"
    first, second = json.loads(listed.read_text())
    write(listed, [{**first, "path": "."}, {**second, "path": f"./{second['path']}/"}])
    alone, _ = vectors_of(tmp_path / "model")
    assert alone == pytest.approx(encode(tmp_path / "model"), abs=1e-5)


@pytest.fixture(scope="module")
def dense_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dense")
    chain(pooling("cls"), dense())(folder)
    return folder / "model"


def test_what_a_text_may_not_be_is_said(tmp_path: Path) -> None:
    CHAINS["prompts that do not count"](tmp_path)
    predicting = predictor_of(TASK, HANDLERS[TASK].load(tmp_path / "model"))
    too_long = request(TEXTS[-1], {"truncation": False})
    only_prompt = request("a", {"prompt": TEXTS[-1]})
    answers = ask(predicting, request("a", {"prompt_name": "x"}), too_long, only_prompt)
    assert [status for status, _ in answers] == [400] * 3
    unknown, long, taken = [answer["error"] for _, answer in answers]
    assert unknown == "no prompt 'x'; this model has query, document, passage"
    assert f"more than the {MOST_TOKENS} that the model takes" in long
    assert taken == "the prompt leaves no token for the text"
