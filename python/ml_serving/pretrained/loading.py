"""Loads a model and its tokenizer: as save_pretrained wrote them, or from the Hub."""

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

import orjson
import torch
import transformers
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import hub
from transformers.utils import logging as library

from ml_serving.documents import Json
from ml_serving.errors import ModelError, StartError, first_line
from ml_serving.hub.model_source import find_model
from ml_serving.hub.token import hub_token
from ml_serving.pretrained.left_out import left_out
from ml_serving.settings import settings

# What the library has to say goes into the server's log, as JSON like the rest.
library.disable_progress_bar()
library.disable_default_handler()
library.enable_propagation()

log = logging.getLogger(__name__)

# What a tokenizer is read from without a further library.
TOKENS = "tokenizer.json"
# The library asks for tiktoken, whatever the tokenizer's file is of.
WITHOUT_TOKENS = (
    f". There is no {TOKENS} beside it: where sentencepiece and protobuf are installed, "
    "save_pretrained of the tokenizer writes one"
)
# As it is declared nowhere: a file's path here, once it is here.
find = cast("Callable[..., str | None]", hub.cached_file)


class Pretrained(NamedTuple):
    """beside: what else a handler's load has read, for its other functions."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    beside: Any = None

    @property
    def most_tokens(self) -> int:
        """How long a text may be."""
        return cast(int, self.tokenizer.model_max_length)


class Source(NamedTuple):
    """A folder, or a repository on the Hub. options: what finding a file in it takes."""

    name: str
    options: Mapping[str, Any]

    def file(self, path: str) -> Path | None:
        """One of its files; None where there is no such. Raises ModelError."""
        try:
            found = find(
                self.name,
                path,
                **self.options,
                _raise_exceptions_for_missing_entries=False,
            )
        except Exception as error:
            raise ModelError(
                f"cannot get {path} of {self.name}: {first_line(error)}"
            ) from error
        return Path(found) if found else None

    def json(self, path: str) -> Json:
        """What a file holds; None where there is no such. Raises ModelError."""
        found = self.file(path)
        try:
            return orjson.loads(found.read_bytes()) if found else None
        except (OSError, ValueError) as error:
            raise ModelError(
                f"{self.name}: {path} cannot be read: {first_line(error)}"
            ) from error


def find_source(model_dir: Path) -> Source:
    """Where the model is. Raises ModelError."""
    try:
        source = find_model({**os.environ, "SM_MODEL_DIR": str(model_dir)})
        secret = os.environ.get("HF_TOKEN_SECRET_ARN") if source.from_hub else None
        token = hub_token(secret) if secret else None
    except StartError as error:
        raise ModelError(str(error)) from error
    options = {
        "revision": source.revision,
        "token": token,
        "local_files_only": not source.from_hub,
    }
    return Source(source.name, options)


def load_pretrained(auto_class: Any, model_dir: Path) -> Pretrained:
    """Loads with a class such as AutoModelForSequenceClassification. Raises ModelError.

    It neither runs the model nor touches a GPU: workers are forked from this process,
    and neither CUDA nor a pool of threads survives that.
    """
    return load_from(find_source(model_dir), auto_class)


def load_from(
    source: Source,
    auto_class: Any,
    subfolder: str = "",
    of_model: Mapping[str, Any] | None = None,
    of_tokenizer: Mapping[str, Any] | None = None,
) -> Pretrained:
    """The same for a model below a source's folder, with what its own files say of how
    to load it."""
    tokens = f"{subfolder}/{TOKENS}" if subfolder else TOKENS
    # Code that comes with a model is never run.
    ours = {**source.options, "subfolder": subfolder, "trust_remote_code": False}
    try:
        tokenizer = cast(
            PreTrainedTokenizerBase,
            AutoTokenizer.from_pretrained(
                source.name, **{**(of_tokenizer or {}), **ours}
            ),
        )
        model, found = auto_class.from_pretrained(
            source.name, output_loading_info=True, **{**(of_model or {}), **ours}
        )
    except Exception as error:
        kind = type(error).__name__
        raise ModelError(
            f"cannot load {source.name}: {kind}: {first_line(error)}"
            f"{'' if source.file(tokens) else WITHOUT_TOKENS}"
        ) from error
    # They would be filled with random numbers. No task here looks at a bare model's
    # pooler, which many do not have.
    missing = [key for key in found["missing_keys"] if not key.startswith("pooler.")]
    if missing:
        raise ModelError(
            f"{source.name} is no {type(model).__name__}: it has no weights for "
            f"{', '.join(sorted(missing)[:5])}"
        )
    if others := left_out(model, found["unexpected_keys"]):
        raise ModelError(
            f"{source.name} holds weights for its layers that {type(model).__name__} of "
            f"transformers {transformers.__version__} does not take, so that its answers "
            f"would be others than in training: {', '.join(others[:3])}"
            f"{'' if len(others) < 4 else f' and {len(others) - 3} more'}; is config.json the "
            "one that was saved with them?"
        )
    name_outputs(model)
    tokenizer.model_max_length = most_tokens(model, tokenizer)
    return Pretrained(model.eval(), tokenizer)


def name_outputs(model: PreTrainedModel) -> None:
    """Whatever its config.json says: a model that was saved for TorchScript answers by tuples."""
    for module in model.modules():
        if isinstance(module, PreTrainedModel):
            module.config.return_dict = True


def most_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    """How long a text may be: many tokenizers do not say what their model takes."""
    positions = getattr(model.config, "max_position_embeddings", None)
    most = cast(int, tokenizer.model_max_length)
    if not positions or positions < 0:
        return most
    embeddings = getattr(model.base_model, "embeddings", None)
    table = getattr(embeddings, "position_embeddings", None)
    # RoBERTa and its relatives count positions from the one after the padding's.
    padding = getattr(table, "padding_idx", None)
    taken = 0 if padding is None else padding + 1
    return min(most, positions - taken)


def settle(model: PreTrainedModel) -> PreTrainedModel:
    """What only a worker may do: start threads, or move the model to the GPU."""
    torch.set_num_threads(settings.threads)
    # Of the tokenizer, which has a pool of its own.
    os.environ["RAYON_NUM_THREADS"] = str(settings.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    log.info("model placed", extra={"fields": {"device": device}})
    move(model, device)
    return model


def move(module: torch.nn.Module, device: str) -> None:
    """As torch declares it: transformers' own `to` does not say what it takes."""
    module.to(device)
