"""Loads a model and its tokenizer: as save_pretrained wrote them, or from the Hub."""

import logging
import os
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging as library

from ml_serving.errors import ModelError, StartError, first_line
from ml_serving.hub.model_source import find_model
from ml_serving.hub.token import hub_token
from ml_serving.settings import settings

# What the library has to say goes into the server's log, as JSON like the rest.
library.disable_progress_bar()
library.disable_default_handler()
library.enable_propagation()

log = logging.getLogger(__name__)


class Pretrained(NamedTuple):
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    @property
    def most_tokens(self) -> int:
        """How long a text may be."""
        return cast(int, self.tokenizer.model_max_length)


def load_pretrained(auto_class: Any, model_dir: Path) -> Pretrained:
    """Loads with a class such as AutoModelForSequenceClassification. Raises ModelError.

    It neither runs the model nor touches a GPU: workers are forked from this process,
    and neither CUDA nor a pool of threads survives that.
    """
    try:
        source = find_model({**os.environ, "SM_MODEL_DIR": str(model_dir)})
        secret = os.environ.get("HF_TOKEN_SECRET_ARN") if source.from_hub else None
        token = hub_token(secret) if secret else None
    except StartError as error:
        raise ModelError(str(error)) from error
    # Code that comes with a model is never run.
    options = {
        "revision": source.revision,
        "token": token,
        "local_files_only": not source.from_hub,
        "trust_remote_code": False,
    }
    try:
        tokenizer = cast(
            PreTrainedTokenizerBase,
            AutoTokenizer.from_pretrained(source.name, **options),
        )
        model, found = auto_class.from_pretrained(
            source.name, output_loading_info=True, **options
        )
    except Exception as error:
        kind = type(error).__name__
        raise ModelError(
            f"cannot load {source.name}: {kind}: {first_line(error)}"
        ) from error
    # They would be filled with random numbers. No task here looks at a bare model's
    # pooler, which many do not have.
    missing = [key for key in found["missing_keys"] if not key.startswith("pooler.")]
    if missing:
        raise ModelError(
            f"{source.name} is no {type(model).__name__}: it has no weights for "
            f"{', '.join(sorted(missing)[:5])}"
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
