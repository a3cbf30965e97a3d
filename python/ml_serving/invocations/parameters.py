"""The "parameters" beside "inputs", and what OpenAI's API calls them."""

from ml_serving.documents import Json
from ml_serving.invocations.errors import RequestError

NEW_TOKENS = 100
ENGINE_NAMES = {"max_new_tokens": "max_tokens"}
SAMPLING = ("temperature", "top_p", "top_k")

_NUMBER = ((int, float), "a number")
_INTEGER = ((int,), "a whole number")
_BOOLEAN = ((bool,), "true or false")
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "max_new_tokens": _INTEGER,
    "temperature": _NUMBER,
    "top_p": _NUMBER,
    "top_k": _INTEGER,
    "repetition_penalty": _NUMBER,
    "seed": _INTEGER,
    "stop": ((str, list), "a string or a list of strings"),
    "do_sample": _BOOLEAN,
    "return_full_text": _BOOLEAN,
    "details": _BOOLEAN,
}
# These say how to answer; the engine never sees them.
_OURS = ("do_sample", "return_full_text", "details")


def check(parameters: Json) -> dict[str, Json]:
    """The parameters that were given, each of its type; null counts as not given.

    What numbers make sense is the engine's to say.
    """
    if not isinstance(parameters, dict):
        raise RequestError(400, '"parameters" is not an object')
    unknown = [name for name in parameters if name not in _KINDS]
    if unknown:
        raise RequestError(
            400,
            f"unknown parameters: {', '.join(unknown)[:200]}; "
            f"allowed are {', '.join(_KINDS)}",
        )
    given: dict[str, Json] = {
        name: value for name, value in parameters.items() if value is not None
    }
    for name, value in given.items():
        types, description = _KINDS[name]
        # To Python, true is a whole number.
        if not isinstance(value, types) or (
            isinstance(value, bool) and bool not in types
        ):
            raise RequestError(400, f"parameter {name} is not {description}")
    return given


def for_engine(given: dict[str, Json]) -> dict[str, Json]:
    """The members of a completion request: greedy unless sampling was asked for."""
    sampling = given.get("do_sample", any(name in given for name in SAMPLING))
    members: dict[str, Json] = {"max_tokens": NEW_TOKENS}
    for name, value in given.items():
        if name not in _OURS and (sampling or name not in SAMPLING):
            members[ENGINE_NAMES.get(name, name)] = value
    if not sampling:
        members["temperature"] = 0
    return members
