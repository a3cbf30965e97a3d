"""The categories that a file of XGBoost's names, which both its own format and a pickle hold."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

Levels = dict[int, tuple[Any, ...]]

# Within texts, quotes have a backslash: this is nothing that a user has named so.
NOTED = b'"cats":{'


def booster_levels(raw: bytes | bytearray) -> Levels:
    """Of each column (from 0), its levels in the order of their codes; () where it has none, or they are not known.

    raw: what `save_raw("json")` gives. Empty where the model was trained by a version that
    did not note them (before 3.1), or on codes.
    """
    start = raw.find(NOTED)
    if start < 0:
        return {}
    # Only that part of it: the trees take a hundred times the memory of the file.
    text = raw[start + len(NOTED) - 1 :].decode()
    encodings = json.JSONDecoder().raw_decode(text)[0]["enc"]
    return {index: decoded(one) for index, one in enumerate(encodings)}


def decoded(encoding: Mapping[str, Any]) -> tuple[Any, ...]:
    values: Sequence[Any] = encoding["values"]
    if "offsets" not in encoding:
        return tuple(values)
    # Texts in UTF-8, one after the other; the bytes have a sign. XGBoost cuts off what is not
    # ASCII, in training and in predictions alike: what these levels were is then not known.
    text = bytes(value % 256 for value in values)
    if not text.isascii():
        return ()
    ends: Sequence[int] = encoding["offsets"]
    return tuple(text[start:end].decode() for start, end in pairwise(ends))
