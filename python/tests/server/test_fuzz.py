"""Requests that nobody thought of, 20,000 where there is time: none is answered with a failure, and none harms the server."""

import gzip
import json
import random
import time

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.server.conftest import BOTH, Start
from tests.server.models import Lookup
from tests.talking import Closed, Connection, chunked

pytestmark = BOTH

WHOLE, BROKEN = 40, 10
TOLERANCE_MB = 60

BOMB = gzip.compress(b"[" * 30_000_000)
NPY = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }"
words = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=12)
methods = st.sampled_from(["POST"] * 6 + ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"])
targets = st.sampled_from(
    ["/invocations"] * 8 + ["/ping", "/metrics", "/execution-parameters", "/", "/a?b=%zz", "//x", "*", "http://h/ping"]
)
types = st.sampled_from(
    [
        *("application/json", "text/csv", "application/jsonlines", "application/x-npy", "text/csv; header=present"),
        *("application/json; charset=utf-16", "text/csv;charset=", "application/json;;=", ";", "a/b/c", "text/*"),
        *("*/*", ""),
    ]
) | words.map(lambda word: f"application/json; {word}")
accepts = st.sampled_from(
    ["application/json", "text/csv", "*/*;q=0.5, text/*", "application/x-npy", "a;q=x", ",", "*"]
) | words.map(lambda word: f"text/csv;{word},*/*")
encodings = st.sampled_from(["", "", "", "gzip", "bomb", "GZIP", "br", "identity", "gzip, gzip"])
others = st.dictionaries(
    st.sampled_from(
        ["X-Amzn-SageMaker-Custom-Attributes", "X-Amzn-SageMaker-Inference-Id", "Expect", "Upgrade", "Connection", "TE"]
    ),
    words | st.sampled_from(["upgrade", "keep-alive", "close", "100-continue", "h2c"]),
    max_size=2,
)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([1, 2, 2**70]) | words
rows = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=2), max_leaves=6)  # fmt: skip
bodies = st.one_of(
    st.binary(max_size=60),
    rows.map(lambda value: json.dumps(value).encode()),
    st.lists(st.lists(leaves, min_size=2, max_size=2), max_size=3).map(lambda value: json.dumps({"instances": value}).encode()),
    st.lists(st.tuples(leaves, leaves).map(lambda pair: f"{pair[0]},{pair[1]}"), max_size=3).map(lambda lines: "\n".join(lines).encode()),
    st.binary(min_size=14, max_size=18).map(lambda values: NPY.ljust(127) + b"\n" + values),
    st.sampled_from([b"[[1, 1]]", b"1,1\n2,2", b"[1, 1]\n[2, 2]", b"[[1, 1]", b"{}", b'{"instances": []}', b"\xff\xfe[", b""]),
)  # fmt: skip
ingredients = st.fixed_dictionaries(
    {
        name: st.lists(kind, min_size=3, max_size=3)
        for name, kind in {"method": methods, "target": targets, "type": types, "accept": accepts}.items()
    }
    | {"encoding": st.lists(encodings, min_size=3, max_size=3), "others": others, "seed": st.integers(0, 2**32)}
    | {"body": st.lists(bodies, min_size=4, max_size=4)}
)


def message(of: dict, chance: random.Random) -> tuple[bytes, bool]:
    """A request whose framing is right, whatever is in it; and whether its answer has no body."""
    body, encoding, method = (chance.choice(of["body"]), chance.choice(of["encoding"]), chance.choice(of["method"]))
    if encoding == "bomb":
        body, encoding = (BOMB, "gzip") if chance.random() < 0.05 else (body, "gzip")
    elif encoding and chance.random() < 0.7:
        body = gzip.compress(body)
    headers = dict(of["others"]) | {"Content-Type": chance.choice(of["type"]), "Accept": chance.choice(of["accept"])}
    headers |= {"Content-Encoding": encoding} if encoding else {}
    if chance.random() < 0.2:
        headers["Transfer-Encoding"] = "chunked"
        body = chunked(body, chance.choice([1, 5, 1000]))
    else:
        headers["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {chance.choice(of['target'])} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body, method == "HEAD"


def broken(message: bytes, chance: random.Random) -> bytes:
    """Cut, with a piece changed, or with one more."""
    place = chance.randrange(len(message))
    noise = chance.choice([b"", b"\0", b"\r\n", b"\n", b":", b" ", b"HTTP/1.1", chance.randbytes(8), message[:40]])
    return message[:place] + noise + (message[place + chance.randrange(8) :] if chance.random() < 0.7 else b"")


@pytest.mark.parametrize("examples", [40, pytest.param(400, marks=pytest.mark.all)])
def test_no_request_whatever_fails_or_harms_the_server(start: Start, lookup: Lookup, examples: int) -> None:
    server = start(SERVER_MAX_BODY_MB=2, SERVER_ACCESS_LOG=0).ready()
    sent, statuses = [0], set[int]()

    @settings(max_examples=examples, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(ingredients)
    def ask(of: dict) -> None:
        chance = random.Random(of["seed"])
        connection = Connection(server.port)
        for _ in range(WHOLE // 4):
            group = [message(of, chance) for _ in range(4)]
            sent[0] += len(group)
            try:
                connection.send(b"".join(content for content, _ in group))
                for _, bodiless in group:
                    while (answer := connection.answer(bodiless)).status == 100:
                        pass
                    statuses.add(answer.status)
                    assert answer.status < 500, (answer, group)
                    if answer.headers.get("connection") == "close":
                        raise Closed
            except (Closed, ConnectionError):
                connection.socket.close()
                connection = Connection(server.port)
        connection.socket.close()
        for _ in range(BROKEN):
            with Connection(server.port) as connection:
                sent[0] += 1
                try:
                    connection.send(broken(message(of, chance)[0], chance))
                    connection.finish()
                    while data := connection.socket.recv(65536):
                        assert b"HTTP/1.1 5" not in data, (of, data)
                except ConnectionError:
                    # It may close while more is being sent.
                    pass
        assert server.invoke(lookup.body([1])).predictions == lookup.values([1]), of

    # The first round fills what the server keeps.
    ask()
    warm, started = server.memory, time.monotonic()
    sent[0] = 0
    ask()
    print(f"{sent[0]} requests in {time.monotonic() - started:.0f} s, {warm:.0f} -> {server.memory:.0f} MB, {statuses}")
    assert sent[0] == examples * (WHOLE + BROKEN)
    assert {400, 404, 405, 415} <= statuses
    assert server.memory < warm + TOLERANCE_MB
    assert server.metric("server_worker_deaths_total") == 0
    assert server.ping() == 200
    server.log()
