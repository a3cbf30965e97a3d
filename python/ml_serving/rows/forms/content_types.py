"""What requests with rows may come in, and what their answers go out in."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ml_serving.rows.columns.table import Rows
from ml_serving.rows.features import Features
from ml_serving.rows.forms.arrow_decoders import (
    decode_arrow,
    decode_parquet,
    has_pyarrow,
)
from ml_serving.rows.forms.csv_decoder import decode_csv
from ml_serving.rows.forms.decoders import (
    decode_json,
    decode_json_lines,
    decode_npy,
    decode_text,
)
from ml_serving.rows.forms.encoders import (
    encode_csv,
    encode_json,
    encode_json_lines,
    encode_npy,
)
from ml_serving.rows.forms.examples import (
    arrow_body,
    csv_body,
    json_body,
    json_lines_body,
    npy_body,
    parquet_body,
    text_body,
)
from ml_serving.rows.forms.npz_decoder import decode_npz, takes_sparse
from ml_serving.worker.negotiation import RequestType, ResponseType

# From a body, the parameters of its Content-Type and the model's features to rows (see decoders.py); a handler's own
# may also return a (rows, features) array of numbers.
Decode = Callable[[bytes, Mapping[str, str], Features], "Rows | np.ndarray[Any, Any]"]
# From predictions, one for each row, to a body.
Encode = Callable[["np.ndarray[Any, Any]"], bytes]

ARROW = "a row of the table; needs a line with `pyarrow` in requirements.txt"

REQUEST_TYPES: tuple[RequestType[Decode], ...] = (
    RequestType(
        "application/json",
        decode_json,
        'a list, or an object with feature names, in `[…]`, `{"instances": […]}`, `{"inputs": […]}` or `{"data": […]}`; '
        "one object alone; MLflow's `dataframe_split` and `dataframe_records`; tensors as KServe has them",
        "payload.json",
        example=json_body,
    ),
    RequestType(
        "text/csv",
        decode_csv,
        "a line; a first line of feature names is understood, an empty field is a missing value",
        "payload.csv",
        "text/csv",
        example=csv_body,
    ),
    RequestType(
        "application/jsonlines",
        decode_json_lines,
        "a line: a JSON list, or an object with feature names",
        "payload.jsonl",
        "application/jsonlines",
        example=json_lines_body,
    ),
    RequestType(
        "application/x-npy",
        decode_npy,
        "a row of the array (`numpy.save`): numbers, or texts of a fixed length",
        "payload.npy",
        example=npy_body,
    ),
    RequestType(
        "application/x-npz",
        decode_npz,
        "a row of a sparse matrix (`scipy.sparse.save_npz`); with XGBoost, what it leaves out is missing",
        fits=takes_sparse,
    ),
    RequestType(
        "text/plain",
        decode_text,
        "a line, for models whose rows are texts",
        answered_in_batch="application/jsonlines",
        example=text_body,
        fits=lambda features: features.is_text,
    ),
    RequestType(
        "application/vnd.apache.parquet",
        decode_parquet,
        ARROW,
        example=parquet_body,
        fits=has_pyarrow,
    ),
    RequestType(
        "application/vnd.apache.arrow.stream",
        decode_arrow,
        ARROW,
        example=arrow_body,
        fits=has_pyarrow,
    ),
)
# The last one is the answer to a caller who does not mind.
RESPONSE_TYPES: tuple[ResponseType[Encode], ...] = (
    ResponseType("application/x-npy", encode_npy),
    ResponseType("application/jsonlines", encode_json_lines),
    ResponseType("text/csv", encode_csv),
    ResponseType("application/json", encode_json),
)
