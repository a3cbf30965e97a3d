"""Content negotiation: JSON comes in; JSON goes out, or events if the request says so."""

import mimeparse
import orjson

from ml_serving.documents import Json
from ml_serving.errors import RequestError
from ml_serving.worker.unpacking import unpacked

READ = "application/json"
WRITTEN = ["text/event-stream", "application/json"]


def decode(body: bytes, content_type: bytes | None, encoding: bytes | None) -> Json:
    """The JSON document that a body holds."""
    given = (content_type or b"").decode("latin-1")
    if given.partition(";")[0].strip().lower() != READ:
        what = f"cannot read {given!r}" if given else "no Content-Type given"
        raise RequestError(415, f"{what}; this server reads {READ}")
    try:
        return orjson.loads(unpacked(body, encoding))
    except orjson.JSONDecodeError as error:
        raise RequestError(400, f"the body is not JSON: {error}") from error


def check_accepted(header: bytes | None) -> None:
    """Whether the caller takes one of the two: which of them the request decides."""
    accept = (header or b"*/*").decode("latin-1")
    try:
        best = mimeparse.best_match(WRITTEN, accept.lower())
    except mimeparse.MimeTypeParseException:
        best = ""
    if not best:
        raise RequestError(
            406, f"cannot answer in {accept!r}, only in {' or '.join(WRITTEN)}"
        )
