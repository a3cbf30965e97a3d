"""The forms in which clients send rows: whichever it is, the model gets the same."""

import csv
import io
import json
import logging
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ml_serving.rows.adapter import Predictor
from ml_serving.rows.columns.schema import Column
from ml_serving.rows.columns.table import Rows
from ml_serving.rows.features import Features
from ml_serving.rows.forms.content_types import REQUEST_TYPES
from ml_serving.worker import others
from tests.rows.asking import XGBOOST, answer_to, serving

JSON, NPZ = "application/json", "application/x-npz"
DECODERS = {one.name: one.decode for one in REQUEST_TYPES}
X = np.random.default_rng(0).normal(size=(60, 3))
NAMES = ["width", "height", "depth"]
unnamed = serving(LinearRegression().fit(X, X @ [1.0, 10.0, 100.0]))
named = serving(LinearRegression().fit(pd.DataFrame(X, columns=NAMES), X @ [1.0, 10.0, 100.0]))
texts = serving(make_pipeline(CountVectorizer(), LinearRegression()).fit(["a cat", "a dog", "no one"], [1, 2, 3]))
frame = pd.DataFrame({"zip": ["02134", "10001"] * 20, "size": range(40)})
mixed = serving(
    make_pipeline(make_column_transformer((OneHotEncoder(), ["zip"]), remainder="passthrough"), LinearRegression()).fit(
        frame, range(40)
    )
)


def predictions(predictor: Predictor, body: Any, content_type: str = JSON) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = answer_to(predictor, content, content_type)
    assert answer.status == 200, answer
    return json.loads(answer.body)["predictions"]


def refusal(predictor: Predictor, body: Any, content_type: str = JSON) -> tuple[int, str]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = answer_to(predictor, content, content_type)
    return answer.status, json.loads(answer.body).get("error", "")


def tensor(name: str, datatype: str, shape: Any, data: Any) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}


def npz(matrix: Any) -> bytes:
    stream = io.BytesIO()
    sparse.save_npz(stream, matrix)
    return stream.getvalue()


TWO = pytest.approx([321.0, 654.0])


@pytest.mark.parametrize(
    "document",
    [
        {"data": [[1, 2, 3], [4, 5, 6]]},
        {"instances": [{"features": [1, 2, 3]}, {"features": [4, 5, 6]}]},
        {"dataframe_records": [[1, 2, 3], [4, 5, 6]]},
        {"dataframe_split": {"columns": [0, 1, 2], "index": [0, 1], "data": [[1, 2, 3], [4, 5, 6]]}},
        {"columns": NAMES, "data": [[1, 2, 3], [4, 5, 6]], "index": [7, 8]},
        {"inputs": [tensor("input-0", "FP64", [2, 3], [1, 2, 3, 4, 5, 6])]},
        {"inputs": [tensor("input-0", "INT32", [2, 3], [[1, 2, 3], [4, 5, 6]])]},
        {"inputs": [tensor(name, "FP32", [2, 1], [one, one + 3]) for name, one in zip(NAMES, [1, 2, 3], strict=True)]},
    ],
    ids=lambda one: json.dumps(one)[:60],
)
@pytest.mark.parametrize("predictor", [unnamed, named], ids=["unnamed", "named"])
def test_rows_may_come_in_the_form_of_any_client(predictor: Predictor, document: Any) -> None:
    answer = answer_to(predictor, json.dumps(document).encode(), JSON)
    assert answer.status == 200, answer
    found = json.loads(answer.body)
    assert found.get("predictions", found.get("outputs", [{}])[0].get("data")) == TWO


@pytest.mark.parametrize(
    "document",
    [
        {"dataframe_records": [{"depth": 3, "width": 1, "height": 2}, {"height": 5, "width": 4, "depth": 6}]},
        {"dataframe_split": {"columns": NAMES[::-1], "data": [[3, 2, 1], [6, 5, 4]]}},
        {"data": [{"depth": 3, "width": 1, "height": 2}, {"height": 5, "width": 4, "depth": 6}]},
        {"inputs": {"depth": [3, 6], "width": [1, 4], "height": [2, 5]}},
        {"depth": [3, 6], "width": [1, 4], "height": [2, 5]},
    ],
    ids=lambda one: json.dumps(one)[:40],
)
def test_names_decide_where_a_column_goes(document: Any) -> None:
    assert predictions(named, document) == TWO


def test_one_row_may_come_as_an_object() -> None:
    assert predictions(named, {"depth": 3, "width": 1, "height": 2}) == pytest.approx([321.0])
    assert predictions(mixed, {"zip": "02134", "size": 3}) == pytest.approx(
        mixed.model.predict(frame[:1].assign(size=3))
    )


def test_features_may_be_called_as_forms_are() -> None:
    model = LinearRegression().fit(pd.DataFrame(X[:, :2], columns=["data", "inputs"]), X @ [1, 10, 0])
    assert predictions(serving(model), {"data": 1, "inputs": 2}) == pytest.approx([21.0])
    assert predictions(serving(model), [{"data": 1, "inputs": 2}]) == pytest.approx([21.0])


def test_tensors_are_answered_with_a_tensor_in_json_and_as_ever_in_csv() -> None:
    body = {"id": "7", "inputs": [tensor("input-0", "FP64", [2, 3], [1, 2, 3, 4, 5, 6])], "outputs": []}
    answer = json.loads(answer_to(unnamed, json.dumps(body).encode(), JSON).body)
    output = {"name": "predict", "shape": [2], "datatype": "FP64", "data": TWO}
    assert answer == {"model_name": "model", "id": "7", "outputs": [output]}
    lines = answer_to(unnamed, json.dumps(body).encode(), JSON, "text/csv").body.split()
    assert [float(line) for line in lines] == TWO


@pytest.mark.parametrize(
    ("predicted", "datatype", "shape", "data"),
    [
        (np.float32([[0.1, np.nan]]), "FP32", [1, 2], [0.1, None]),
        (np.array([2**63], np.uint64), "UINT64", [1], [2**63]),
        (np.array([True]), "BOOL", [1], [True]),
        (np.array(["a"]), "BYTES", [1], ["a"]),
        (np.array(["2024-02-29"], "M8[D]"), "BYTES", [1], ["2024-02-29"]),
        ([2**70], "BYTES", [1], [str(2**70)]),
    ],
    ids=repr,
)
def test_tensors_of_answers_have_the_type_of_what_was_predicted(
    predicted: Any, datatype: str, shape: list[int], data: Any
) -> None:
    predictor = serving(LinearRegression().fit(X, X[:, 0]))
    predictor.model.predict = lambda rows: predicted
    body = {"inputs": [tensor("input-0", "FP64", [1, 3], [1, 2, 3])]}
    [output] = json.loads(answer_to(predictor, json.dumps(body).encode(), JSON).body)["outputs"]
    assert (output["datatype"], output["shape"], output["data"]) == (datatype, shape, data)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"a cat\r\na dog\n", "text/plain"),
        (b"a cat\na dog", "text/plain; charset=utf-8"),
        (["a cat", "a dog"], JSON),
        ({"inputs": [tensor("text", "BYTES", [2], ["a cat", "a dog"])]}, JSON),
        ({"dataframe_split": {"columns": ["text"], "data": [["a cat"], ["a dog"]]}}, JSON),
        (b'"a cat"\n["a dog"]\n', "application/jsonlines"),
    ],
)
def test_a_model_of_texts_takes_texts_in_every_form(body: Any, content_type: str) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = answer_to(texts, content, content_type, "text/csv")
    assert answer.status == 200, answer
    assert [float(line) for line in answer.body.split()] == pytest.approx(texts.model.predict(["a cat", "a dog"]))


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "bsr", "dia"])
def test_a_sparse_matrix_leaves_out_zeros_or_to_xgboost_what_is_missing(kind: str) -> None:
    matrix = getattr(sparse, f"{kind}_matrix")(np.where(np.abs(X) < 0.7, 0, X))
    assert predictions(unnamed, npz(matrix), NPZ) == pytest.approx(unnamed.model.predict(matrix.toarray()))
    trained = xgb.XGBRegressor(n_estimators=5).fit(sparse.csr_matrix(matrix), X[:, 0])
    booster = trained.get_booster()
    expected = trained.predict(sparse.csr_matrix(matrix)).tolist()
    assert np.abs(trained.predict(matrix.toarray()) - expected).max() > 0.1
    for predictor in (serving(trained), Predictor(XGBOOST, booster, XGBOOST.features(booster))):
        assert predictions(predictor, npz(matrix), NPZ) == pytest.approx(expected)


def test_where_parts_of_a_model_take_absent_values_differently_a_sparse_matrix_is_refused() -> None:
    model = make_pipeline(StandardScaler(), xgb.XGBRegressor(n_estimators=1)).fit(X, X[:, 0])
    status, error = refusal(serving(model), npz(sparse.csr_matrix(X)), NPZ)
    assert (status, "zero or missing" in error) == (415, True)


def lying(**parts: Any) -> bytes:
    """What save_npz writes, with other parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(npz(sparse.coo_matrix(X[:2])))) as honest, zipfile.ZipFile(stream, "w", 8) as made:
        for name in honest.namelist():
            content = io.BytesIO()
            if name.removesuffix(".npy") in parts:
                np.save(content, parts[name.removesuffix(".npy")])
            made.writestr(name, content.getvalue() or honest.read(name))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"PK", 400, "the body is no NPZ file"),
        (npz(sparse.csr_matrix(X))[:-30], 400, "the body is no NPZ file"),
        (lying(shape=[10**12, 3]), 413, "rows of 3 features take more than"),
        (lying(shape=[2, 10**9]), 400, "has 1000000000 features, expected 3"),
        (lying(shape=[-1, 3]), 400, "no shape"),
        (lying(shape=[[2, 3]]), 400, "no shape"),
        (lying(row=np.array([9] * 6)), 400, "exceeds"),
        (lying(row=np.array([-1] * 6)), 400, "negative"),
        (lying(row=np.array([0, 1])), 400, "expected a sparse matrix"),
        (lying(data=np.array(["x"] * 6)), 400, "data.npy: expected an array of numbers"),
        (lying(format=np.bytes_(b"lil")), 400, "its format is 'lil'"),
        (lying(data=np.zeros(26 * 2**20, np.uint8)), 413, "data.npy unpacks to more than"),
    ],
)
def test_a_sparse_matrix_that_lies_costs_nothing(body: bytes, status: int, said: str) -> None:
    got, error = refusal(unnamed, body, NPZ)
    assert (got, said in error) == (status, True), error


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"instances": [[1, 2, 3]], "inputs": [[1, 2, 3]]}, '"instances" and "inputs": expected rows'),
        ({"instance": [[1, 2, 3]]}, "expected rows"),
        ({"inputs": [[1, 2, 3]], "paramters": {}}, 'did you mean "parameters"?'),
        ({"dataframe_split": [[1]]}, 'expected {"columns": names, "data": rows}'),
        ({"columns": NAMES, "data": [[1, 2]]}, "row 1 has 2 features, expected 3"),
        ({"columns": NAMES, "data": [1, 2, 3]}, 'row 1 is no list, as in "data" it must be'),
        ({"columns": [*NAMES[:2], "Depth"], "data": [[1, 2, 3]]}, "the header lacks 'depth'"),
        ({"width": [1], "height": [2, 3], "depth": [4]}, "columns are of different lengths: 'width' 1, 'height' 2"),
        ({"inputs": [tensor("a", "FP64", [2, 3], [1, 2])]}, "input 'a': data has 2 values"),
        ({"inputs": [tensor("a", "FP65", [1, 3], [1, 2, 3])]}, "datatype is 'FP65', not one of BOOL, INT8"),
        ({"inputs": [tensor("a", "INT8", [1, 3], [1, 2, 300])]}, "a value is too large for INT8"),
        ({"inputs": [tensor("a", "INT8", [1, 3], [1, 2, 3.5])]}, "value 3 is 3.5, which is no INT8"),
        ({"inputs": [tensor("a", "FP64", [3, 10**9, -1], [1])]}, "not a list of sizes"),
        ({"inputs": [tensor("a", "FP64", [1, 1, 3], [1, 2, 3])]}, "expected 2 dimensions, got 3"),
        ({"inputs": [tensor("a", "FP64", [2, 3], [[1, 2], [3, 4], [5, 6]])]}, "nested otherwise than its shape [2, 3]"),
        ({"inputs": [tensor("a", "FP64", [2, 3], [[1, 2, 3, 4], [5, 6]])]}, "nested otherwise than its shape [2, 3]"),
        ({"inputs": [tensor("a", "FP64", [2, 3], [[1, 2, 3], 4, 5, 6])]}, "nested otherwise than its shape [2, 3]"),
        ({"inputs": [tensor("a", "FP64", [1, 3], [[[1], [2], [3]]])]}, "nested otherwise than its shape [1, 3]"),
        ({"inputs": [tensor("a", "FP64", [3], [[1, 2, 3]])]}, "nested otherwise than its shape [3]"),
        ({"inputs": [tensor("a", "INT8", [2, 3], [1, 2, 300, 4, 5, None])]}, "a value is too large for INT8"),
        ({"inputs": [tensor("a", "UINT8", [1, 3], [1, None, -1])]}, "a value is too large for UINT8"),
        ({"inputs": [tensor("a", "FP32", [1, 3], [1, 2, 1e39])]}, "a value is too large for FP32"),
        ({"inputs": [tensor("a", "FP16", [1, 3], [None, 2, 70000])]}, "a value is too large for FP16"),
        ({"inputs": [tensor("a", "FP64", [1], [1]), tensor("a", "FP64", [1], [1])]}, "have the same name"),
        ({"inputs": [tensor("a", "FP64", [1], [1]), tensor("b", "FP64", [2], [1, 2])]}, "different numbers of rows"),
    ],
    ids=lambda one: json.dumps(one)[:60],
)
def test_what_is_no_form_is_refused_by_a_sentence_that_helps(document: Any, said: str) -> None:
    status, error = refusal(named, document)
    assert (status, said in error) == (400, True), error


def test_what_needs_a_package_or_a_model_of_another_kind_is_415_and_says_what_to_do() -> None:
    assert refusal(unnamed, b"1,2,3", "text/plain")[0] == 415
    for content_type in ("application/vnd.apache.parquet", "application/vnd.apache.arrow.stream"):
        status, error = refusal(unnamed, b"PAR1", content_type)
        assert (status, "put a line with pyarrow into requirements.txt" in error) == (415, True)


def deep(depth: int, around: Any) -> bytes:
    marker = json.dumps("here")
    return json.dumps(around).replace(marker, "[" * depth + "1" + "]" * depth).encode()


@pytest.mark.parametrize("depth", [400, 900, 5000])
@pytest.mark.parametrize(
    "around",
    [
        {"inputs": [tensor("a", "FP64", [1, 3], "here")]},
        {"inputs": [tensor("a", "FP64", [1, 3], [1, {"b": "here"}, 3])]},
        {"inputs": [tensor("a", "FP64", "here", [1, 2, 3])]},
        {"inputs": [tensor("a", "here", [1, 3], [1, 2, 3])]},
        [[1, 2, "here"]],
        {"columns": [1, 2, "here"], "data": [[1, 2, 3]]},
    ],
    ids=lambda one: json.dumps(one)[:60],
)
def test_however_deep_a_body_is_nested_the_sender_is_told(around: Any, depth: int) -> None:
    for predictor in (named, mixed):
        assert refusal(predictor, deep(depth, around))[0] == 400
    assert refusal(mixed, deep(depth, ["02134", "here"]), "application/jsonlines")[0] == 400


@pytest.mark.parametrize(
    ("datatype", "value", "seen"),
    [("FP32", 0.1, float(np.float32(0.1))), ("FP16", 0.1, float(np.float16(0.1))), ("FP64", 3, 3.0), ("INT8", 3, 3)],
)
def test_a_missing_value_of_a_tensor_leaves_the_others_as_they_are(datatype: str, value: Any, seen: Any) -> None:
    open_columns = Features(2, ["a", "b"], form="frame")
    for pair in ([value, value], [value, None]):
        body = json.dumps({"inputs": [tensor("x", datatype, [1, 2], pair)]}).encode()
        [table] = DECODERS[JSON](body, {}, open_columns).tables
        frame = open_columns.ready(table)
        assert (frame["a"].iloc[0], str(frame["a"].dtype)) == (seen, "int64" if isinstance(seen, int) else "float64")


def test_keys_beside_rows_are_ignored_with_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    others.say.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert predictions(unnamed, {"instances": [[1, 2, 3]], "signature_name": "x"}) == pytest.approx([321.0])
    assert [vars(one)["fields"] for one in caplog.records if one.name == others.__name__] == [{"key": "signature_name"}]


# Any rows in any form: columns of every type, values and missing ones.
COLUMNS = (
    Column("postal", "int64", source="schema"),
    Column("price", "float64", source="schema"),
    Column("zip", "str", source="schema"),
    Column("smoker", "bool", source="schema"),
    Column("kind", "category", categories=("flat", "house", "NA"), source="schema"),
    Column("when", "datetime64[us]", source="schema"),
)
TABLES = Features(6, [str(one.name) for one in COLUMNS], columns=COLUMNS, form="frame")
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=6)
values = st.tuples(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    words | st.sampled_from(["02139", "1E5", "True", 'a "b", c']),
    st.booleans(),
    st.sampled_from(["flat", "house", "NA"]),
    st.datetimes().map(lambda when: when.isoformat()),
).map(list)
missing = st.lists(st.integers(0, 5), max_size=2)


def as_csv(names: list[str], rows: list[list[Any]], header: bool) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    written = [["" if one is None else repr(one) if isinstance(one, float) else one for one in row] for row in rows]
    writer.writerows([names, *written] if header else written)
    return text.getvalue().encode()


KSERVE = ("INT64", "FP64", "BYTES", "BOOL", "BYTES", "BYTES")
Form = Callable[[list[str], list[list[Any]]], Any]
FORMS: dict[str, Form] = {
    "lists": lambda names, rows: rows,
    "objects": lambda names, rows: [dict(zip(names, row, strict=True)) for row in rows],
    "reversed objects": lambda names, rows: {"data": [dict(zip(names[::-1], row[::-1], strict=True)) for row in rows]},
    "instances": lambda names, rows: {"instances": [{"features": row} for row in rows]},
    "split": lambda names, rows: {"dataframe_split": {"columns": names, "data": rows}},
    "reversed split": lambda names, rows: {"columns": names[::-1], "data": [row[::-1] for row in rows]},
    "records": lambda names, rows: {"dataframe_records": [dict(zip(names, row, strict=True)) for row in rows]},
    "columns": lambda names, rows: {"inputs": dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))},
    "tensors": lambda names, rows: {
        "inputs": [
            tensor(name, kind, [len(rows)], list(column))
            for name, kind, column in zip(names, KSERVE, zip(*rows, strict=True), strict=True)
        ]
    },
}


def as_seen(rows: Rows) -> list[Any]:
    """What a model gets, value by value, in the request's order."""
    seen: dict[int, list[Any]] = {}
    for index, table in enumerate(rows.tables):
        frame = TABLES.ready(table)
        for place, row in enumerate(frame.itertuples(index=False)):
            seen[rows.place(index, place)] = [*map(str, frame.dtypes), *map(repr, row)]
    return [seen[place] for place in sorted(seen)]


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.tuples(values, missing), min_size=1, max_size=4))
def test_any_rows_in_any_form_give_the_model_the_same(rows: list[tuple[list[Any], list[int]]]) -> None:
    names = list(TABLES.names or ())
    given = [[None if index in gone else one for index, one in enumerate(row)] for row, gone in rows]
    bodies = {name: (JSON, json.dumps(form(names, given)).encode()) for name, form in FORMS.items()}
    bodies["lines"] = ("application/jsonlines", "\n".join(map(json.dumps, given)).encode())
    bodies["CSV"] = ("text/csv", as_csv(names, given, header=True))
    bodies["CSV reversed"] = ("text/csv", as_csv(names[::-1], [row[::-1] for row in given], header=True))
    expected = as_seen(DECODERS[JSON](bodies["lists"][1], {}, TABLES))
    assert len(expected) == len(rows)
    for name, (content_type, body) in bodies.items():
        assert as_seen(DECODERS[content_type](body, {}, TABLES)) == expected, name


@settings(max_examples=100, deadline=None)
@given(
    matrix=st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(st.just(0.0) | st.floats(-1e9, 1e9), min_size=width, max_size=width), min_size=1, max_size=4
        )
    ),
    kind=st.sampled_from(["csr", "csc", "coo", "bsr", "dia"]),
)
def test_any_numbers_in_any_form_give_the_model_the_same(matrix: list[list[float]], kind: str) -> None:
    features, array = Features(len(matrix[0])), np.array(matrix)
    stream = io.BytesIO()
    np.save(stream, array)
    flat = [value for row in matrix for value in row]
    bodies = [
        ("application/x-npy", stream.getvalue()),
        (NPZ, npz(getattr(sparse, f"{kind}_matrix")(array))),
        ("text/csv", "\n".join(",".join(map(repr, row)) for row in matrix).encode()),
        (JSON, json.dumps({"inputs": [tensor("x", "FP64", list(array.shape), flat)]}).encode()),
    ]
    for content_type, body in bodies:
        [table] = DECODERS[content_type](body, {}, features).tables
        np.testing.assert_array_equal(table.columns[0], array)


@pytest.mark.parametrize("orient", ["columns", "index"])
def test_a_frame_as_pandas_writes_it_by_default_is_refused_with_how_to_write_it(orient: Any) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 4.0], "b": [1.0, 0.0, 3.0]})
    predictor = serving(LinearRegression().fit(frame, [1.0, 2.0, 3.0]))
    written = frame.to_json(orient=orient)
    for body in (written, f'{{"instances": {written}}}', f'{{"data": {written}}}'):
        answer = answer_to(predictor, body.encode(), "application/json")
        assert answer.status == 400
        assert b'frame.to_json(orient=\\"records\\")' in answer.body, answer.body


def test_texts_in_base64_are_decoded_where_the_tensor_says_so_and_else_taken_as_they_stand() -> None:
    frame = pd.DataFrame({"t": ["12", "MTI=", "x"] * 10})
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LinearRegression()).fit(frame, [1.0, 2.0, 3.0] * 10)
    predictor = serving(model)

    def asked(value: Any, **parameters: str) -> tuple[int, Any]:
        one = {"name": "t", "datatype": "BYTES", "shape": [1], "data": [value], "parameters": parameters}
        answer = answer_to(predictor, json.dumps({"inputs": [one]}).encode(), "application/json")
        document = json.loads(answer.body)
        return answer.status, document["outputs"][0]["data"] if answer.status == 200 else document["error"]

    assert asked("MTI=", content_type="base64") == (200, pytest.approx([1.0]))
    assert asked("MTI=", content_type="str") == (200, pytest.approx([2.0]))
    assert asked("MTI=") == (200, pytest.approx([2.0]))
    for wrong in ("MTI", "é", "/w=="):
        status, error = asked(wrong, content_type="base64")
        assert (status, "is no text in base64, as its content_type says" in error) == (400, True), error
