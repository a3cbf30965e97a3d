"""What inputs and parameters may be. What is not gets a 400 that says why."""

from collections.abc import Callable, Mapping

from ml_serving.documents import Json
from ml_serving.errors import RequestError

# What a parameter must be, in words, and whether a value is that.
Check = tuple[str, Callable[[Json], bool]]


def whole_number(least: int) -> Check:
    return f"a whole number from {least}", lambda value: is_whole(value, least)


def whole_number_or_null(least: int) -> Check:
    return (
        f"a whole number from {least}, or null for all",
        lambda value: value is None or is_whole(value, least),
    )


def is_whole(value: Json, least: int) -> bool:
    # A bool is an int, too. More than this is no count of anything here.
    return type(value) is int and least <= value < 2**31


def one_of(*values: str) -> Check:
    # Not "in": that compares with what cannot be compared, too.
    return f"one of {', '.join(values)}", lambda value: value in list(values)


YES_OR_NO: Check = ("true or false", lambda value: isinstance(value, bool))
TEXT: Check = ("a text", lambda value: isinstance(value, str))
TEXTS: Check = (
    "a list of texts",
    lambda value: (
        isinstance(value, list)
        and len(value) > 0
        and all(isinstance(item, str) and item.strip() for item in value)
    ),
)


def check_parameters(given: Mapping[str, Json], known: Mapping[str, Check]) -> None:
    for name, value in given.items():
        if name not in known:
            raise RequestError(
                400, f"no parameter {name!r}; this model takes {', '.join(known)}"
            )
        expected, fits = known[name]
        if not fits(value):
            raise RequestError(400, f"{name} must be {expected}")


def text(value: Json) -> str:
    if not isinstance(value, str):
        raise RequestError(400, "expected a text")
    return value


def texts_named(value: Json, *names: str) -> dict[str, str]:
    """An object of exactly these texts."""
    given = value if isinstance(value, dict) else {}
    texts = {name: one for name, one in given.items() if isinstance(one, str)}
    if texts.keys() != set(names) or len(texts) < len(given):
        shape = ", ".join(f'"{name}": "…"' for name in names)
        raise RequestError(400, f"expected {{{shape}}}")
    return texts
