"""What is done for inference.py where it has no such function, as the Hugging Face inference toolkit does it: SCRIPT in
model_handler.py."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import orjson
import torch
from transformers import pipeline
from transformers.pipelines import PIPELINE_REGISTRY

from ml_serving.errors import ModelError, RequestError, first_line
from ml_serving.pretrained.loading import Pretrained, load_pretrained, settle
from ml_serving.settings import settings
from ml_serving.worker.negotiation import Negotiation, RequestType, ResponseType
from ml_serving.worker.text import decode_charset, parse_json


def scripted_pipeline(
    task: str,
) -> "Callable[[ModuleType, AbstractSet[str]], ScriptedPipeline]":
    """SCRIPT for a task of transformers' pipelines, such as text-classification."""
    return lambda _, functions: ScriptedPipeline(task, functions)


class ScriptedPipeline:
    """See Rest in scripts/adapter.py. Without model_fn, the model is a pipeline of transformers."""

    def __init__(self, task: str, functions: AbstractSet[str]) -> None:
        self._task = task
        self._functions = functions
        self._types = Negotiation(
            (
                RequestType("application/json", decode_json, "a document"),
                RequestType("text/csv", decode_csv, "a line, below one of names"),
            ),
            # The last one is the answer to a caller who does not mind.
            (
                ResponseType("text/csv", encode_csv),
                ResponseType("application/json", encode_json),
            ),
            any_default="output_fn" in functions or "transform_fn" in functions,
        )

    def load(self, model_dir: Path) -> Pretrained:
        known = PIPELINE_REGISTRY.supported_tasks.get(self._task)
        if known is None:
            raise ModelError(
                f"this version of transformers has no pipeline for {self._task}: define model_fn and predict_fn in "
                "inference.py"
            )
        classes = cast("Sequence[Any]", known["pt"])
        return load_pretrained(classes[0], model_dir)

    def look(self, model: Any, model_dir: Path) -> None:
        asked = not self._functions & {"predict_fn", "transform_fn"}
        if asked and "model_fn" in self._functions and not callable(model):
            raise ModelError(
                f"inference.py: model_fn gave {type(model).__name__}, which cannot be called as a pipeline is: "
                "define predict_fn"
            )

    def description(self) -> None:
        return None

    def prepare(self, model: Any) -> Any:
        if "model_fn" in self._functions:
            torch.set_num_threads(settings.threads)
            return model
        placed, tokenizer = settle(model.model), model.tokenizer
        make = cast("Callable[..., Any]", pipeline)
        return make(self._task, model=placed, tokenizer=tokenizer, device=placed.device)

    def together(self) -> None:
        return None

    def input(self, body: bytes, content_type: bytes | None) -> Any:
        decode, parameters, _ = self._types.decoder(content_type or b"application/json")
        return decode(body, parameters)

    def predict(self, data: Any, model: Any) -> Any:
        if not isinstance(data, dict):
            return model(data)
        given = cast("dict[str, Any]", data)
        rest = {
            key: value
            for key, value in given.items()
            if key not in ("inputs", "parameters")
        }
        inputs = given.get("inputs", rest)
        return model(inputs, **(given.get("parameters") or {}))

    def output(
        self, prediction: Any, accept: bytes | None, content_type: bytes | None
    ) -> tuple[str, bytes]:
        answered, encode = self._types.encoder(accept, None)
        return answered, encode(prediction)


def decode_json(body: bytes, parameters: Mapping[str, str]) -> Any:
    return parse_json(decode_charset(body, parameters), "the body")


def decode_csv(body: bytes, parameters: Mapping[str, str]) -> dict[str, Any]:
    """A column `inputs`, or those that make up an input, such as question and context. Raises RequestError."""
    text = decode_charset(body, parameters)
    try:
        rows = list(csv.DictReader(io.StringIO(text), strict=True))
    except csv.Error as error:
        raise RequestError(400, f"the body is not CSV: {first_line(error)}") from error
    names = [name or "" for name in (rows[0] if rows else {})]
    if not any(
        word in name.lower()
        for name in names
        for word in ("question", "context", "inputs")
    ):
        raise RequestError(
            400, "the first line must name the columns: inputs, or question and context"
        )
    if "inputs" in names:
        return {"inputs": [row["inputs"] for row in rows]}
    return {"inputs": rows}


def encode_json(prediction: Any) -> bytes:
    return orjson.dumps(prediction, option=orjson.OPT_SERIALIZE_NUMPY, default=plain)


def encode_csv(prediction: Any) -> bytes:
    """A line of names, and one for each object. Raises RequestError for what is anything else."""
    if (rows := as_rows(prediction)) is None:
        raise RequestError(
            406, "the answer is no list of alike objects: ask for application/json"
        )
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_rows(prediction: Any) -> list[Mapping[str, Any]] | None:
    """Objects with the same keys; None for anything else."""
    listed = cast(
        "list[Any]", prediction if isinstance(prediction, list) else [prediction]
    )
    rows = [
        cast("Mapping[str, Any]", one) for one in listed if isinstance(one, Mapping)
    ]
    alike = len(rows) == len(listed) > 0 and all(
        row.keys() == rows[0].keys() for row in rows
    )
    return rows if alike else None


def plain(value: Any) -> Any:
    """What the JSON library does not know: tensors, and what has values of its own."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is nothing that JSON has")
