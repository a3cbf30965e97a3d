"""Request bodies become questions to the model, content type by content type.

Every decoder takes the body and the parameters of its Content-Type, and returns a list or an
iterator of Asked. It, or the iterator, raises RequestError.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ml_serving.documents import Json
from ml_serving.errors import RequestError, first_line
from ml_serving.worker.text import (
    csv_lines,
    csv_values,
    decode_charset,
    json_lines,
    parse_json,
)


class Asked(NamedTuple):
    """One or several inputs with the same parameters.

    single: the one input came without a list, and so goes its answer. others: keys and columns that came beside what
    is read here.
    """

    inputs: list[Json]
    single: bool
    parameters: dict[str, Json]
    others: Sequence[str] = ()


# What inputs may be called; `parameters` may stand beside them.
INPUTS = ("inputs", "instances", "data")
# Inputs of two texts: objects, which may come without a name around them.
PAIRS = (("question", "context"), ("text", "text_pair"))
KNOWN = (*INPUTS, "parameters")


def decode_json(body: bytes, header: Mapping[str, str]) -> list[Asked]:
    """{"inputs": …, "parameters": {…}}"""
    if "charset" in header:
        return [asked(parse_json(decode_charset(body, header), "the body"))]
    return [asked(parse_json(body, "the body"))]


def decode_json_lines(body: bytes, header: Mapping[str, str]) -> Iterator[Asked]:
    """The same, one a line. Each is read when it is asked for: what is wrong with the first is said before the others
    are."""
    number = 0
    for number, document in json_lines(body, header):
        yield asked(document, f"line {number}: ")
    if not number:
        raise RequestError(400, "there is no line in the body")


def decode_text(body: bytes, header: Mapping[str, str]) -> list[Asked]:
    """The body is one text."""
    if not body:
        raise RequestError(400, "the body is empty")
    return [Asked([decode_charset(body, header)], True, {})]


def decode_csv(body: bytes, header: Mapping[str, str]) -> list[Asked]:
    """An input a line, below a line of column names: `inputs`, or those of two texts. Without that line, where
    `header=absent` says so, there is one column."""
    text = decode_charset(body, header)
    try:
        stream = io.StringIO(text, newline="")
        lines = [row for row in csv_lines(stream, csv_values(text)) if row]
    except csv.Error as error:
        raise RequestError(400, f"the body is not CSV: {first_line(error)}") from error
    if header.get("header", "").lower() != "absent":
        names = [name.strip() for name in lines[0]] if lines else []
        lines = lines[1:]
    else:
        names = ["inputs"]
    columns = next((some for some in (("inputs",), *PAIRS) if {*some} <= {*names}), ())
    if not columns:
        raise RequestError(
            400,
            "the first line of CSV must name its columns: inputs, or question and context, or text and text_pair; "
            "text/csv; header=absent says that there is no such line",
        )
    if not lines:
        raise RequestError(400, "there is no line below the names of columns")
    inputs: list[Json] = []
    for number, row in enumerate(lines, start=1):
        if len(row) != len(names):
            raise RequestError(
                400, f"row {number} has {len(row)} fields, expected {len(names)}"
            )
        values: dict[str, Json] = {name: row[names.index(name)] for name in columns}
        inputs.append(values if len(columns) > 1 else values["inputs"])
    others = [name for name in names if name not in columns]
    return [Asked(inputs, False, {}, others)]


def asked(document: Json, where: str = "") -> Asked:
    given = document if isinstance(document, dict) else {}
    named = [name for name in INPUTS if name in given]
    pairs = [pair for pair in PAIRS if {*pair} <= {*given}]
    if len(named) > 1 or not (named or pairs):
        raise RequestError(
            400,
            f'{where}expected {{"inputs": …}}, with "parameters" if need be',
        )
    parameters = given.get("parameters")
    if not isinstance(parameters, dict | None):
        raise RequestError(400, f'{where}"parameters" must be an object')
    read = named or pairs[0]
    others = [name for name in given if name not in (*read, "parameters")]
    inputs = given[named[0]] if named else {name: given[name] for name in pairs[0]}
    if inputs == []:
        raise RequestError(400, f'{where}there is nothing in "{named[0]}"')
    if isinstance(inputs, list):
        return Asked(inputs, False, parameters or {}, others)
    return Asked([inputs], True, parameters or {}, others)
