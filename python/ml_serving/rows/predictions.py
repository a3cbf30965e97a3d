"""What predict gave, whatever it is made of, becomes one array with an entry for each row.

Numbers, truth values, texts and dates keep their type. All else is objects: None where there is no value, text, numbers,
truth values, and lists and objects of these.
"""

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from typing import Any

import numpy as np


def entries(given: Any, rows: int) -> np.ndarray:
    """Of shape (rows, …). Raises RuntimeError where it has no entry for each row."""
    predictions = one_array(given)
    if predictions.ndim == 0 or len(predictions) != rows:
        shape = f" of shape {predictions.shape}" if predictions.ndim else ""
        what = "None" if given is None else f"{type(given).__name__}{shape}"
        raise RuntimeError(
            f"predict gave {what}; it takes an entry for each of {rows} rows"
        )
    return settled(predictions)


def one_array(given: Any) -> np.ndarray:
    if hasattr(given, "toarray"):
        # A sparse matrix of scipy's: that of a classifier of several labels.
        return np.asarray(given.toarray())
    if np.ma.isMaskedArray(given):
        array = np.asarray(given, dtype=object)
        array[np.ma.getmaskarray(given)] = None
        return array
    if type(given).__module__.partition(".")[0] == "pandas":
        given = exact(given)
    try:
        array = np.asarray(given)
    except ValueError:
        # Lists of different lengths.
        array = np.empty(len(given), dtype=object)
        array[:] = list(given)
    if isinstance(given, list | tuple) and array.dtype.kind in "fUS":
        # Beside text numpy makes text of numbers, and beside fractions it rounds large whole numbers.
        own = np.asarray(given, dtype=object)
        return array if (own == array.astype(object)).all() else own
    return array


def exact(given: Any) -> Any:
    """A series or data frame of pandas, of which numpy would round whole numbers beside fractions or missing ones."""
    types = set(getattr(given, "dtypes", []) if given.ndim == 2 else [given.dtype])
    alike = len(types) == 1 and all(isinstance(one, np.dtype) for one in types)
    return given if alike else given.astype(object)


def settled(predictions: np.ndarray) -> np.ndarray:
    """With values of types that encoders know, in the machine's order of bytes."""
    kind = predictions.dtype.kind
    if kind == "f" and predictions.dtype.itemsize > 8:
        return predictions.astype(np.float64)
    if kind in "biufMU":
        if predictions.dtype.isnative:
            return predictions
        return predictions.astype(predictions.dtype.newbyteorder("="))
    if kind == "O" and set(map(type, predictions.ravel().tolist())) <= PLAIN:
        return predictions
    values = np.empty(predictions.size, dtype=object)
    values[:] = [settled_value(value) for value in predictions.flat]
    return values.reshape(predictions.shape)


# Types of values that stay as they are.
PLAIN = {str, bool, int, type(None)}


def settled_value(value: Any) -> object:
    """A value that was in an array of objects."""
    if type(value) in PLAIN:
        return value
    # pandas' own for no value: named here, since most models need no pandas.
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    for types, settle in SETTLED:
        if isinstance(value, types):
            return settle(value)
    return str(value)


def number(value: Any) -> object:
    """Among objects, NaN is how numpy and pandas say that there is no value."""
    if np.isnan(value):
        return None
    return float(value) if type(value) is np.longdouble else value


def duration(value: Any) -> object:
    """ISO 8601, in seconds."""
    seconds = value / timedelta(seconds=1)
    if np.isnan(seconds):
        return None
    return f"PT{seconds:.9f}".rstrip("0").rstrip(".") + "S"


def iso_text(moment: Any) -> str:
    """ISO 8601, without zeros at the end of a second's fraction."""
    text = str(moment)
    return text.rstrip("0").rstrip(".") if "." in text else text


# What becomes of the others, by type: the first that fits counts.
SETTLED: tuple[tuple[type | tuple[type, ...], Callable[[Any], object]], ...] = (
    ((float, np.floating), number),
    (bytes, lambda value: value.decode(errors="backslashreplace")),
    ((np.bool_, np.void), lambda value: settled_value(value.item())),
    ((np.ndarray, list, tuple), lambda value: [settled_value(one) for one in value]),
    (
        Mapping,
        lambda value: {str(name): settled_value(one) for name, one in value.items()},
    ),
    (np.datetime64, lambda value: None if np.isnat(value) else iso_text(value)),
    ((np.timedelta64, timedelta), duration),
    ((date, time), lambda value: value.isoformat()),
    ((np.integer, str, int), lambda value: value),
)
