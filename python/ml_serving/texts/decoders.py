"""Request bodies become questions to the model, content type by content type.

Every decoder takes the body and the parameters of its Content-Type, and returns a list of
Asked. It raises RequestError.
"""

from collections.abc import Mapping
from typing import NamedTuple

from ml_serving.documents import Json
from ml_serving.errors import RequestError
from ml_serving.worker.text import decode_charset, parse_json


class Asked(NamedTuple):
    """One or several inputs with the same parameters.

    single: the one input came without a list, and so goes its answer.
    """

    inputs: list[Json]
    single: bool
    parameters: dict[str, Json]


def decode_json(body: bytes, header: Mapping[str, str]) -> list[Asked]:
    """{"inputs": …, "parameters": {…}}"""
    if "charset" in header:
        return [asked(parse_json(decode_charset(body, header), "the body"))]
    return [asked(parse_json(body, "the body"))]


def decode_json_lines(body: bytes, header: Mapping[str, str]) -> list[Asked]:
    """The same, one a line."""
    # Not splitlines(): that cuts at characters which JSON texts may hold.
    lines = decode_charset(body, header).split("\n")
    documents = [
        asked(parse_json(line, f"line {number}"), f"line {number}: ")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not documents:
        raise RequestError(400, "there is no line in the body")
    return documents


def decode_text(body: bytes, header: Mapping[str, str]) -> list[Asked]:
    """The body is one text."""
    if not body:
        raise RequestError(400, "the body is empty")
    return [Asked([decode_charset(body, header)], True, {})]


def asked(document: Json, where: str = "") -> Asked:
    if not isinstance(document, dict) or "inputs" not in document:
        raise RequestError(
            400, f'{where}expected {{"inputs": …}}, with "parameters" if need be'
        )
    unknown = sorted(document.keys() - {"inputs", "parameters"})
    if unknown:
        raise RequestError(
            400, f'{where}"{unknown[0]}" is neither "inputs" nor "parameters"'
        )
    parameters = document.get("parameters")
    if not isinstance(parameters, dict | None):
        raise RequestError(400, f'{where}"parameters" must be an object')
    inputs = document["inputs"]
    if inputs == []:
        raise RequestError(400, f'{where}there is nothing in "inputs"')
    if isinstance(inputs, list):
        return Asked(inputs, False, parameters or {})
    return Asked([inputs], True, parameters or {})
