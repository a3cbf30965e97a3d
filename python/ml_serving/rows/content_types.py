"""What requests with rows may come in, and what their answers go out in."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ml_serving.rows.csv_decoder import decode_csv
from ml_serving.rows.decoders import decode_json, decode_json_lines, decode_npy
from ml_serving.rows.encoders import (
    encode_csv,
    encode_json,
    encode_json_lines,
    encode_npy,
)
from ml_serving.rows.features import Features
from ml_serving.rows.table import Rows
from ml_serving.worker.negotiation import RequestType, ResponseType

# From a body, the parameters of its Content-Type and the model's features to rows (see decoders.py); a handler's own
# may also return a (rows, features) array of numbers.
Decode = Callable[[bytes, Mapping[str, str], Features], "Rows | np.ndarray[Any, Any]"]
# From predictions, one for each row, to a body.
Encode = Callable[["np.ndarray[Any, Any]"], bytes]

REQUEST_TYPES: tuple[RequestType[Decode], ...] = (
    RequestType(
        "application/json",
        decode_json,
        'a list, or an object with feature names, in `[…]`, `{"instances": […]}` or `{"inputs": […]}`',
        "payload.json",
    ),
    RequestType(
        "text/csv",
        decode_csv,
        "a line; a first line of feature names is understood, an empty field is a missing value",
        "payload.csv",
        "text/csv",
    ),
    RequestType(
        "application/jsonlines",
        decode_json_lines,
        "a line: a JSON list, or an object with feature names",
        "payload.jsonl",
        "application/jsonlines",
    ),
    RequestType(
        "application/x-npy",
        decode_npy,
        "a row of the array (`numpy.save`), numbers only",
        "payload.npy",
    ),
)
# The last one is the answer to a caller who does not mind.
RESPONSE_TYPES: tuple[ResponseType[Encode], ...] = (
    ResponseType("application/x-npy", encode_npy),
    ResponseType("application/jsonlines", encode_json_lines),
    ResponseType("text/csv", encode_csv),
    ResponseType("application/json", encode_json),
)
