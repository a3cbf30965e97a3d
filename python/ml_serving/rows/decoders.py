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

import numpy as np
import orjson

from ml_serving.documents import Json
from ml_serving.errors import RequestError
from ml_serving.rows.features import Features
from ml_serving.rows.table import Rows
from ml_serving.worker.text import decode_charset, parse_json

Parameters = Mapping[str, str]


def decode_json(body: bytes, parameters: Parameters, features: Features) -> Rows:
    """[[…], …], {"instances": …} or {"inputs": …}; one row may come without its list."""
    try:
        # As nearly all bodies are: UTF-8, which the parser checks by itself.
        document: Json = orjson.loads(b"" if "charset" in parameters else body)
    except orjson.JSONDecodeError:
        document = parse_json(decode_charset(body, parameters), "the body")
    rows = document
    if isinstance(document, dict):
        given = [key for key in ("instances", "inputs") if key in document]
        if len(given) != 1:
            raise RequestError(
                400, 'expected rows, {"instances": rows} or {"inputs": rows}'
            )
        rows = document[given[0]]
    if isinstance(rows, dict) or (features.is_text and isinstance(rows, str)):
        rows = [rows]
    if not isinstance(rows, list):
        raise RequestError(400, "expected a list of rows")
    if rows and not isinstance(rows[0], list | dict) and not features.is_text:
        rows = [rows]
    # Only names and texts have quotes, and one name was looked at.
    quotes = 2 if isinstance(document, dict) else 0
    return features.from_rows(rows, has_text=body.count(b'"') != quotes)


def decode_json_lines(body: bytes, parameters: Parameters, features: Features) -> Rows:
    """One row a line, as a list or as an object with feature names."""
    # Not splitlines(): that cuts at characters which JSON texts may hold.
    lines = decode_charset(body, parameters).split("\n")
    return features.from_rows(
        [
            parse_json(line, f"line {number}")
            for number, line in enumerate(lines, start=1)
            if line.strip()
        ],
        has_text=b'"' in body,
    )


def decode_npy(body: bytes, parameters: Parameters, features: Features) -> Rows:
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
