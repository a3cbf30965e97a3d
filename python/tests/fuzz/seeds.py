"""Inputs to begin with: bodies that are right."""

import gzip
import io
import json
from typing import Any

import numpy as np
import pyarrow
from pyarrow import parquet
from scipy import sparse

ROWS = [[1, 2.5, "02139", True, "flat", "31.01.2024", 1700000000], [-2, None, "", False, "house", "01.02.2024", 5]]
NAMES = ["postal", "price", "zip", "sold", "kind", "when", "count"]
CSV = 'postal,price,zip,sold,kind,when,count\n1,2.5,02139,true,flat,31.01.2024,1700000000\n-2,NA,"",0,,,\n'
NUMBERS = [[1, 2.5, -3e5], [0, 18446744073709551617, 1]]
TENSORS = [{"name": name, "shape": [2, 1], "datatype": "FP32", "data": [1, None]} for name in "abc"]


def written(save: Any, *arguments: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    save(stream, *arguments, **options)
    return stream.getvalue()


def stream(table: Any, compression: str | None = None) -> bytes:
    def save(into: io.BytesIO) -> None:
        options = pyarrow.ipc.IpcWriteOptions(compression=compression)
        with pyarrow.ipc.new_stream(into, table.schema, options=options) as writer:
            writer.write_table(table)

    return written(save)


def objects() -> list[dict[str, Any]]:
    return [dict(zip(NAMES, row, strict=True)) for row in ROWS]


def tables() -> list[Any]:
    columns = dict(zip(NAMES, map(list, zip(*ROWS, strict=True)), strict=True))
    numbers = {name: [1.0, None] for name in "abc"}
    categories = {name: pyarrow.array(["x", "y"]).dictionary_encode() for name in "012"}
    return [pyarrow.table(one) for one in (columns, numbers, categories)]


def of_json() -> list[bytes]:
    split = {"columns": NAMES, "data": ROWS, "index": [0, 1]}
    documents = [
        *(ROWS, NUMBERS, NUMBERS[0], {"instances": objects()}, objects()[0], {"dataframe_split": split}, split),
        *({"inputs": {"a": [1], "b": [2], "c": [3]}}, {"dataframe_records": objects()}, {"data": NUMBERS}),
        *({"inputs": TENSORS, "id": "1"}, ["a text", "another"], [{"features": [1, 2, 3]}]),
    ]
    return [json.dumps(one).encode() for one in documents]


def of_texts() -> list[bytes]:
    pair = {"question": "who?", "context": "me"}
    documents = [{"inputs": "a text", "parameters": {"top_k": 2}}, {"instances": ["a", "b"]}, pair, {"inputs": [pair]}]
    return [json.dumps(one).encode() for one in documents]


def of_questions() -> list[bytes]:
    parameters = {"temperature": 0.5, "top_p": 0.9, "top_k": 4, "seed": 1, "stop": ["x"], "max_new_tokens": 5}
    around = {"stream": True, "stream_options": {"include_usage": True}, "max_tokens": 3, "model": "m"}
    documents = [
        {"inputs": "a text", "parameters": {**parameters, "do_sample": True, "return_full_text": False}},
        {"inputs": ["a", "b"]},
        {"prompt": "a text", **around, "stop": "y"},
        {"messages": [{"role": "user", "content": "hi"}], **around, "repetition_penalty": 1.2},
    ]
    return [json.dumps(one).encode() for one in documents]


# Each for all models and all ways of writing the content type.
ANY = [bytes([number]) for number in range(0, 80, 3)]
HTTP = [
    b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n1,2GET /ping HTTP/1.1\r\n\r\n",
    b"POST /invocations HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX: y\r\nX: z\r\n\r\n3\r\n1,2\r\n0\r\nA: b\r\n\r\n",
    b"GET http://h/ping HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nab",
]


def seeds(target: str) -> list[bytes]:
    """For a name of TARGETS."""
    lines = [b"\n".join(json.dumps(row).encode() for row in rows) for rows in (ROWS, NUMBERS, objects())]
    bodies = {
        "json": of_json,
        "jsonlines": lambda: lines,
        "csv": lambda: [CSV.encode(), b"1,2.5,-3e5\n,0,1\n", b"a,b,c\r\n1,2,3\r\n", b'0,1,2\n"x ""y""",\n'],
        "plain": lambda: [b"a text\r\nanother\n"],
        "x-npy": lambda: [written(np.save, np.array(one)) for one in (NUMBERS, ["a", "bc"], [[True]])],
        "x-npz": lambda: [
            written(sparse.save_npz, sparse.random_array((2, 3), density=0.5, format=kind))
            for kind in ("csr", "csc", "coo", "dia")
        ],
        "libsvm": lambda: [b"1 0:2.5 2:-1e3\n0:1 # x\n2 qid:1 1:nan\n"],
        "vnd.apache.parquet": lambda: [
            written(lambda into, one=one: parquet.write_table(one, into)) for one in tables()
        ],
        "vnd.apache.arrow.stream": lambda: [stream(one, kind) for one in tables() for kind in (None, "zstd")],
        "texts-json": of_texts,
        "texts-jsonlines": lambda: [b"\n".join(of_texts())],
        "texts-csv": lambda: [b"inputs,more\na text,1\n", b"question,context\nwho?,me\n"],
    }
    whole = {
        "questions": of_questions,
        "negotiation": lambda: [b"text/csv; header=present; charset=utf-8\ntext/csv, application/json;q=0.5, */*"],
        "accepted": lambda: [b"text/event-stream, application/json;q=0.5, */*;q=0.1"],
        "gzip": lambda: [gzip.compress(b"1,2\n" * 100)],
        "reader": lambda: [size + one for one in HTTP for size in (b"\0", b"\x05", b"\xff")],
    }
    if target in whole:
        return whole[target]()
    return [first + body for body in bodies[target]() for first in ANY]
