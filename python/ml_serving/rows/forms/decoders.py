"""Request bodies become rows, content type by content type; CSV elsewhere.

Every decoder takes the body, the parameters of its Content-Type and the model's features,
and returns Rows, as these make them:

    features.from_rows(rows)             lists, or objects with names, as JSON has them
    features.from_named(names, rows)     lists, and the names of their columns
    features.from_columns(columns)       numpy arrays or lists, a column each; with names: in any order
    features.numbers(array)              a (rows, columns) array of numbers

What a value becomes depends on its column and on itself alone. A decoder raises RequestError.
"""

import io
import math
from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
import orjson

from ml_serving.documents import Json
from ml_serving.errors import RequestError
from ml_serving.rows.columns.table import Array, Rows
from ml_serving.rows.features import Features
from ml_serving.rows.forms.json_forms import from_document, unwrapped
from ml_serving.rows.forms.lengths import no_rows
from ml_serving.worker.text import (
    check_count,
    decode_charset,
    has_long,
    in_python,
    json_lines,
    parse_json,
)

Parameters = Mapping[str, str]

# Rows of JSON lines that are looked at before the others are read.
AT_ONCE = 4096


def decode_json(body: bytes, parameters: Parameters, features: Features) -> Rows:
    """Rows in any of the forms that json_forms.py knows; one row may come without its list."""
    try:
        # As nearly all bodies are: UTF-8, which the parser checks by itself.
        document: Json = orjson.loads(b"" if "charset" in parameters else body)
    except orjson.JSONDecodeError:
        text = decode_charset(body, parameters)
        document = parse_json(text, "the body", exact=not features.plain)
    else:
        if not features.plain and has_long(body):
            document = in_python(body)
    # Only names and texts have quotes, and one name was looked at.
    quotes = 2 if isinstance(document, dict) else 0
    try:
        return from_document(document, features, has_text=body.count(b'"') != quotes)
    except RecursionError as error:
        raise too_deep() from error


def decode_json_lines(body: bytes, parameters: Parameters, features: Features) -> Rows:
    """One row a line, as a list or as an object with feature names."""
    lines = (
        document for _, document in json_lines(body, parameters, not features.plain)
    )
    has_text = b'"' in body
    try:
        rows = list(islice(lines, AT_ONCE))
        if len(rows) == AT_ONCE:
            # What is wrong with these is said before all others are read.
            features.from_rows(unwrapped(rows, features), has_text)
            rows.extend(lines)
        return features.from_rows(unwrapped(rows, features), has_text)
    except RecursionError as error:
        raise too_deep() from error


def too_deep() -> RequestError:
    """Messages show values, and Python shows one that is nested by recursion."""
    return RequestError(400, "the body is nested too deeply for rows")


def decode_text(body: bytes, parameters: Parameters, features: Features) -> Rows:
    """A text a line, for a model of texts."""
    if not features.is_text:
        raise RequestError(
            415,
            "text/plain is for models whose rows are texts, and this one has columns: send application/json or text/csv",
        )
    content = decode_charset(body, parameters).replace("\r\n", "\n")
    check_count(content.count("\n"))
    lines = content.split("\n")
    # The last line may have an end, too.
    if lines[-1] == "":
        del lines[-1]
    return features.from_columns([lines])


def decode_npy(body: bytes, parameters: Parameters, features: Features) -> Rows:
    """numpy.save's format. No objects: an array of these would be unpickled."""
    array = read_npy(body, "the body", "biufU")
    if not array.size:
        # Of as many rows as it likes to claim.
        raise no_rows()
    if array.dtype.kind not in "biuf":
        rows = array if features.is_text else np.atleast_2d(array)
        return features.from_rows(rows.tolist())
    return features.numbers(array)


def read_npy(content: bytes, what: str, kinds: str) -> Array:
    """what: the content is, for the message. kinds: of types that it may have. Raises RequestError."""
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, fortran_order, dtype = read_header(stream)
    except Exception as error:
        # numpy evaluates the header as Python: what that raises depends on the text.
        raise RequestError(400, f"{what} is not an NPY file") from error
    if dtype.kind not in kinds:
        raise RequestError(
            400, f"{what}: expected an array of numbers or texts, got {dtype}"
        )
    # Checked first: a header may claim any size, and numpy would allocate it.
    values = content[stream.tell() :]
    sizes = all(type(size) is int and size >= 0 for size in shape)
    order = "F" if fortran_order else "C"
    try:
        if sizes and len(values) == dtype.itemsize * math.prod(shape):
            check_text(values, dtype, what)
            return np.frombuffer(values, dtype).reshape(shape, order=order)
    except ValueError:
        # Empty, of sizes or a type that no array can have.
        pass
    raise RequestError(400, f"{what} does not hold {str(shape)[:100]} values")


def check_text(values: bytes, dtype: np.dtype[Any], what: str) -> None:
    """numpy keeps characters as their numbers, and fails where one is none. Raises RequestError."""
    if dtype.kind != "U":
        return
    codes = np.frombuffer(values, np.dtype("u4").newbyteorder(dtype.byteorder))
    # Halves of characters beyond 16 bits are none, either.
    if ((codes > 0x10FFFF) | ((codes >= 0xD800) & (codes < 0xE000))).any():
        raise RequestError(400, f"{what} holds what is no text")
