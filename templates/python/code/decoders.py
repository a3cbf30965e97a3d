"""Request bodies become one array of rows, content type by content type.

Every decoder takes the body, the parameters of its Content-Type and the model's
features, and returns a (rows, features) array. It raises RequestError.
"""

import codecs
import csv
import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
from errors import RequestError, first_line
from features import Features

Parameters = Mapping[str, str]


def decode_json(body: bytes, parameters: Parameters, features: Features) -> np.ndarray:
    """[[…], …], {"instances": …} or {"inputs": …}; one row may come without its list."""
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
    return features.array(rows)


def decode_json_lines(
    body: bytes, parameters: Parameters, features: Features
) -> np.ndarray:
    """One row a line, as a list or as an object with feature names."""
    lines = text(body, parameters).splitlines()
    return features.array(
        [
            parse_json(line, f"line {number}")
            for number, line in enumerate(lines, start=1)
            if line.strip()
        ]
    )


def decode_csv(body: bytes, parameters: Parameters, features: Features) -> np.ndarray:
    """One row a line. A first line of feature names is understood, and its order kept.

    Whether there is one is seen from the line itself unless the parameter `header`
    (RFC 4180: present or absent) says so. An empty field is a missing value.
    """
    try:
        reader = csv.reader(io.StringIO(text(body, parameters), newline=""))
        rows = [row for row in reader if row]
    except csv.Error as error:
        raise RequestError(400, f"the body is not CSV: {first_line(error)}") from error
    if not rows:
        raise RequestError(400, "the request has no rows")
    header = parameters.get("header", "").lower()
    if header == "present" or (header != "absent" and is_header(rows[0], features)):
        columns = [cell.strip() for cell in rows[0]]
        return features.array(features.reorder(columns, cells(rows[1:])))
    return features.array(cells(rows))


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
    expected = dtype.itemsize * math.prod(shape)
    if min(shape, default=0) < 0 or len(values) != expected:
        raise RequestError(400, f"the NPY file does not hold {shape} values")
    order = "F" if fortran_order else "C"
    return features.numbers(np.frombuffer(values, dtype).reshape(shape, order=order))


def text(body: bytes, parameters: Parameters) -> str:
    charset = parameters.get("charset", "utf-8")
    try:
        name = codecs.lookup(charset).name
        return body.decode("utf-8-sig" if name == "utf-8" else name)
    except LookupError as error:
        raise RequestError(415, f"the charset {charset!r} is not known") from error
    except (UnicodeError, ValueError) as error:
        raise RequestError(400, f"the body is not {charset} text") from error


def parse_json(document: str, where: str) -> Any:
    try:
        return orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise RequestError(400, f"{where} is not JSON: {first_line(error)}") from error


def is_header(row: list[str], features: Features) -> bool:
    names = {cell.strip() for cell in row}
    if features.names is not None and names & set(features.names):
        return True
    return not features.text and not any(
        isinstance(number_or_text(cell), float | None) for cell in row
    )


def cells(rows: list[list[str]]) -> list[list[float | str | None]]:
    return [[number_or_text(cell) for cell in row] for row in rows]


def number_or_text(cell: str) -> float | str | None:
    cell = cell.strip()
    if not cell:
        return None
    try:
        # float() would take 1_000 too, which no CSV writer means as a number.
        return cell if "_" in cell else float(cell)
    except ValueError:
        return cell
