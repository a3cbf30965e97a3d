"""Vectors of texts, as sentence-transformers' encode() makes them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForTextEncoding,
    PreTrainedConfig,
)

from ml_serving.errors import ModelError, RequestError
from ml_serving.pretrained.loading import Pretrained, Source, find_source, load_from
from ml_serving.texts.batches import Encoded
from ml_serving.texts.sentences.files import (
    lower_case,
    read_texts,
    read_whole,
    say_length,
)
from ml_serving.texts.sentences.modules import chain_of, modules_in
from ml_serving.texts.sentences.pooling import Chain
from ml_serving.texts.sentences.served import ENCODERS


class Embeddings(NamedTuple):
    """What the model's files say of vectors of texts.

    chain: None where they say nothing. prompt: what is put before a text when a request names none.
    """

    chain: Chain | None
    prompts: Mapping[str, str]
    prompt: str
    truncate_dim: int | None


def load_embedder(model_dir: Path) -> Pretrained:
    """The model, its tokenizer, and Embeddings beside them. Raises ModelError."""
    source = find_source(model_dir)
    modules = modules_in(source)
    if not modules:
        return load_from(source, AutoModel)._replace(
            beside=Embeddings(None, {}, "", None)
        )
    whole = read_whole(source)
    if whole.kind != "SentenceTransformer":
        raise ModelError(
            f"{source.name} is a {whole.kind} of sentence-transformers, which makes no vectors of texts"
        )
    first = modules[0]
    texts = read_texts(source, first, "feature-extraction", "last_hidden_state")
    pretrained = load_from(
        source,
        encoder_class(source, first.path),
        first.path,
        texts.of_model,
        texts.of_tokenizer,
    )
    if texts.lower_case:
        lower_case(source, pretrained.tokenizer)
    say_length(pretrained, "encode()")
    chain = chain_of(source, modules, pretrained.model.dtype)
    return pretrained._replace(
        beside=Embeddings(chain, whole.prompts, whole.prompt, whole.truncate_dim)
    )


def encoder_class(source: Source, subfolder: str) -> Any:
    try:
        config = cast(
            PreTrainedConfig,
            AutoConfig.from_pretrained(
                source.name,
                **source.options,
                subfolder=subfolder,
                trust_remote_code=False,
            ),
        )
    except (OSError, ValueError):
        # Loading the model says why.
        return AutoModel
    if config.model_type in ENCODERS:
        return AutoModelForTextEncoding
    if config.is_encoder_decoder:
        raise ModelError(
            f"{source.name} has an encoder and a decoder: of such models, those of the types {', '.join(ENCODERS)} are "
            f"served, and not {config.model_type}"
        )
    return AutoModel


def encoded(
    pretrained: Pretrained, given: str, parameters: Mapping[str, Any]
) -> Encoded:
    """The tokens of a text after its prompt. Raises RequestError.

    A model of sentence-transformers takes the beginning of a longer text, unless `truncation` says otherwise.
    """
    embeddings = cast(Embeddings, pretrained.beside)
    prompt = prompt_of(embeddings, parameters)
    truncation = parameters.get("truncation", embeddings.chain is not None)
    tokens = pretrained.tokenizer(
        prompt + given, return_tensors="pt", truncation=truncation
    )
    return {**tokens, "prompt_tokens": prompt_tokens(pretrained, prompt, tokens)}


def prompt_of(embeddings: Embeddings, parameters: Mapping[str, Any]) -> str:
    if "prompt" in parameters:
        return parameters["prompt"]
    name = parameters.get("prompt_name")
    if name is None:
        return embeddings.prompt
    if name not in embeddings.prompts:
        known = ", ".join(embeddings.prompts) or "none"
        raise RequestError(400, f"no prompt {name!r}; this model has {known}")
    return embeddings.prompts[name]


def prompt_tokens(
    pretrained: Pretrained, prompt: str, tokens: Mapping[str, Any]
) -> int:
    """How many of a text's tokens are the prompt's, where these do not count. Raises RequestError."""
    chain = cast(Embeddings, pretrained.beside).chain
    if not prompt or chain is None or chain.with_prompt:
        return 0
    tokenizer = pretrained.tokenizer
    alone = cast(list[int], tokenizer(prompt)["input_ids"])
    # What ends a text ends the prompt only when that is alone.
    count = len(alone) - (alone[-1:] != [] and alone[-1] in tokenizer.all_special_ids)
    if count >= tokens["input_ids"].shape[1]:
        raise RequestError(400, "the prompt leaves no token for the text")
    return count
