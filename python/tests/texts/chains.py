"""Tiny models of sentence-transformers, written by the library itself, and as its older versions wrote them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import (
    Dense,
    Dropout,
    LayerNorm,
    Normalize,
    Pooling,
    Transformer,
)
from tokenizers.normalizers import BertNormalizer
from transformers import AutoModel, AutoTokenizer

from tests.texts.models import MOST_TOKENS, save

SIZE = 32
DECODER = {"head_dim": 16, "num_key_value_heads": 1, "layer_types": None}
PROMPTS = {"query": "bade figo lumar: ", "passage": "neti "}

# Makes a model's folder in an empty one.
Maker = Callable[[Path], None]


def transformer(folder: Path, kind: str = "bert", padding: str = "right", **changes: Any) -> Transformer:
    save("feature-extraction", folder, kind, **changes)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.model_max_length = MOST_TOKENS
    tokenizer.padding_side = padding
    tokenizer.save_pretrained(folder)
    return Transformer(str(folder))


def chain(
    *modules: Any, kind: str = "bert", padding: str = "right", changes: dict[str, Any] | None = None, **options: Any
) -> Maker:
    """modules: what comes after the model. options: of SentenceTransformer."""

    def make(folder: Path) -> None:
        first = transformer(folder / "unused", kind, padding, **(changes or {}))
        torch.manual_seed(3)
        built = [module() for module in modules]
        SentenceTransformer(modules=[first, *built], device="cpu", **options).save(str(folder / "model"))

    return make


def pooling(*modes: str, include_prompt: bool = True) -> Callable[[], Pooling]:
    return lambda: Pooling(SIZE, modes if len(modes) > 1 else modes[0], include_prompt=include_prompt)


def after(make: Maker, change: Callable[[Path], None]) -> Maker:
    """The same with a change to its files."""

    def changed(folder: Path) -> None:
        make(folder)
        change(folder / "model")

    return changed


def with_settings(**settings: Any) -> Callable[[Path], None]:
    """Settings of the Transformer module as versions before 5 wrote them."""
    return lambda folder: write(folder / "sentence_bert_config.json", settings)


def cased(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.backend_tokenizer.normalizer = BertNormalizer(lowercase=False)
    tokenizer.save_pretrained(folder)
    with_settings(max_seq_length=MOST_TOKENS, do_lower_case=True)(folder)


def halved(folder: Path) -> None:
    AutoModel.from_pretrained(folder).half().save_pretrained(folder)


def older(folder: Path) -> None:
    """The layout of the first versions: the model in a folder of its own, flags for poolings, pickled weights."""
    below = folder / "0_Transformer"
    below.mkdir()
    kept = {"modules.json", "config_sentence_transformers.json", "README.md"}
    for path in [path for path in folder.iterdir() if path.is_file() and path.name not in kept]:
        shutil.move(path, below / path.name)
    write(below / "sentence_bert_config.json", {"max_seq_length": 24, "do_lower_case": False})
    (folder / "config_sentence_transformers.json").unlink()
    modules = json.loads((folder / "modules.json").read_text())
    for module in modules:
        kind = module["type"].rsplit(".", 1)[-1]
        module["type"] = f"sentence_transformers.models.{kind}"
        module["path"] = module["path"] or "0_Transformer"
        if kind == "Pooling":
            config = {
                "word_embedding_dimension": SIZE,
                "pooling_mode_mean_tokens": True,
                "pooling_mode_cls_token": True,
            }
            write(folder / module["path"] / "config.json", {**config, "pooling_mode_max_tokens": False})
        if kind == "Dense":
            dense = Dense.load(str(folder / module["path"]))
            (folder / module["path"] / "model.safetensors").unlink()
            torch.save(dense.state_dict(), folder / module["path"] / "pytorch_model.bin")
    write(folder / "modules.json", modules)


def write(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document))


def dense(size: int = SIZE, **options: Any) -> Callable[[], Dense]:
    return lambda: Dense(size, 16, **options)


CHAINS: dict[str, Maker] = {
    "cls, Dense, Normalize": chain(pooling("cls"), dense(), Normalize),
    "mean": chain(pooling("mean")),
    "max": chain(pooling("max")),
    "mean_sqrt_len": chain(pooling("mean_sqrt_len_tokens")),
    "weighted mean": chain(pooling("weightedmean"), kind="qwen3", changes=DECODER),
    "last token, padded on the left": chain(pooling("lasttoken"), kind="qwen3", padding="left", changes=DECODER),
    "last token, padded on the right": chain(pooling("lasttoken"), Normalize, kind="qwen3", changes=DECODER),
    "several poolings": chain(pooling("mean", "cls", "weightedmean"), dense(3 * SIZE)),
    "prompts": chain(pooling("mean"), Normalize, prompts=PROMPTS, default_prompt_name="query"),
    "prompts that do not count": chain(
        pooling("mean", "cls", "weightedmean", include_prompt=False), prompts=PROMPTS, default_prompt_name="passage"
    ),
    "short": after(chain(pooling("mean"), Normalize), with_settings(max_seq_length=12, do_lower_case=False)),
    "small letters": after(chain(pooling("mean")), cased),
    "fewer dimensions": chain(pooling("mean"), Normalize, truncate_dim=10),
    "LayerNorm, Dropout, Dense with what it was": chain(
        pooling("mean"), lambda: LayerNorm(SIZE), Dropout, dense(use_residual=True), dense(16, use_residual=True)
    ),
    "as all-mpnet-base-v2": chain(
        pooling("mean"), Normalize, kind="mpnet", changes={"max_position_embeddings": MOST_TOKENS + 2}
    ),
    "as gtr-t5": chain(
        pooling("mean"),
        dense(bias=False, activation_function=torch.nn.Identity()),
        Normalize,
        kind="t5",
        changes={"d_model": SIZE, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 2},
    ),
    "older layout": after(chain(pooling("cls", "mean"), dense(2 * SIZE)), older),
}
