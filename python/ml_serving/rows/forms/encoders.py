"""Predictions become the body of an answer, content type by content type.

Every encoder takes an array with one entry for each row of the request, of values as predictions.py leaves them: of
shape (rows,) or, for class probabilities and several outputs, (rows, columns). A number looks the same in all of them.
"""

import csv
import io
from typing import Any, cast

import numpy as np
import orjson

from ml_serving.rows.predictions import iso_text
from ml_serving.settings import settings


def encode_json(predictions: np.ndarray, classes: object = None) -> bytes:
    """{"predictions": […]}, or the list alone. NaN and infinity, which JSON lacks, become null.

    classes: what each column of probabilities is for, which is then said beside them.
    """
    listed = plain(predictions)
    if settings.bare_list:
        return to_json(listed)
    if classes is None:
        return to_json({"predictions": listed})
    return to_json({"predictions": listed, "classes": classes})


def encode_json_lines(predictions: np.ndarray) -> bytes:
    """{"prediction": …}, one line for each row."""
    lines = [to_json({"prediction": value}) for value in plain(predictions)]
    return b"\n".join(lines) + b"\n"


def encode_csv(predictions: np.ndarray) -> bytes:
    """One line for each row, without a header. Text has quotes where it needs them, and nothing stands for no value."""
    rows = predictions.reshape(len(predictions), -1)
    if rows.dtype.kind in "iuf" and rows.shape[1] and np.isfinite(rows).all():
        # As JSON, which is written several times faster.
        return to_json(plain(rows))[2:-2].replace(b"],[", b"\n") + b"\n"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(fields(rows).tolist())
    return text.getvalue().encode()


def encode_npy(predictions: np.ndarray) -> bytes:
    """numpy.save's format, never pickled: objects become text, as in CSV."""
    if predictions.dtype.kind == "O":
        predictions = fields(predictions).astype(str)
    stream = io.BytesIO()
    np.save(stream, predictions, allow_pickle=False)
    return stream.getvalue()


# Values whose text CSV has as it is.
AS_TEXT = (str, np.str_, bool, np.bool_)


def fields(predictions: np.ndarray) -> np.ndarray:
    """The texts that CSV has for values."""
    texts = [field(value) for value in plain(predictions.ravel())]
    return np.array(texts, dtype=object).reshape(predictions.shape)


def field(value: Any) -> str:
    if value is None:
        return ""
    if type(value) in AS_TEXT or value in (np.inf, -np.inf):
        return str(value)
    text = to_json(value).decode()
    # JSON lacks NaN.
    return "nan" if text == "null" else text


def to_json(document: object) -> bytes:
    try:
        return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
    except orjson.JSONEncodeError:
        return orjson.dumps(with_long(document), option=orjson.OPT_SERIALIZE_NUMPY)


def with_long(value: object) -> object:
    """A document in which whole numbers may have more than the 64 bits that the JSON library takes."""
    if isinstance(value, list):
        return [with_long(one) for one in cast("list[object]", value)]
    if isinstance(value, dict):
        document = cast("dict[str, object]", value)
        return {name: with_long(one) for name, one in document.items()}
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return orjson.Fragment(str(value))
    return value


def plain(predictions: np.ndarray) -> Any:
    """What the JSON library takes: arrays of numbers as they are, all else as lists."""
    kind = predictions.dtype.kind
    if kind in "biuf":
        return np.ascontiguousarray(predictions)
    if kind == "M":
        texts = [None if np.isnat(one) else iso_text(one) for one in predictions.flat]
        predictions = np.array(texts, dtype=object).reshape(predictions.shape)
    return predictions.tolist()
