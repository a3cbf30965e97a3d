"""Predictions become the body of an answer, content type by content type.

Every encoder takes an array with one entry for each row of the request: of shape (rows,)
or, for class probabilities and several outputs, (rows, columns).
"""

import csv
import io

import numpy as np
import orjson


def encode_json(predictions: np.ndarray) -> bytes:
    """{"predictions": […]}. NaN and infinity, which JSON lacks, become null."""
    return to_json({"predictions": plain(predictions)})


def encode_json_lines(predictions: np.ndarray) -> bytes:
    """{"prediction": …}, one line for each row."""
    lines = [to_json({"prediction": plain(value)}) for value in predictions]
    return b"\n".join(lines) + b"\n"


def encode_csv(predictions: np.ndarray) -> bytes:
    """One line for each row, without a header."""
    rows = predictions.reshape(len(predictions), -1)
    if rows.dtype.kind in "iuf" and rows.shape[1] and np.isfinite(rows).all():
        # As JSON, which is written several times faster, and looks nearly the same.
        return to_json(plain(rows))[2:-2].replace(b"],[", b"\n") + b"\n"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def encode_npy(predictions: np.ndarray) -> bytes:
    """numpy.save's format, never pickled: labels that are objects become text."""
    if predictions.dtype.kind == "O":
        predictions = predictions.astype(str)
    stream = io.BytesIO()
    np.save(stream, predictions, allow_pickle=False)
    return stream.getvalue()


def to_json(document: object) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)


def plain(value: np.ndarray | np.generic | str | float | None) -> object:
    """What the JSON library takes: arrays of numbers as they are, all else as lists."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return np.ascontiguousarray(value)
    # A label from an array of objects is a plain Python value already.
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
