"""Where the model comes from: SageMaker's download, or the Hugging Face Hub."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ml_serving.errors import StartError


@dataclass(frozen=True)
class Model:
    """A folder, or the id of a repository on the Hub with the revision to take."""

    name: str
    revision: str | None
    from_hub: bool


def model_folder(environment: Mapping[str, str]) -> Path:
    """SageMaker mounts it read-only, and leaves it out where a model has no data."""
    return Path(environment.get("SM_MODEL_DIR") or "/opt/ml/model")


def find_model(environment: Mapping[str, str]) -> Model:
    """What SageMaker has put into the container comes first: it is already there."""
    folder = model_folder(environment)
    # In older folders of sentence-transformers, config.json lies in a folder below.
    if any((folder / name).is_file() for name in ("config.json", "modules.json")):
        return Model(str(folder), revision=None, from_hub=False)
    if name := environment.get("HF_MODEL_ID"):
        revision = environment.get("HF_MODEL_REVISION") or None
        return Model(name, revision, from_hub=True)
    raise StartError(
        f"there is no model: {folder} {_contents(folder)}, and HF_MODEL_ID is not set. "
        "Give the SageMaker model data whose top level has a config.json, "
        "or set HF_MODEL_ID to an id on the Hugging Face Hub."
    )


def _contents(folder: Path) -> str:
    if not folder.is_dir():
        return "does not exist"
    names = sorted(path.name for path in folder.iterdir())
    if not names:
        return "is empty"
    more = ", …" if len(names) > 5 else ""
    return f"holds no config.json, only {', '.join(names[:5])}{more}"
