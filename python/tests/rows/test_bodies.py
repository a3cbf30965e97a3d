"""What the bodies of requests become, what is refused, and that nothing breaks the worker that reads them."""

import dataclasses
import io
import json
import struct
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from ml_serving.errors import RequestError
from ml_serving.rows.adapter import Predictor
from ml_serving.rows.features import Features
from ml_serving.rows.forms.decoders import decode_json
from ml_serving.worker.text import parse_json
from tests.rows.asking import SKLEARN, answer_to, serving

NAMES = ["width", "height", "depth"]
X = np.random.default_rng(0).normal(size=(60, 3))
Y = X @ [1.0, 10.0, 100.0]


unnamed = serving(LinearRegression().fit(X, Y))
named = serving(LinearRegression().fit(pd.DataFrame(X, columns=NAMES), Y))
numbered = serving(LinearRegression().fit(pd.DataFrame(X, columns=["0", "1", "2"]), Y))
gaps = serving(HistGradientBoostingRegressor(max_iter=5).fit(X, Y))
frame = pd.DataFrame(
    {
        "zip": ["02134", "10001", "K1A 0B1"] * 20,
        "size": X[:, 0],
        "colour": [" blue", "red", "True"] * 20,
        "new": [True, False, False] * 20,
    }
)
encoder = OneHotEncoder(handle_unknown="ignore")
mixed = serving(
    make_pipeline(
        make_column_transformer((encoder, ["zip", "colour", "new"]), remainder="passthrough"), LinearRegression()
    ).fit(frame, Y)
)


def ask(
    predictor: Predictor, body: str | bytes, content_type: str, accept: str = "application/json"
) -> tuple[int, Any]:
    body = body.encode() if isinstance(body, str) else body
    answer = answer_to(predictor, body, content_type, accept)
    document = json.loads(answer.body)
    return answer.status, document.get("predictions", document.get("error"))


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


# 1 + 20 + 300 and 4 + 50 + 600.
TWO = pytest.approx([321.0, 654.0])


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", "[[1, 2, 3], [4, 5, 6]]"),
        ("application/json", '{"instances": [[1, 2, 3], [4, 5, 6]]}'),
        ("application/json", '{"inputs": [[1, 2, 3], [4, 5, 6]], "more": 1}'),
        ("Application/JSON; Charset=UTF-8", "\ufeff[[1, 2, 3], [4, 5, 6]]"),
        ("application/json; charset=utf-16", "[[1, 2, 3], [4, 5, 6]]".encode("utf-16")),
        ("text/csv", "1,2,3\n4,5,6"),
        ("text/csv; charset=latin-1", "1,2,3\r\n4,5,6\r\n"),
        ("text/csv", '\ufeff"1" , 2,3\n\n4,5,6\n'),
        ("text/csv; header=absent", "1,2,3\n4,5,6\n"),
        ("text/csv; header=present", "width,height,depth\n1,2,3\n4,5,6\n"),
        ("application/jsonlines", "[1, 2, 3]\n\n[4, 5, 6]\n"),
        ("application/x-npy", npy(np.array([[1, 2, 3], [4, 5, 6]], dtype=">i2"))),
        ("application/x-npy", npy(np.asfortranarray([[1.0, 2, 3], [4, 5, 6]]))),
    ],
)
@pytest.mark.parametrize("predictor", [unnamed, named], ids=["unnamed", "named"])
def test_every_spelling_of_the_same_rows_is_read_the_same(predictor: Predictor, content_type: str, body: str) -> None:
    assert ask(predictor, body, content_type) == (200, TWO)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", '[{"depth": 3, "width": 1, "height": 2}, {"height": 5, "width": 4, "depth": 6}]'),
        ("application/jsonlines", '{"depth": 3, "width": 1, "height": 2}\n{"height": 5, "width": 4, "depth": 6}'),
        ("text/csv", "depth,width,height\n3,1,2\n6,4,5"),
    ],
)
def test_features_with_names_may_come_in_any_order(content_type: str, body: str) -> None:
    assert ask(named, body, content_type) == (200, TWO)


@pytest.mark.parametrize("body", ["[1, 2, 3]", '{"inputs": [1, 2, 3]}', '{"instances": [[1, 2, 3]]}'])
def test_one_row_may_come_without_its_list(body: str) -> None:
    assert ask(unnamed, body, "application/json") == (200, pytest.approx([321.0]))


@pytest.mark.parametrize("rows", [frame[:3], frame[1:2], frame[2:3].assign(colour=None), frame[:2].assign(zip=None)])
def test_columns_of_text_reach_a_pipeline_as_it_was_fitted_on_them(rows: pd.DataFrame) -> None:
    expected = pytest.approx(mixed.model.predict(rows).tolist())
    for content_type, body in [
        ("application/json", rows.to_json(orient="records", double_precision=15)),
        ("application/json", rows.to_json(orient="values", double_precision=15)),
        ("text/csv", rows.to_csv(index=False)),
        ("text/csv; header=absent", rows.to_csv(index=False, header=False)),
    ]:
        assert ask(mixed, body, content_type) == (200, expected), body


def test_text_reaches_a_model_that_was_fitted_without_names() -> None:
    labels = np.array([["02134", "x"], ["10001", "y"]] * 10, dtype=object)
    model = make_pipeline(OneHotEncoder(), LinearRegression()).fit(labels, range(20))
    expected = pytest.approx(model.predict(labels[:2]).tolist())
    assert ask(serving(model), json.dumps(labels[:2].tolist()), "application/json") == (200, expected)
    assert ask(serving(model), "02134,x\n10001,y\n", "text/csv; header=absent") == (200, expected)


@pytest.mark.parametrize(
    ("predictor", "body", "rows"),
    [
        (numbered, "1,0,3,2\n", 0),
        (numbered, "1,0,2\n4,5,6\n", 0),
        (numbered, "0,1,2\n4,5,6\n", 1),
        (gaps, "NA,NA,n/a\n1,2,3\n", 2),
        (gaps, "a,b,c\n1,2,3\n", 0),
        (named, "width,height,depth\n1,2,3\n", 1),
        (named, "Width,Height,Depth\n1,2,3\n", 0),
        (unnamed, "true,False,2\n", 1),
    ],
)
def test_a_header_is_told_from_data(predictor: Predictor, body: str, rows: int) -> None:
    status, answer = ask(predictor, body, "text/csv")
    assert (status == 200 and len(answer)) == rows


@pytest.mark.parametrize("accept", ["application/json", "application/jsonlines", "text/csv", "application/x-npy"])
def test_labels_of_any_kind_can_be_answered(accept: str) -> None:
    for labels in (["a", "b"], np.array(["a", "b"], dtype=object), [True, False], [1, 2], [1.5, 2.5], [None, "a"]):
        predictor = serving(LinearRegression().fit(X, Y))
        predictor.model.predict = lambda rows, labels=labels: np.array([labels[0]] * len(rows), dtype=type(labels[0]))
        assert answer_to(predictor, b"[[1, 2, 3]]", "application/json", accept).status == 200
        predictor.model.predict = lambda rows, labels=labels: np.array([labels[0]] * len(rows), dtype=object)
        assert answer_to(predictor, b"[[1, 2, 3]]", "application/json", accept).status == 200


def test_what_python_writes_for_a_missing_number_may_stand_in_a_text() -> None:
    assert parse_json(b'["a \\" NaN", NaN, "Infinity"]', "the body") == ['a " NaN', None, "Infinity"]
    with pytest.raises(RequestError):
        parse_json('["' + '\\"NaN' * 100_000, "the body")


def test_a_model_that_answers_with_another_number_of_rows_is_at_fault() -> None:
    predictor = serving(LinearRegression().fit(X, Y))
    predictor.model.predict = lambda rows: [1.0]
    assert answer_to(predictor, b"[[1, 2, 3], [4, 5, 6]]", "application/json", None).status == 500


def test_what_is_missing_reaches_a_model_that_can_do_without() -> None:
    expected = pytest.approx(gaps.model.predict([[1, np.nan, 3]]).tolist())
    for content_type, body in [
        ("application/json", "[[1, null, 3]]"),
        ("application/json", "[[1, NaN, 3]]"),
        ("application/jsonlines", "[1, NaN, 3]"),
        ("text/csv", "1,,3"),
        ("text/csv", "1,nan,3"),
    ]:
        assert ask(gaps, body, content_type) == (200, expected)


@pytest.mark.parametrize(
    ("content_type", "body", "status", "says"),
    [
        ("application/json", "[[1, 2, 3], [4, 5]]", 400, "row 2 has 2 features, expected 3"),
        ("text/csv", "1,2,3\n4,5,6\n7,8\n", 400, "row 3 has 2 features, expected 3"),
        ("text/csv", "depth,width,height\n3,1\n", 400, "row 1 has 2 features, expected 3"),
        ("application/x-npy", npy(np.ones((2, 4))), 400, "row 1 has 4 features, expected 3"),
        ("application/json", '[{"width": 1, "height": 2}]', 400, "row 1 lacks 'depth'"),
        (
            "application/json",
            '[{"width":1,"height":2,"depth":3,"w":4}]',
            400,
            "row 1 has 'w', which the model does not know",
        ),
        ("text/csv", "width,height,deep\n1,2,3", 400, "the header lacks 'depth'"),
        ("text/csv", "width,width,height,depth\n1,1,2,3", 400, "the header names a feature twice"),
        ("application/json", "[[1, 2, [3]]]", 400, "row 1, feature 'depth': [3] is not a number"),
        ("application/json", "[[1, 2, null]]", 400, "(row 1, feature 'depth' is missing)"),
        ("application/json", '[[1, 2, "x"]]', 400, "row 1, feature 'depth': 'x' is not a number"),
        ("text/csv", "1,2,inf", 400, "(row 1, feature 'depth' is infinite)"),
        ("application/json", "[[1, 2, NaN]]", 400, "(row 1, feature 'depth' is missing)"),
        ("application/json", "[[1, 2, Infinity]]", 400, "the body is not JSON"),
        ("application/json", "[[1, 2, nan]]", 400, "the body is not JSON"),
        ("application/json", '[[1, 2, NaN, "\\', 400, "the body is not JSON"),
        ("application/json", "[]", 400, "the request has no rows"),
        ("application/json", "", 400, "the body is not JSON"),
        ("application/json", "3", 400, "expected a list of rows"),
        ("application/json", '{"rows": []}', 400, 'expected rows: […], {"instances": rows}, {"inputs": rows}'),
        ("application/json", b"\xff", 400, "the body is not utf-8 text"),
        ("application/jsonlines", "[1,2,3]\n[1,2", 400, "line 2 is not JSON"),
        ("text/csv", "", 400, "the request has no rows"),
        ("text/csv; charset=punycode", "a", 415, "is not understood"),
        ("text/csv; charset=klingon", "1,2,3", 415, "the charset 'klingon' is not understood"),
        ("application/x-npy", b"\x93NUMPY", 400, "the body is not an NPY file"),
        ("application/x-npy", npy(np.array([1j])), 400, "expected an array of numbers or texts, got complex128"),
        ("application/x-npy", npy(np.array(["a"])), 400, "row 1 has 1 features, expected 3"),
        ("application/x-npy", npy(np.array(["1", "2", "x"])), 400, "row 1, feature 'depth': 'x' is not a number"),
        ("application/x-npy", npy(np.ones((1, 1, 3))), 400, "expected 2 dimensions, got 3"),
        ("application/pdf", "%PDF", 415, "cannot read 'application/pdf'; this server reads application/json, text/csv"),
        ("", "1", 415, "no Content-Type given"),
        ("nonsense", "1", 415, "cannot read 'nonsense'"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_place(content_type: str, body: Any, status: int, says: str) -> None:
    got, error = ask(named, body, content_type)
    assert (got, says in error) == (status, True), error


def test_a_refusal_names_the_content_types_that_the_model_takes() -> None:
    texts = serving(make_pipeline(CountVectorizer(), LinearRegression()).fit(["aa bb", "cc"] * 30, Y))
    for predictor, more in ((named, ["application/x-npz"]), (texts, ["text/plain"])):
        status, error = ask(predictor, b"", "application/pdf")
        listed = error.partition("this server reads ")[2].split(", ")
        assert (status, listed[4:]) == (415, more), error


def test_a_pickle_in_an_npy_file_is_not_opened() -> None:
    stream = io.BytesIO()
    np.save(stream, np.array([open], dtype=object), allow_pickle=True)
    assert ask(unnamed, stream.getvalue(), "application/x-npy")[0] == 400


def test_an_npy_file_that_claims_more_than_it_holds_costs_nothing() -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000, 3), }\n"
    body = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
    assert ask(unnamed, body, "application/x-npy")[0] == 400


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/csv"),
        ("TEXT/CSV; header=absent", "text/csv"),
        ("application/jsonlines;q=0.5, text/csv;q=0.9", "text/csv"),
        ("image/png, */*;q=0.1", "application/json"),
        ("application/x-npy", "application/x-npy"),
        # Of equal weight: the client's order, but what it names goes before what it only allows.
        ("text/csv, application/json", "text/csv"),
        ("application/json, text/csv", "application/json"),
        ("text/csv, */*", "text/csv"),
        ("*/*, text/csv", "text/csv"),
        ("application/jsonlines;q=0.5, text/csv;q=0.5, */*;q=0.1", "application/jsonlines"),
        ("text/*, application/*", "text/csv"),
        ("application/json;q=0, text/csv;q=0, */*", "application/jsonlines"),
    ],
)
def test_accept_decides_on_the_answers_type(accept: str | None, content_type: str) -> None:
    answer = answer_to(unnamed, b"[[1, 2, 3]]", "application/json", accept)
    assert (answer.status, answer.content_type) == (200, content_type)


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "nonsense"])
def test_an_accept_that_cannot_be_met_is_406(accept: str) -> None:
    assert answer_to(unnamed, b"[[1, 2, 3]]", "application/json", accept).status == 406


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "text/csv"),
        ("*/*", "text/csv"),
        ("application/json", "application/json"),
        ("*/*;q=0.1", "application/json"),
    ],
)
def test_the_environment_says_what_a_missing_accept_means(
    monkeypatch: pytest.MonkeyPatch, accept: str | None, content_type: str
) -> None:
    said = dataclasses.replace(SKLEARN.settings, default_accept="text/csv")
    monkeypatch.setattr("ml_serving.worker.negotiation.settings", said)
    answer = answer_to(serving(unnamed.model), b"[[1, 2, 3]]", "application/json", accept)
    assert (answer.status, answer.content_type) == (200, content_type)


TYPES = st.sampled_from(["application/json", "text/csv", "application/jsonlines", "application/x-npy"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*NAMES, "x"]), inner, max_size=4),
    max_leaves=20,
)
cells = st.sampled_from(["1", "-2.5", "", "nan", "inf", "1e999", "x", '"', '"a,b"', "\n", "\r", "\0", "1_0", " ", "é"])
bodies = st.one_of(
    st.binary(max_size=200),
    json_values.map(lambda value: json.dumps(value).encode()),
    json_values.map(lambda value: json.dumps({"instances": value}).encode()),
    st.lists(st.lists(cells, min_size=1, max_size=4).map(",".join), max_size=4).map(lambda rows: "\n".join(rows).encode()),
    st.tuples(
        st.sampled_from(["<f8", ">f4", "|b1", "<i8", "<u2", "<c16", "|O", "<U3", "|V8", "<f2", "<M8[s]"]),
        st.lists(st.integers(-2, 4), max_size=3).map(tuple),
        st.binary(max_size=96),
    ).map(lambda parts: npy_like(*parts)),
)  # fmt: skip


def npy_like(descr: str, shape: tuple[int, ...], values: bytes) -> bytes:
    header = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + values


@settings(max_examples=1500, deadline=None)
@given(
    content_type=TYPES,
    body=bodies,
    accept=st.sampled_from(["application/json", "text/csv", "application/x-npy", "*/*"]),
)
def test_no_body_whatever_breaks_the_server(content_type: str, body: bytes, accept: str) -> None:
    for predictor in (unnamed, named, mixed):
        answer = answer_to(predictor, body, content_type, accept)
        assert answer.status in (200, 400, 415), answer.body


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 3), min_size=1, max_size=20))
def test_rows_keep_their_order_and_their_precision(rows: list[tuple[float, ...]]) -> None:
    expected = unnamed.model.predict(np.array(rows)).tolist()
    texts = {
        "application/json": json.dumps(rows),
        "text/csv": "\n".join(",".join(map(repr, row)) for row in rows),
        "application/jsonlines": "\n".join(json.dumps(row) for row in rows),
        "application/x-npy": npy(np.array(rows)),
    }
    for content_type, body in texts.items():
        assert ask(unnamed, body, content_type) == (200, expected)


@pytest.mark.parametrize("body", ["[[]]", "[[], []]", "[{}]", '{"instances": [[]]}', '{"dataframe_records": [{}, {}]}'])
def test_rows_without_any_value_are_refused(body: str) -> None:
    for features in (Features(), Features(text=True), Features(text=True, form="frame")):
        with pytest.raises(RequestError) as refused:
            decode_json(body.encode(), {}, features)
        assert refused.value.status == 400


@pytest.mark.parametrize("code", [0x110000, 0xFFFFFFFF, 0xD800])
@pytest.mark.parametrize("order", "<>")
def test_a_number_in_an_npy_file_that_stands_for_no_character_is_a_400(code: int, order: str) -> None:
    values = np.array([0x61, code, 0x62], dtype=f"{order}u4").tobytes()
    status, error = ask(mixed, npy_like(f"{order}U1", (1, 3), values), "application/x-npy")
    assert (status, error) == (400, "the body holds what is no text")


def test_a_zip_file_without_its_beginning_is_a_400() -> None:
    stream = io.BytesIO()
    sparse.save_npz(stream, sparse.csr_matrix(X[:2]))
    for cut in range(1, len(stream.getvalue()), 7):
        status, error = ask(unnamed, stream.getvalue()[cut:], "application/x-npz")
        assert (status, "sparse matrix" in error) == (400, True), error
