"""Answers become a body, content type by content type.

Every encoder takes what was asked, the answer to each of its inputs, and whether the
answer to a single input comes in a list all the same.
"""

from typing import Any

import orjson

from ml_serving.texts.decoders import Asked


def encode_json(asked: list[Asked], answers: list[list[Any]], in_list: bool) -> bytes:
    """The answer to a single input, or a list of one for each."""
    if len(asked) == 1:
        return to_json(shaped(asked[0], answers[0], in_list))
    return to_json(
        [shaped(*pair, in_list) for pair in zip(asked, answers, strict=True)]
    )


def encode_json_lines(
    asked: list[Asked], answers: list[list[Any]], in_list: bool
) -> bytes:
    """A line for each line that came, or for each input if all came together."""
    if len(asked) == 1:
        lines = answers[0]
    else:
        lines = [shaped(*pair, in_list) for pair in zip(asked, answers, strict=True)]
    return b"".join(to_json(line) + b"\n" for line in lines)


def shaped(asked: Asked, answers: list[Any], in_list: bool) -> Any:
    listed = in_list and "top_k" not in asked.parameters
    return answers[0] if asked.single and not listed else answers


def to_json(document: Any) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
