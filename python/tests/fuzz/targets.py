"""What reads what clients send: each takes any bytes, and may refuse them, but by RequestError alone.

What is imported here is watched by the fuzzer (see run.py), line by line.
"""

from collections.abc import Callable
from typing import Any

from ml_serving.errors import RequestError
from ml_serving.rows.columns.schema import read_columns
from ml_serving.rows.features import Features
from ml_serving.rows.forms import content_types as rows
from ml_serving.server.reader import RequestReader
from ml_serving.server.shared import Shared
from ml_serving.texts import decoders as texts
from ml_serving.worker.negotiation import Negotiation
from ml_serving.worker.text import CHARSETS
from ml_serving.worker.unpacking import unpacked
from ml_serving.xgboost.libsvm import decode_libsvm

NAMES = ["postal", "price", "zip", "sold", "kind", "when", "count"]
DECLARED = read_columns(
    {
        "columns": [
            {"name": "postal", "type": "int8"},
            {"name": "price", "type": "float32", "required": False},
            {"name": "zip", "type": "str"},
            {"name": "sold", "type": "bool", "required": False},
            {"name": "kind", "type": "category", "categories": ["flat", "house"], "required": False},
            {"name": "when", "type": "datetime64[ns]", "format": "%d.%m.%Y", "required": False},
            {"name": "count", "type": "datetime64[us, UTC]", "unit": "s", "required": False},
        ]
    },
    "the schema",
)
MODELS = (
    Features(3),
    Features(3, ["a", "b", "c"], absent=float("nan")),
    Features(3, ["0", "1", "2"], text=True, form="frame"),
    Features(len(NAMES), NAMES, columns=DECLARED, form="frame"),
    Features(),
    Features(text=True, form="frame"),
    Features(1, form="texts"),
    Features(form="dicts", own_code=True),
)
PARAMETERS = ({}, {"header": "present"}, {"header": "absent"}, *({"charset": one} for one in CHARSETS))


def of_rows(decode: Any) -> Callable[[bytes], None]:
    """The first byte says for which model, and how the content type is written."""

    def read(data: bytes) -> None:
        chosen, body = data[:1] or b"\0", data[1:]
        features = MODELS[chosen[0] % len(MODELS)]
        parameters = PARAMETERS[chosen[0] // len(MODELS) % len(PARAMETERS)]
        given = decode(body, parameters, features)
        assert len(given) > 0
        for table in given.tables:
            features.ready(table)

    return read


def of_texts(decode: Any) -> Callable[[bytes], None]:
    def read(data: bytes) -> None:
        parameters = PARAMETERS[(data[:1] or b"\0")[0] % len(PARAMETERS)]
        # Lines are read when they are asked for.
        assert list(decode(data[1:], parameters))

    return read


def reader(data: bytes) -> None:
    """The first byte says how large the pieces are that the rest comes in."""
    size = (data[:1] or b"\1")[0] + 1
    shared = Shared(lambda request: None)
    connection = RequestReader(shared, shared.release)
    for start in range(1, len(data), size):
        connection.feed(data[start : start + size])
    connection.end()


def negotiation(data: bytes) -> None:
    """What the headers of a request say."""
    types = Negotiation(rows.REQUEST_TYPES, rows.RESPONSE_TYPES, features=MODELS[0])
    kind, _, accept = data.partition(b"\n")
    decode, parameters, in_batch = types.decoder(kind)
    assert callable(decode) and parameters is not None
    types.encoder(accept, in_batch)


def packed(data: bytes) -> None:
    unpacked(data, b"gzip")


Target = Callable[[bytes], None]
TARGETS: dict[str, Target] = {
    **{one.name.rpartition("/")[2]: of_rows(one.decode) for one in rows.REQUEST_TYPES},
    "libsvm": of_rows(decode_libsvm),
    "texts-json": of_texts(texts.decode_json),
    "texts-jsonlines": of_texts(texts.decode_json_lines),
    "texts-csv": of_texts(texts.decode_csv),
    "negotiation": negotiation,
    "gzip": packed,
    "reader": reader,
}
STATUSES = (400, 406, 413, 415)


def tried(target: Callable[[bytes], None], data: bytes) -> None:
    try:
        target(data)
    except RequestError as error:
        assert error.status in STATUSES, error
        assert error.message
