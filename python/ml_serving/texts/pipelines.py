"""What transformers' pipelines do before and after the model, without the model in between.

The library says little of their types: here it is said what is handed over.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from transformers import Pipeline

from ml_serving.pretrained.loading import Pretrained

Made = TypeVar("Made", bound=Pipeline)


def pipeline(kind: Callable[..., Made], pretrained: Pretrained) -> Made:
    """One for a model where it will run. kind: its class."""
    model = pretrained.model
    return kind(model=model, tokenizer=pretrained.tokenizer, device=model.device)


def preprocessed(task: Any, given: Any, **options: Any) -> Any:
    """What a pipeline would run the model on: the tokens, or pieces of a text one by one."""
    return task.preprocess(given, **options)


def postprocessed(task: Any, outputs: Any, parameters: Mapping[str, Any]) -> Any:
    """What a pipeline makes of the model's outputs. parameters: as callers give them to the pipeline."""
    _, _, chosen = task._sanitize_parameters(**parameters)
    return task.postprocess(outputs, **chosen)
