"""What bodies cost that are made to cost much: a request at the limit takes so many times its bytes of memory, and is
refused for its first rows before the others are read."""

import gzip
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from ml_serving.rows.forms.csv_decoder import decode_csv
from ml_serving.server.jobs import Job
from ml_serving.server.request import Request
from ml_serving.settings import Settings
from tests.peak import peak_of
from tests.rows.asking import answer_to, serving
from tests.rows.test_bodies import npy_like, unnamed

# What docs/requests.md says.
TIMES = 50
LIMIT_MB = 4
LIMIT = LIMIT_MB * 1024 * 1024

X = np.random.default_rng(0).normal(size=(60, 3))
frame = pd.DataFrame({"zip": ["a", "b", "c"] * 20, "size": X[:, 0], "new": [True, False, True] * 20})
encoder = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["zip", "new"]), remainder="passthrough")
numbers = serving(LinearRegression().fit(X, X[:, 0]))
names = serving(LinearRegression().fit(pd.DataFrame(X, columns=["a", "b", "c"]), X[:, 0]))
single = serving(LinearRegression().fit(X[:, :1], X[:, 0]))
mixed = serving(make_pipeline(encoder, LinearRegression()).fit(frame, X[:, 0]))
texts = serving(make_pipeline(CountVectorizer(), LinearRegression()).fit(["aa bb", "cc dd"] * 30, X[:, 0]))
ALL = {"numbers": numbers, "names": names, "single": single, "mixed": mixed, "texts": texts}


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(Settings, "max_body_bytes", LIMIT)
    yield


def full(unit: bytes, start: bytes = b"", end: bytes = b"", between: bytes = b"") -> bytes:
    """A body of the largest size, of equal parts."""
    count = (LIMIT - len(start) - len(end)) // len(unit + between)
    return start + between.join([unit] * count) + end


def json_of(unit: bytes) -> tuple[str, bytes]:
    return "application/json", full(unit, b"[", b"]", b",")


BODIES = {
    "commas": ("text/csv", full(b",")),
    "a row, then commas": ("text/csv", full(b",", b"1,2,3\n")),
    "empty fields": ("text/csv", full(b",,\n")),
    "blank lines": ("text/csv", full(b"\n")),
    "words": ("text/csv", full(b"a\n")),
    "digits": ("text/csv", full(b"1\n")),
    "words, and line ends of old": ("text/csv", full(b"a\r")),
    "digits, and line ends of old": ("text/csv", full(b"1\r")),
    "blank lines of old": ("text/csv", full(b"\r", b"1,2,3\n")),
    "words in columns": ("text/csv", full(b"a,b,c\n")),
    "a text, a number, a truth value": ("text/csv", full(b"ab,1.5,True\n")),
    "quotes": ("text/csv", full(b'"')),
    "empty texts": ("text/csv", full(b'"",')),
    "empty lists": json_of(b"[]"),
    "empty objects": json_of(b"{}"),
    "small objects": json_of(b'{"a":1}'),
    "small lists": json_of(b"[1]"),
    "small texts": json_of(b'"a"'),
    "lists of texts": json_of(b'["a"]'),
    "rows": json_of(b"[1,2,3]"),
    "JSON lines": ("application/jsonlines", full(b"[]\n")),
    "JSON lines of digits": ("application/jsonlines", full(b"1\n")),
    "texts": ("text/plain", full(b"a\n")),
    "empty lines of text": ("text/plain", full(b"\n")),
    "NPY": ("application/x-npy", npy_like("<f8", (LIMIT // 32, 3), bytes(LIMIT // 32 * 24))),
}


def asked(predictor: Any, content_type: str, body: bytes) -> int:
    return answer_to(predictor, body, content_type).status


@pytest.mark.parametrize("predictor", [pytest.param(one, marks=pytest.mark.all) for one in ALL if one != "mixed"] + ["mixed"])  # fmt: skip
@pytest.mark.parametrize("body", BODIES)
def test_no_body_takes_more_memory_than_the_docs_say(predictor: str, body: str) -> None:
    status, grown = peak_of(lambda: asked(ALL[predictor], *BODIES[body]))
    print(f"{body}: {status}, {grown / LIMIT_MB:.0f} times the body")
    assert status in (200, 400, 413, 415)
    assert grown < TIMES * LIMIT_MB


@pytest.mark.parametrize(
    ("predictor", "content_type", "body", "says"),
    [
        (numbers, "text/csv", full(b","), "row 1 has 4194305 features, expected 3"),
        (single, "text/csv", full(b"abcdefgh\n"), "row 1, feature 1: 'abcdefgh' is not a number"),
        (numbers, "text/csv", full(b"words,of,many\n"), "row 1, feature 1: 'words' is not a number"),
        (numbers, "application/jsonlines", full(b'["words",1,2]\n'), "row 1, feature 1: 'words' is not a number"),
        (numbers, "application/jsonlines", full(b"[1,2,3,4,5]\n"), "row 1 has 5 features, expected 3"),
    ],
)
def test_what_is_wrong_with_the_first_rows_is_said_before_the_others_are_read(
    predictor: Any, content_type: str, body: bytes, says: str
) -> None:
    for packed, encoding in ((body, None), (gzip.compress(body), "gzip")):
        started = time.process_time()
        answer = answer_to(predictor, packed, content_type, encoding=encoding)
        assert (answer.status, says in answer.body.decode()) == (400, True), answer.body
        # Reading all of them takes several seconds.
        assert time.process_time() - started < 1


def test_more_values_than_can_be_held_are_refused_before_they_are_read() -> None:
    for predictor, content_type, body in (
        (mixed, "text/csv", full(b"a,,\n")),
        (mixed, "text/csv", full(b",", b"a,2,true\n")),
        (numbers, "text/csv", full(b",", b"1,2,3\n")),
        (texts, "text/csv", full(b"a\n")),
        (texts, "text/plain", full(b"\n")),
        (single, "text/csv", full(b"1\r")),
        (single, "text/csv", full(b"\r", b"1\n")),
        (texts, "text/csv", full(b"a\r")),
        (single, "application/jsonlines", full(b"1\n")),
    ):
        answer = answer_to(predictor, body, content_type)
        assert (answer.status, b"more than 1048576 values" in answer.body) == (413, True), answer.body


def test_plain_numbers_may_be_as_many_as_the_body_holds() -> None:
    for content_type, body in (("text/csv", full(b"1\n")), ("text/csv; header=present", full(b"1\n", b"a\n"))):
        answer = answer_to(single, body, content_type)
        assert (answer.status, answer.rows) == (200, body.count(b"1")), answer.body[:200]


def test_csv_of_numbers_costs_little_more_than_to_parse_them() -> None:
    body = "\n".join(",".join(map(str, row)) for row in X.round(4).repeat(17, axis=0)).encode()

    def parse() -> Any:
        return np.array(orjson.loads(b"[" + body.replace(b"\n", b",") + b"]"), dtype=np.float64)

    def decode() -> Any:
        return decode_csv(body, {}, numbers.features)

    assert least_seconds(decode) < 1.7 * least_seconds(parse)


def least_seconds(work: Callable[[], object]) -> float:
    taken: list[float] = []
    for _ in range(50):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)


def test_lines_may_end_in_any_of_the_three_ways() -> None:
    for end in (b"\n", b"\r\n", b"\r"):
        answer = answer_to(numbers, (b"1,2,3" + end) * 12_000, "text/csv")
        assert (answer.status, answer.rows) == (200, 12_000), answer.body[:200]


def job(body: bytes, **headers: str) -> Job:
    request = Request()
    request.body = body
    request.headers = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return Job(request, lambda *_: None)


def test_a_packed_body_counts_as_what_it_unpacks_to() -> None:
    body = b"1,2,3\n" * 400_000
    packed = gzip.compress(body)
    for encoding in ("gzip", "X-GZIP"):
        assert job(packed, content_encoding=encoding).size == len(body)
        assert job(packed, content_encoding=encoding).large
    assert job(packed).size == len(packed)
    assert job(packed[:2], content_encoding="gzip").size > 0


def test_a_packed_body_that_lies_of_its_size_is_refused_unread() -> None:
    packed = gzip.compress(full(b"1,2,3\n"))
    started = time.process_time()
    answer = answer_to(numbers, packed[:-4] + (5).to_bytes(4, "little"), "text/csv", encoding="gzip")
    assert (answer.status, b"not gzip" in answer.body) == (400, True)
    assert time.process_time() - started < 0.2


@pytest.mark.parametrize("size", [2**31, 2**62, 2**63 - 1, 2**63, 2**64, 10**30])
@pytest.mark.parametrize("kind", ["<f8", "<U3", "|b1"])
def test_an_empty_array_of_an_impossible_shape_is_a_400(size: int, kind: str) -> None:
    for shape in ((size,), (0, size), (size, 0), (0, size, size), (0,) * 70):
        assert asked(unnamed, "application/x-npy", npy_like(kind, shape, b"")) == 400
