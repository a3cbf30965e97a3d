"""The three shapes of requests, and what the engine is asked for each."""

from dataclasses import dataclass
from typing import Any

from ml_serving.documents import Json
from ml_serving.invocations import parameters
from ml_serving.invocations.errors import RequestError
from ml_serving.invocations.generated_text import GeneratedText
from ml_serving.invocations.unchanged import Unchanged

SHAPES = (
    'send {"inputs": "…", "parameters": {…}}, or as to OpenAI\'s API '
    '{"messages": […]} or {"prompt": "…"}; each also with "stream": true'
)
_ENGINE_PATHS = {"messages": "/v1/chat/completions", "prompt": "/v1/completions"}


@dataclass(frozen=True)
class Question:
    """What the engine is asked, and how its answer is told."""

    path: str
    document: dict[str, Any]
    telling: GeneratedText | Unchanged


def question(document: dict[str, Json], model: str) -> Question:
    """Turns a request into one that the engine's own API takes.

    `model` is the engine's name of the model that the request is for, whatever name
    the request itself gives.
    """
    shapes = [name for name in ("inputs", *_ENGINE_PATHS) if name in document]
    if len(shapes) != 1:
        found = " and ".join(shapes) or "none of inputs, messages and prompt"
        raise RequestError(400, f"the request has {found}: {SHAPES}")
    shape = shapes[0]
    if shape == "inputs":
        return _completion(document, model)
    return Question(_ENGINE_PATHS[shape], {**document, "model": model}, Unchanged())


def _completion(document: dict[str, Json], model: str) -> Question:
    unknown = [
        name
        for name in document
        if name not in ("inputs", "parameters", "stream", "model")
    ]
    if unknown:
        raise RequestError(
            400,
            f"unknown beside inputs: {', '.join(unknown)[:200]}; "
            "allowed are parameters, stream and model",
        )
    inputs, stream = document["inputs"], document.get("stream") or False
    given = inputs if isinstance(inputs, list) else [inputs]
    prompts = [prompt for prompt in given if isinstance(prompt, str)]
    if not prompts or len(prompts) < len(given):
        raise RequestError(400, f'"inputs" is not a string or a list of some: {SHAPES}')
    if not isinstance(stream, bool):
        raise RequestError(400, '"stream" is not true or false')
    if stream and len(prompts) > 1:
        raise RequestError(400, "a stream answers one input, not a list of several")
    chosen = parameters.check(document.get("parameters") or {})
    asked = {
        "model": model,
        "prompt": prompts if len(prompts) > 1 else prompts[0],
        "stream": stream,
        **parameters.for_engine(chosen),
    }
    shown = prompts if chosen.get("return_full_text") else [""] * len(prompts)
    return Question(
        "/v1/completions", asked, GeneratedText(shown, bool(chosen.get("details")))
    )
