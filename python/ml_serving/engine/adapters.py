"""LoRA adapters: those that lie in the model's folder, and those that variables name."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ml_serving.documents import Json
from ml_serving.engine.lora import not_done
from ml_serving.engine.start import SERVED_NAME
from ml_serving.errors import StartError
from ml_serving.hub.model_source import model_folder

# What an engine takes for a name, a path and no other sign.
NAME = re.compile(r"\w[\w.-]{0,62}")


@dataclass(frozen=True)
class Adapter:
    """rank: of its matrices."""

    name: str
    path: str
    rank: int


def adapters_folder(environment: Mapping[str, str]) -> Path:
    """With a folder for each adapter: in the model's, where SageMaker puts it."""
    given = environment.get("SM_ADAPTERS_DIR")
    return Path(given) if given else model_folder(environment) / "adapters"


def find_adapters(folder: Path) -> list[Adapter]:
    """In the order of their names. Raises StartError."""
    if not folder.is_dir():
        return []
    return [
        _adapter(path)
        for path in sorted(folder.iterdir())
        if path.is_dir() and not path.name.startswith(".")
    ]


def _adapter(path: Path) -> Adapter:
    if not NAME.fullmatch(path.name) or path.name == SERVED_NAME:
        raise StartError(
            f"{path} cannot be an adapter's folder: the name that requests give consists "
            f'of letters, digits, "_", "." and "-", and "{SERVED_NAME}" is the model itself.'
        )
    file = path / "adapter_config.json"
    try:
        config: Json = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise StartError(
            f"{path} holds no adapter: there is no adapter_config.json in it. "
            "Give the folder that save_pretrained of PEFT wrote, or remove it."
        ) from None
    except (OSError, ValueError) as error:
        raise StartError(f"{file} cannot be read: {error}") from None
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        kind = config.get("peft_type") if isinstance(config, dict) else None
        raise StartError(f"{file} is of no LoRA adapter: its peft_type is {kind!r}.")
    if setting := not_done(config):
        raise StartError(
            f"{file} sets {setting}, which the engines do not serve: merge the adapter into "
            "its model by merge_and_unload() of PEFT, or remove it."
        )
    return Adapter(path.name, str(path), _rank(file, config))


def _rank(file: Path, config: dict[str, Json]) -> int:
    rank = config.get("r")
    if not isinstance(rank, int) or rank < 1:
        raise StartError(f"{file} says no rank: its r is {rank!r}.")
    return rank


def names_in(values: Iterable[str]) -> list[str]:
    """Of an engine's flag: NAME=PATH, or JSON with a name."""
    return [_name_in(value) for value in values]


def _name_in(value: str) -> str:
    try:
        document: Json = json.loads(value)
    except ValueError:
        document = None
    if isinstance(document, dict):
        return str(document.get("name") or document.get("lora_name"))
    return value.split("=", 1)[0]
