"""What output_fn and transform_fn return becomes an answer."""

from typing import Any, NamedTuple, cast

import orjson

JSON = "application/json"


class Body(NamedTuple):
    status: int
    content_type: str
    content: bytes


def body_of(given: Any, accept: str, function: str) -> Body:
    """A body, (body, content type), or a response of Flask or Starlette. accept: the type of a body that has none.

    Raises TypeError.
    """
    if (response := of_response(given)) is not None:
        return response
    content_type: Any = accept
    body: object = given
    if isinstance(given, tuple):
        parts = cast("tuple[Any, ...]", given)
        if len(parts) == 2:
            body, content_type = parts
    if not isinstance(content_type, str):
        raise TypeError(f"{function} gave {content_type!r} as the content type")
    content_type = single(content_type)
    if isinstance(body, str):
        return Body(200, content_type, body.encode())
    if isinstance(body, bytes | bytearray | memoryview):
        return Body(200, content_type, bytes(cast("bytes", body)))
    if isinstance(body, dict | list):
        document = cast("object", body)
        return Body(
            200, JSON, orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
        )
    raise TypeError(
        f"{function} gave {type(body).__name__}; it takes a body as str or bytes, or "
        "(body, content type)"
    )


def single(content_type: str) -> str:
    """The first of several types, as Accept has them, without its weight. Raises TypeError for what is no header."""
    first, *parameters = content_type.partition(",")[0].split(";")
    kept = [one for one in parameters if not one.strip().lower().startswith("q=")]
    whole = ";".join([first, *kept]).strip()
    if not whole.isascii() or not whole.isprintable():
        raise TypeError(f"{content_type!r} is no content type")
    return JSON if "*" in whole or not whole else whole


def of_response(given: Any) -> Body | None:
    """What responses of Flask (and of sagemaker_containers) and of Starlette have in common is a status; None for
    anything else."""
    status = getattr(given, "status_code", None)
    if not isinstance(status, int):
        return None
    of_flask = getattr(given, "get_data", None)
    content = of_flask() if of_flask else getattr(given, "body", None)
    if not isinstance(content, bytes):
        return None
    named = getattr(given, "content_type", None) or getattr(given, "media_type", None)
    return Body(status, single(str(named or JSON)), content)
