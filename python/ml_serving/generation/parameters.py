"""What a request may set, and within which limits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ml_serving.documents import Json
from ml_serving.errors import RequestError

MAX_STOPS = 16


@dataclass(frozen=True)
class Parameters:
    """max_new_tokens: None for the default. top_k: 0 for all. seed: None for any."""

    max_new_tokens: int | None = None
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    repetition_penalty: float = 1.0
    do_sample: bool = False
    seed: int | None = None
    stop: tuple[str, ...] = ()
    return_full_text: bool = False


def whole(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def number(least: float, most: float) -> Callable[[Any], bool]:
    return lambda value: type(value) in (int, float) and least <= value <= most


def is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def is_stop(value: Json) -> bool:
    texts = [value] if isinstance(value, str) else value
    return (
        isinstance(texts, list)
        and len(texts) <= MAX_STOPS
        and all(isinstance(text, str) and text for text in texts)
    )


ALLOWED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "max_new_tokens": (whole(1, 2**31), "a whole number from 1"),
    "temperature": (number(0, 100), "a number from 0 to 100; 0 is greedy"),
    "top_p": (number(1e-6, 1), "a number above 0, up to 1"),
    "top_k": (whole(0, 2**31), "a whole number from 0; 0 is all"),
    "repetition_penalty": (number(0.01, 100), "a number from 0.01 to 100; 1 is none"),
    "do_sample": (is_flag, "true or false"),
    "seed": (whole(0, 2**63 - 1), "a whole number from 0"),
    "stop": (is_stop, f"a text, or a list of up to {MAX_STOPS}, none of them empty"),
    "return_full_text": (is_flag, "true or false"),
}

# A request that sets one of these wants chance, unless it says do_sample.
CHANCE = ("temperature", "top_p", "top_k")


def read_parameters(
    given: Mapping[str, Json], names: Mapping[str, str], defaults: Mapping[str, Any]
) -> Parameters:
    """names: how each parameter may be called here, and its name among ours.
    defaults: what the model was published with. Raises RequestError."""
    values: dict[str, Any] = {}
    for key, value in given.items():
        # Some clients send what they do not set.
        if value is None:
            continue
        name = names[key]
        is_right, allowed = ALLOWED[name]
        if not is_right(value):
            raise RequestError(400, f"{key} is {shown(value)}: it takes {allowed}")
        values[name] = value
    sample = values.get("do_sample", any(name in values for name in CHANCE))
    if values.get("temperature") == 0:
        sample = False
    stop = values.get("stop", [])
    values["stop"] = (stop,) if isinstance(stop, str) else tuple(stop)
    chosen: dict[str, Any] = {**defaults, **values, "do_sample": sample}
    return Parameters(**chosen)


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:60]}…"
