"""The text/libsvm content type: `label index:value …`, a row a line.

The label may be left out. Indices start at 0, as XGBoost reads such files by default,
and a feature that is not named is missing.
"""

from collections.abc import Mapping

import numpy as np

from ml_serving.errors import RequestError
from ml_serving.rows.columns.table import Rows
from ml_serving.rows.columns.words import number_of
from ml_serving.rows.features import Features
from ml_serving.rows.forms.lengths import check_size
from ml_serving.worker.negotiation import RequestType
from ml_serving.worker.text import decode_charset


def decode_libsvm(
    body: bytes, parameters: Mapping[str, str], features: Features
) -> Rows:
    """Takes and returns what every decoder does (see decoders.py)."""
    lines = decode_charset(body, parameters).split("\n")
    lines = [words for line in lines if (words := line.partition("#")[0].split())]
    check_size(len(lines), features.count or 0)
    rows = np.full((len(lines), features.count or 0), np.nan)
    for number, words in enumerate(lines, start=1):
        for word in words:
            name, colon, value = word.partition(":")
            # The label, and the group that rankers are trained with.
            if name == "qid" or (not colon and word is words[0]):
                continue
            try:
                rows[number - 1, place(name)] = as_number(value)
            except (ValueError, IndexError) as error:
                raise RequestError(
                    400,
                    f"row {number}: {word!r} is not index:value with an index from 0 to "
                    f"{rows.shape[1] - 1}",
                ) from error
    return features.numbers(rows)


def as_number(word: str) -> float:
    if (number := number_of(word)) is None:
        raise ValueError(word)
    return number


def place(name: str) -> int:
    # int() would take -1 and 1_0 too.
    if not (name.isascii() and name.isdigit() and len(name) < 10):
        raise ValueError(name)
    return int(name)


SHAPE = "a line: `label index:value …`, the label optional, indices from 0, absent features missing"
LIBSVM = (
    RequestType("text/libsvm", decode_libsvm, SHAPE, "payload.libsvm", "text/csv"),
    RequestType("text/x-libsvm", decode_libsvm, SHAPE, None, "text/csv"),
)
