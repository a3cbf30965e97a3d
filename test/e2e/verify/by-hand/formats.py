"""Content types: reading rows, writing predictions, and which of them is wanted."""

import json
import struct
from collections.abc import Callable


class Refused(Exception):
    """A request that cannot be answered: a status and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def read_json(body: bytes) -> list:
    return json.loads(body)["instances"]


def read_csv(body: bytes) -> list:
    return [[float(field) for field in line.split(",")] for line in body.decode().splitlines()]


def read_json_lines(body: bytes) -> list:
    return [json.loads(line) for line in body.splitlines()]


def read_npy(body: bytes) -> list:
    end = 10 + struct.unpack("<H", body[8:10])[0]
    head = body[10:end].decode("latin1")
    if not body.startswith(b"\x93NUMPY") or "'<f8'" not in head:
        raise ValueError("not an array of float64")
    count, width = (int(n) for n in head.split("(")[1].split(")")[0].split(","))
    values = struct.unpack(f"<{count * width}d", body[end:])
    return [list(values[row * width : (row + 1) * width]) for row in range(count)]


DECODERS: dict[str, Callable[[bytes], list]] = {
    "application/json": read_json,
    "text/csv": read_csv,
    "application/jsonlines": read_json_lines,
    "application/x-npy": read_npy,
}

ENCODERS: dict[str, Callable[[list], str]] = {
    "application/json": lambda predictions: json.dumps({"predictions": predictions}),
    "text/csv": lambda predictions: "".join(f"{p}\n" for p in predictions),
    "application/jsonlines": lambda predictions: "".join(f"{json.dumps(p)}\n" for p in predictions),
}


def decode(body: bytes, content_type: str | None, width: int) -> list[list[float]]:
    decoder = DECODERS.get(media_type(content_type or "application/json"))
    if decoder is None:
        raise Refused(415, f"cannot read this; send one of {', '.join(DECODERS)}")
    if not body:
        raise Refused(400, "the body is empty")
    try:
        rows = decoder(body)
        rows = [[float(value) for value in row] for row in rows]
    except (ValueError, TypeError, KeyError, IndexError, struct.error) as error:
        raise Refused(400, f"cannot read the body: {type(error).__name__}") from error
    if any(len(row) != width for row in rows):
        raise Refused(400, f"each row needs {width} values")
    return rows


def media_type(header: str) -> str:
    return header.split(";")[0].strip().lower()


def choose_encoder(accept: str) -> str:
    """The content type of the answer: the heaviest that we can write."""
    wanted = []
    for part in accept.split(","):
        _, _, weight = part.partition(";q=")
        wanted.append((float(weight or 1), media_type(part)))
    for _, name in sorted(wanted, key=lambda pair: -pair[0]):
        if name in ENCODERS:
            return name
        if name == "*/*":
            return "application/json"
    raise Refused(406, f"cannot write this; accept one of {', '.join(ENCODERS)}")
