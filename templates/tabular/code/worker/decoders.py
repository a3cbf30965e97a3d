"""Request bodies become one array of rows, content type by content type; CSV elsewhere.

Every decoder takes the body, the parameters of its Content-Type and the model's
features, and returns a (rows, features) array. It raises RequestError.
"""

import codecs
import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
from errors import RequestError, first_line
from worker.features import Features

Parameters = Mapping[str, str]

# By Python's names. Some of Python's other codecs take minutes over a megabyte.
CHARSETS = ("utf-8", "ascii", "iso8859-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be")


def decode_json(body: bytes, parameters: Parameters, features: Features) -> np.ndarray:
    """[[…], …], {"instances": …} or {"inputs": …}; one row may come without its list."""
    try:
        # As nearly all bodies are: UTF-8, which the parser checks by itself.
        document = orjson.loads(b"" if "charset" in parameters else body)
    except orjson.JSONDecodeError:
        document = parse_json(text(body, parameters), "the body")
    rows = document
    if isinstance(document, dict):
        given = [key for key in ("instances", "inputs") if key in document]
        if len(given) != 1:
            raise RequestError(
                400, 'expected rows, {"instances": rows} or {"inputs": rows}'
            )
        rows = document[given[0]]
    if isinstance(rows, dict):
        rows = [rows]
    if not isinstance(rows, list):
        raise RequestError(400, "expected a list of rows")
    if rows and not isinstance(rows[0], (list, dict)):
        rows = [rows]
    # Only names and texts have quotes, and one name was looked at.
    quotes = 2 if isinstance(document, dict) else 0
    return features.array(rows, has_text=body.count(b'"') != quotes)


def decode_json_lines(
    body: bytes, parameters: Parameters, features: Features
) -> np.ndarray:
    """One row a line, as a list or as an object with feature names."""
    # Not splitlines(): that cuts at characters which JSON texts may hold.
    lines = text(body, parameters).split("\n")
    return features.array(
        [
            parse_json(line, f"line {number}")
            for number, line in enumerate(lines, start=1)
            if line.strip()
        ],
        has_text=b'"' in body,
    )


def decode_npy(body: bytes, parameters: Parameters, features: Features) -> np.ndarray:
    """numpy.save's format. Numbers only: an array of objects would be unpickled."""
    stream = io.BytesIO(body)
    try:
        version = np.lib.format.read_magic(stream)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, fortran_order, dtype = read_header(stream)
    except Exception as error:
        # numpy evaluates the header as Python: what that raises depends on the text.
        raise RequestError(400, "the body is not an NPY file") from error
    if dtype.kind not in "biuf":
        raise RequestError(400, f"expected an array of numbers, got {dtype}")
    # Checked first: a header may claim any size, and numpy would allocate it.
    values = body[stream.tell() :]
    sizes = all(type(size) is int and size >= 0 for size in shape)
    if not sizes or len(values) != dtype.itemsize * math.prod(shape):
        raise RequestError(400, f"the NPY file does not hold {shape} values")
    order = "F" if fortran_order else "C"
    return features.numbers(np.frombuffer(values, dtype).reshape(shape, order=order))


def text(body: bytes, parameters: Parameters) -> str:
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


def parse_json(document: str, where: str) -> Any:
    try:
        return orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise RequestError(400, f"{where} is not JSON: {first_line(error)}") from error
