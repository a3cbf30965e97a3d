"""What requests with texts may come in, and what their answers go out in."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ml_serving.texts.decoders import (
    Asked,
    decode_csv,
    decode_json,
    decode_json_lines,
    decode_text,
)
from ml_serving.texts.encoders import encode_json, encode_json_lines
from ml_serving.worker.negotiation import RequestType, ResponseType

# From a body and the parameters of its Content-Type to what is asked.
Decode = Callable[[bytes, Mapping[str, str]], Iterable[Asked]]
# From what was asked and the answers to a body: see encoders.py.
Encode = Callable[[list[Asked], list[list[Any]], bool], bytes]

REQUEST_TYPES: tuple[RequestType[Decode], ...] = (
    RequestType(
        "application/json",
        decode_json,
        '`{"inputs": …, "parameters": {…}}`: one input or a list of them; `instances` and `data` are other names for '
        '`inputs`, and an input of two texts may come as it is: `{"question": …, "context": …}`',
        "payload.json",
    ),
    RequestType(
        "application/jsonlines",
        decode_json_lines,
        "the same, one a line",
        "payload.jsonl",
        "application/jsonlines",
    ),
    RequestType(
        "text/csv",
        decode_csv,
        "an input a line, below a line that names the columns: `inputs`, or `question,context`",
        answered_in_batch="application/jsonlines",
    ),
    RequestType("text/plain", decode_text, "the body is one text", "payload.txt"),
)
# The last one is the answer to a caller who does not mind.
RESPONSE_TYPES: tuple[ResponseType[Encode], ...] = (
    ResponseType("application/jsonlines", encode_json_lines),
    ResponseType("application/json", encode_json),
)
