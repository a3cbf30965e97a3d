"""Reads the body of a request."""

import json

from ml_serving.documents import Json
from ml_serving.invocations.asgi import Receive, Scope, header
from ml_serving.invocations.errors import RequestError

# What SageMaker lets through to an endpoint.
LARGEST = 25 * 1024 * 1024


class ClientGone(Exception):
    """The client has closed the connection: nobody waits for an answer."""


async def read(scope: Scope, receive: Receive) -> dict[str, Json]:
    """The JSON object that was sent; RequestError says what is wrong with it."""
    sent = header(scope["headers"], b"content-type")
    content_type = sent.split(";")[0].strip().lower()
    if content_type not in ("", "application/json"):
        raise RequestError(
            415, f"Content-Type is {sent}: requests are read as application/json"
        )
    try:
        document: Json = json.loads(await _body(scope, receive))
    except (ValueError, RecursionError) as error:
        raise RequestError(400, f"the body is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise RequestError(400, "the body is not a JSON object")
    return document


async def _body(scope: Scope, receive: Receive) -> bytes:
    length = header(scope["headers"], b"content-length")
    size = int(length) if length.isdigit() else 0
    body = bytearray()
    while size <= LARGEST:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        size = len(body)
        if not message.get("more_body", False):
            return bytes(body)
    raise RequestError(413, f"the body is larger than {LARGEST // 2**20} MB")
