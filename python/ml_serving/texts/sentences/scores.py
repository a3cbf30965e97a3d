"""Scores of texts and of pairs, as sentence-transformers' CrossEncoder predicts them."""

from pathlib import Path
from typing import Any, NamedTuple, cast

from torch import nn
from transformers import AutoModelForSequenceClassification, PreTrainedModel

from ml_serving.documents import Json
from ml_serving.errors import ModelError
from ml_serving.pretrained.loading import Pretrained, Source, find_source, load_from
from ml_serving.texts.sentences.files import (
    Whole,
    lower_case,
    read_texts,
    read_whole,
    say_length,
)
from ml_serving.texts.sentences.modules import activation, as_object, modules_in


class Scores(NamedTuple):
    """What the model's files say of a CrossEncoder. prompt: what is put before the first text.

    function: what makes scores of the model's outputs.
    """

    function: nn.Module
    prompt: str


def load_classifier(model_dir: Path) -> Pretrained:
    """The model, its tokenizer, and beside them Scores, if it is a CrossEncoder. Raises ModelError."""
    source = find_source(model_dir)
    modules = modules_in(source)
    # The library looks at the other file only beside that.
    whole = read_whole(source) if modules else Whole("", {}, "", None, None)
    if whole.kind != "CrossEncoder":
        pretrained = load_from(source, AutoModelForSequenceClassification)
        return with_scores(source, pretrained, whole)
    kinds = [kind for kind, _ in modules]
    if kinds != ["Transformer"]:
        raise ModelError(
            f"{source.name}: modules.json lists {', '.join(kinds)}: of CrossEncoders, those are served that are one "
            "Transformer"
        )
    [first] = modules
    texts = read_texts(source, first, "sequence-classification", "logits")
    pretrained = load_from(
        source,
        AutoModelForSequenceClassification,
        first.path,
        texts.of_model,
        texts.of_tokenizer,
    )
    if texts.lower_case:
        lower_case(source, pretrained.tokenizer)
    return with_scores(source, pretrained, whole)


def with_scores(source: Source, pretrained: Pretrained, whole: Whole) -> Pretrained:
    scores = scores_of(source, pretrained.model, whole)
    if scores:
        say_length(pretrained, "predict()")
    return pretrained._replace(beside=scores)


def scores_of(source: Source, model: PreTrainedModel, whole: Whole) -> Scores | None:
    """None for a model that never was a CrossEncoder: transformers' pipeline knows what its scores are."""
    marked = cast(Json, getattr(model.config, "sentence_transformers", None))
    own = as_object(marked).get("activation_fn")
    older = getattr(model.config, "sbert_ce_default_activation_function", None)
    name = whole.activation or own or older
    if name is not None:
        return Scores(activation(source, name), whole.prompt)
    if whole.kind != "CrossEncoder" and marked is None:
        return None
    one = model.config.num_labels == 1
    return Scores(nn.Sigmoid() if one else nn.Identity(), whole.prompt)


def scored(scores: Scores, output: dict[str, Any]) -> dict[str, Any]:
    """The model's output with scores in place of its logits."""
    return {**output, "logits": scores.function(output["logits"].float())}
