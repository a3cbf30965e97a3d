"""Bodies as text, and as JSON."""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

import orjson

from ml_serving.documents import Json
from ml_serving.errors import RequestError, first_line
from ml_serving.settings import settings

# By Python's names. Some of Python's other codecs take minutes over a megabyte.
CHARSETS = ("utf-8", "ascii", "iso8859-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be")

# Below the last line of CSV it makes a row of two fields; but one more character of a field whose quote is open there.
END = ","
# So many characters of a field are shown.
SHOWN = 40


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


def check_count(values: int) -> None:
    """Before values, or lines, are made what takes far more than their bytes. Raises RequestError."""
    most = settings.max_values
    if values > most:
        raise RequestError(
            413,
            f"the body has more than {most} values: send fewer rows at a time",
        )


def csv_values(content: str) -> int:
    """At most so many it has: the csv module ends lines at any of the three ends."""
    ends = content.count("\n") + content.count("\r") - content.count("\r\n")
    return ends + content.count(",")


def csv_lines(stream: Iterable[str], values: int) -> Iterator[list[str]]:
    """Lines of CSV as their fields. A field may be as long as the body. values: of all of it, as csv_values has them;
    looked at before the second line. Raises RequestError, and csv.Error, also for a quote that nothing closes: the csv
    module takes all lines below it for one field."""
    csv.field_size_limit(settings.max_body_bytes + len(END))
    ended = False

    def with_end() -> Iterator[str]:
        nonlocal ended
        yield from stream
        ended = True
        yield END

    for number, row in enumerate(csv.reader(with_end())):
        if number == 1:
            check_count(values)
        if not ended:
            yield row
        elif row != ["", ""]:
            field = row[-1].removesuffix(END)
            raise csv.Error(f"a quote is not closed, the one before {field[:SHOWN]!r}")


def json_lines(
    body: bytes, parameters: Mapping[str, str], exact: bool = False
) -> Iterator[tuple[int, Json]]:
    """The documents of a body that has one a line, each with the number of its line; exact: as for parse_json. Raises
    RequestError."""
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        body = decode_charset(body, parameters).encode()
    check_count(body.count(b"\n"))
    # Not splitlines(): that cuts at characters which JSON texts may hold.
    for number, line in enumerate(
        io.BytesIO(body.removeprefix(codecs.BOM_UTF8)), start=1
    ):
        if not line.isspace():
            yield number, parse_json(line, f"line {number}", exact)


def parse_json(document: bytes | str, where: str, exact: bool = False) -> Json:
    """where: what the document is, for the message. exact: whether whole numbers beyond 64 bits are to stay so, which
    else are floats. Raises RequestError.

    NaN, which is no JSON but what Python's own module writes for a missing number, is null.
    """
    try:
        read = orjson.loads(document)
    except orjson.JSONDecodeError as error:
        with suppress(orjson.JSONDecodeError, UnicodeDecodeError):
            text = document.decode() if isinstance(document, bytes) else document
            written = OF_PYTHON.sub(in_json, text)
            read = orjson.loads(written)
            return in_python(written) if exact and has_long(written) else read
        raise RequestError(400, f"{where} is not JSON: {first_line(error)}") from error
    return in_python(document) if exact and has_long(document) else read


def has_long(document: bytes | str) -> bool:
    """Whether a whole number may need more than 64 bits."""
    if isinstance(document, bytes):
        return LONG_BYTES.search(document) is not None
    return LONG.search(document) is not None


def in_python(document: bytes | str) -> Json:
    """What is JSON, by the parser that rounds no whole number, and takes several times as long. Raises RequestError."""
    try:
        return json.loads(document)
    except RecursionError as error:
        raise RequestError(400, "the body is nested too deeply") from error


LONG, LONG_BYTES = re.compile("[0-9]{19}"), re.compile(b"[0-9]{19}")
# Texts, which are left alone, also one without an end; and what Python writes.
OF_PYTHON = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|NaN', re.DOTALL)


def in_json(found: re.Match[str]) -> str:
    return "null" if found[0] == "NaN" else found[0]
