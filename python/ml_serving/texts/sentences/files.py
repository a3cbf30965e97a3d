"""What the files of sentence-transformers say of a model's texts: their lengths, prompts and case."""

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from tokenizers.normalizers import Lowercase
from tokenizers.normalizers import Sequence as Normalizers
from transformers import PreTrainedTokenizerBase

from ml_serving.documents import Json
from ml_serving.errors import ModelError
from ml_serving.pretrained.loading import Pretrained, Source
from ml_serving.texts.sentences.modules import Listed, as_object
from ml_serving.texts.sentences.served import (
    CONFIGS,
    OF_MODEL,
    OF_TOKENIZER,
    OURS,
    TAKEN,
)

log = logging.getLogger(__name__)


class Texts(NamedTuple):
    """What a Transformer module does with its texts.

    of_model, of_tokenizer: how these are to be loaded.
    """

    of_model: Mapping[str, Any]
    of_tokenizer: Mapping[str, Any]
    lower_case: bool


class Whole(NamedTuple):
    """config_sentence_transformers.json: of the model as a whole."""

    kind: str
    prompts: Mapping[str, str]
    prompt: str
    truncate_dim: int | None
    activation: Json


def read_whole(source: Source) -> Whole:
    """Raises ModelError."""
    config = as_object(source.json("config_sentence_transformers.json"))
    prompts = {
        # The library has these two for all models.
        "query": "",
        "document": "",
        **{
            name: prompt if isinstance(prompt, str) else ""
            for name, prompt in as_object(config.get("prompts")).items()
        },
    }
    default = config.get("default_prompt_name")
    if default is not None and default not in prompts:
        raise ModelError(
            f"{source.name}: config_sentence_transformers.json names the prompt {default}, and has none of that name"
        )
    size = config.get("truncate_dim")
    return Whole(
        str(config.get("model_type", "SentenceTransformer")),
        prompts,
        prompts[str(default)] if default is not None else "",
        size if isinstance(size, int) else None,
        config.get("activation_fn"),
    )


def read_texts(source: Source, module: Listed, task: str, output: str) -> Texts:
    """task, output: what the module must be for, and what it must take of the model's outputs. Raises ModelError."""
    paths = (module.file(name) for name in CONFIGS)
    found = next(((path, one) for path in paths if (one := source.json(path))), None)
    path, config = found[0] if found else "", as_object(found[1] if found else None)
    served: Mapping[str, Json] = {
        "transformer_task": task,
        "modality_config": {
            "text": {"method": "forward", "method_output_name": output}
        },
        "processing_kwargs": {},
        "tokenizer_name_or_path": None,
    }
    for key, value in served.items():
        if config.get(key, value) not in (value, None):
            raise ModelError(
                f"{source.name}: {path} sets {key} to {str(config[key])[:200]}, which is not served"
            )
    of_model = put_together(config, OF_MODEL)
    for key in of_model:
        if key not in (*TAKEN, *OURS):
            raise ModelError(
                f"{source.name}: {path} has the model loaded with {key}, which is not served"
            )
    of_tokenizer = put_together(config, OF_TOKENIZER)
    if config.get("max_seq_length") is not None:
        of_tokenizer = {"model_max_length": config["max_seq_length"], **of_tokenizer}
    return Texts(
        {key: of_model[key] for key in TAKEN if key in of_model},
        of_tokenizer,
        config.get("do_lower_case") is True,
    )


def put_together(
    config: Mapping[str, Json], keys: tuple[str, ...]
) -> Mapping[str, Any]:
    return {
        name: value
        for key in keys
        for name, value in as_object(config.get(key)).items()
    }


def lower_case(source: Source, tokenizer: PreTrainedTokenizerBase) -> None:
    """Has it read all texts in small letters. Raises ModelError."""
    if not tokenizer.is_fast:
        raise ModelError(
            f"{source.name}: its texts are to be read in small letters (do_lower_case), which its tokenizer, "
            f"{type(tokenizer).__name__}, is not served with"
        )
    backend = cast(Any, tokenizer).backend_tokenizer
    others = [backend.normalizer] if backend.normalizer else []
    backend.normalizer = Normalizers([Lowercase(), *others])


def say_length(pretrained: Pretrained, where: str) -> None:
    """That the ends of long texts are left out unasked, as the library leaves them out."""
    log.info(
        f'of longer texts the beginning is read, as in {where}; "truncation": false refuses them',
        extra={"fields": {"tokens": pretrained.most_tokens}},
    )
