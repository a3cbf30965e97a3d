"""Reads what modules.json lists: modules of sentence-transformers, and no others."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, cast

import torch
from safetensors import torch as safetensors
from torch import Tensor, nn
from torch.nn.functional import normalize

from ml_serving.documents import Json
from ml_serving.errors import ModelError, first_line
from ml_serving.pretrained.loading import Source
from ml_serving.texts.sentences.pooling import Chain, Module
from ml_serving.texts.sentences.served import MODULES, POOLINGS

VECTOR = "sentence_embedding"
# As the library declares it, but for what a path is of.
read_weights = cast("Callable[[Path], dict[str, Tensor]]", safetensors.load_file)


class Listed(NamedTuple):
    """kind: its class. path: its folder below the source, empty for the source itself."""

    kind: str
    path: str

    def file(self, name: str) -> str:
        return f"{self.path}/{name}" if self.path else name

    def config(self, source: Source) -> Mapping[str, Json]:
        return as_object(source.json(self.file("config.json")))


class Dense(nn.Module):
    def __init__(
        self, into: int, out: int, config: Mapping[str, Json], activation: nn.Module
    ) -> None:
        super().__init__()
        self.linear = nn.Linear(into, out, bias=config.get("bias", True) is True)
        self.activation_function = activation
        self.adds = config.get("use_residual", False) is True
        if self.adds and into != out:
            self.residual = nn.Linear(into, out, bias=False)

    def forward(self, vector: Tensor) -> Tensor:
        made: Tensor = self.activation_function(self.linear(vector))
        if not self.adds:
            return made
        return made + (self.residual(vector) if hasattr(self, "residual") else vector)


def modules_in(source: Source) -> list[Listed]:
    """Those that modules.json lists; none where there is no such file. Raises ModelError."""
    document = source.json("modules.json")
    if document is None:
        return []
    entries = [as_object(one) for one in as_list(document)]
    given = [(entry.get("type"), entry.get("path")) for entry in entries]
    found = [
        Listed(
            kind, "/".join(part for part in path.split("/") if part not in ("", "."))
        )
        for kind, path in given
        if isinstance(kind, str) and isinstance(path, str) and is_below(path)
    ]
    if not found or len(found) < len(given):
        raise ModelError(f"{source.name}: modules.json is no list of modules")
    for kind, _ in found:
        if not kind.startswith("sentence_transformers."):
            raise ModelError(
                f"{source.name}: modules.json names {kind}, code of the model's own, which is never run"
            )
    modules = [Listed(kind.rsplit(".", 1)[-1], path) for kind, path in found]
    for kind, _ in modules:
        if kind not in MODULES:
            raise ModelError(
                f"{source.name}: modules.json names the module {kind}, which is not served: {', '.join(MODULES)} are"
            )
    return modules


def chain_of(source: Source, modules: Sequence[Listed], dtype: torch.dtype) -> Chain:
    """What comes after the model, in numbers of its type. Raises ModelError."""
    kinds = [kind for kind, _ in modules]
    if kinds[:2] != [*MODULES[:2]] or not {*kinds[2:]} <= {*AFTER}:
        raise ModelError(
            f"{source.name}: modules.json lists {', '.join(kinds)}: one Transformer and one Pooling are served, "
            f"and after them any of {', '.join(AFTER)}"
        )
    for module in modules[2:]:
        check_vectors(source, module)
    pooling = modules[1].config(source)
    return Chain(
        poolings_in(source, modules[1].file("config.json"), pooling),
        pooling.get("include_prompt", True) is True,
        [AFTER[one.kind](source, one, dtype) for one in modules[2:]],
    )


def poolings_in(source: Source, file: str, config: Mapping[str, Json]) -> list[str]:
    """In the order in which their vectors are put together."""
    given = config.get("pooling_mode")
    if given is None:
        flags = {
            key
            for key, value in config.items()
            if key.startswith("pooling_mode_") and value is True
        }
        unknown = flags - {*POOLINGS.values()}
        names = [name for name, flag in POOLINGS.items() if flag in flags] or ["mean"]
    else:
        names = [str(name) for name in (given if isinstance(given, list) else [given])]
        unknown = {*names} - {*POOLINGS}
    if unknown:
        raise ModelError(
            f"{source.name}: its pooling is {', '.join(sorted(unknown))}, which is not served: {', '.join(POOLINGS)} are"
        )
    if not {"embedding_dimension", "word_embedding_dimension"} & {*config}:
        raise ModelError(
            f"{source.name}: {file} is not there, or names no embedding_dimension, so that nothing says how one vector "
            "is made of those of a text's tokens: fetch or save the model with all of its folders"
        )
    return names


def dense(source: Source, module: Listed, dtype: torch.dtype) -> Module:
    config = module.config(source)
    into, out = (size(source, module, f"{side}_features") for side in ("in", "out"))
    name = config.get("activation_function", "torch.nn.modules.activation.Tanh")
    made = Dense(into, out, config, activation(source, name))
    return weighted(source, module, made, dtype)


def layer_norm(source: Source, module: Listed, dtype: torch.dtype) -> Module:
    norm = nn.LayerNorm(size(source, module, "dimension"))
    weighted(source, module, nn.ModuleDict({"norm": norm}), dtype)
    return norm


def size(source: Source, module: Listed, key: str) -> int:
    given = module.config(source).get(key)
    if type(given) is not int or given < 1:
        raise ModelError(
            f"{source.name}: {module.file('config.json')} has no size {key}"
        )
    return given


def check_vectors(source: Source, module: Listed) -> None:
    """That it takes vectors of texts, and gives them. Raises ModelError."""
    config = module.config(source)
    for side in ("in", "out"):
        name = config.get(f"module_{side}put_name") or VECTOR
        if name != VECTOR:
            raise ModelError(
                f"{source.name}: {module.path} is for {name}, and not for vectors of texts"
            )


def activation(source: Source, name: Json) -> nn.Module:
    """A function of torch.nn by its whole name. Raises ModelError."""
    made = getattr(nn, str(name).rsplit(".", 1)[-1], None)
    if str(name).startswith("torch.nn.") and isinstance(made, type):
        # Those that take settings have none in this place.
        with suppress(TypeError):
            function = made()
            if isinstance(function, nn.Module):
                return function
    raise ModelError(
        f"{source.name}: its activation function {name} is none of torch.nn that takes no settings, and no other code is run"
    )


def weighted(
    source: Source, module: Listed, made: nn.Module, dtype: torch.dtype
) -> nn.Module:
    """With the weights in its folder. Raises ModelError."""
    safe = source.file(module.file("model.safetensors"))
    pickled = None if safe else source.file(module.file("pytorch_model.bin"))
    if not safe and not pickled:
        raise ModelError(f"{source.name}: {module.path} holds no weights")
    try:
        weights = (
            read_weights(safe) if safe else torch.load(str(pickled), weights_only=True)
        )
        made.load_state_dict(weights)
    except Exception as error:
        raise ModelError(
            f"{source.name}: cannot load {module.path}: {first_line(error)}"
        ) from error
    return made.to(dtype).eval().requires_grad_(False)


def unit(source: Source, module: Listed, dtype: torch.dtype) -> Module:
    return lambda vector: normalize(vector, dim=-1)


def unchanged(source: Source, module: Listed, dtype: torch.dtype) -> Module:
    return lambda vector: vector


# What follows the first two.
AFTER: Mapping[str, Callable[[Source, Listed, torch.dtype], Module]] = {
    "Dense": dense,
    "Normalize": unit,
    "LayerNorm": layer_norm,
    # In training only.
    "Dropout": unchanged,
}


def is_below(path: str) -> bool:
    return not path.startswith("/") and ".." not in path.split("/")


def as_object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else []
