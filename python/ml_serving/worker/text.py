"""Bodies as text, and as JSON."""

import codecs
from collections.abc import Mapping

import orjson

from ml_serving.documents import Json
from ml_serving.errors import RequestError, first_line

# By Python's names. Some of Python's other codecs take minutes over a megabyte.
CHARSETS = ("utf-8", "ascii", "iso8859-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be")


def decode_charset(body: bytes, parameters: Mapping[str, str]) -> str:
    """The body as the charset of its Content-Type has it. Raises RequestError."""
    charset = parameters.get("charset", "utf-8")
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        name = ""
    if name not in CHARSETS:
        raise RequestError(415, f"the charset {charset!r} is not understood")
    try:
        return body.decode("utf-8-sig" if name == "utf-8" else name)
    except UnicodeError as error:
        raise RequestError(400, f"the body is not {charset} text") from error


def parse_json(document: bytes | str, where: str) -> Json:
    """where: what the document is, for the message. Raises RequestError."""
    try:
        return orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise RequestError(400, f"{where} is not JSON: {first_line(error)}") from error
