"""python code/serve check FILE, and schema FILE: the server is held against the model itself."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xgboost as xgb
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from xgboost import XGBClassifier

from ml_serving.rows.checking.data_files import model_frame
from ml_serving.rows.checking.plainly_read import plainly_read
from ml_serving.rows.columns.schema import read_columns
from tests.projects import edited, put_together
from tests.server.models import save
from tests.server.test_schema import DATES, HOUSES, PRICES, encoded_zip, of_dates, strict_levels
from tests.serving import free_port

Run = subprocess.CompletedProcess[str]


def serve(code: Path, *arguments: object, model_dir: Path, **settings: str) -> Run:
    environment = {
        "PATH": str(Path(sys.executable).parent),
        "SAGEMAKER_BIND_TO_PORT": str(free_port()),
        "SM_MODEL_DIR": str(model_dir),
        **settings,
    }
    command = [sys.executable, str(code / "serve"), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(encoded_zip(), tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With what the model predicts, and without the first zip code."""
    path = tmp_path_factory.mktemp("data") / "houses.csv"
    rows = HOUSES.assign(price=PRICES).head(12)
    rows.loc[0, "zip"] = None
    rows.to_csv(path, index=False)
    return path


def test_a_server_that_answers_as_the_model_passes(code: Path, model_dir: Path, data: Path) -> None:
    found = serve(code, "check", data, model_dir=model_dir)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "12 rows, 3 content types (application/json, text/csv, application/jsonlines), 0 differences" in found.stdout
    assert "these rows cannot be written here as application/x-npy" in found.stdout


@pytest.mark.all
def test_a_model_of_objects_is_asked_for_them_as_they_stand_in_the_file(code: Path, tmp_path: Path) -> None:
    rows = [{"city": "Oslo", "t": 1.5, "tags": ["a", "b"]}, {"city": "02139", "new": True}, {"t": -2}] * 4
    folder = save(make_pipeline(DictVectorizer(), Ridge()).fit(rows, range(12)), tmp_path / "model")
    lines, table, wrong = (tmp_path / name for name in ("rows.jsonl", "rows.csv", "wrong.jsonl"))
    lines.write_text("\n".join(map(json.dumps, rows)))
    pd.DataFrame(rows, columns=["t"]).fillna(0).to_csv(table, index=False)
    for data in (lines, table):
        found = serve(code, "check", data, model_dir=folder)
        assert found.returncode == 0, found.stdout + found.stderr
        assert "12 rows, 2 content types (application/json, application/jsonlines), 0 differences" in found.stdout
    wrong.write_text('{"a": {"b": 1}}\n')
    found = serve(code, "check", wrong, model_dir=folder)
    assert found.returncode == 1
    assert "It was asked for objects, the first of which is {'a': {'b': 1}}" in found.stderr
    assert "there are no columns" in serve(code, "schema", table, model_dir=folder).stderr
    other = edited(code, tmp_path, predict="if 'new' in data[0]: return [0.5] * len(data)")
    found = serve(other, "check", lines, model_dir=folder)
    assert found.returncode == 1
    assert "row 2 differs, as application/json, by itself:" in found.stdout


@pytest.mark.all
def test_a_model_of_texts_is_asked_for_them(code: Path, tmp_path: Path) -> None:
    texts = ["good day", "02139", "NA", 'a "b", c', "bad day"] * 4
    folder = save(make_pipeline(CountVectorizer(), Ridge()).fit(texts, range(20)), tmp_path / "model")
    lines, table = tmp_path / "texts.jsonl", tmp_path / "texts.csv"
    lines.write_text("\n".join(map(json.dumps, texts)))
    # pandas reads NA as missing, which CSV of a single column has no way to say.
    pd.DataFrame({"text": texts}).to_csv(table, index=False)
    for data, types, said in (
        (lines, "4 content types (application/json, text/csv, ", ""),
        (
            table,
            "2 content types (application/json, application/jsonlines)",
            "as the server does: 4 (ValueError: np.nan",
        ),
    ):
        found = serve(code, "check", data, model_dir=folder)
        assert found.returncode == 0, found.stdout + found.stderr
        assert f"20 rows, {types}" in found.stdout
        assert said in found.stdout


def test_the_first_difference_is_named_with_its_row_and_both_answers(
    code: Path, tmp_path: Path, model_dir: Path, data: Path
) -> None:
    wrong = "if len(data) == 1 and data.age.iloc[0] == 3: return [None]"
    found = serve(edited(code, tmp_path, predict=wrong), "check", data, model_dir=model_dir)
    assert found.returncode == 1
    # Behind the content types that cannot carry such rows.
    lines = found.stdout.splitlines()
    assert lines[lines.index("row 4 differs, as application/json, by itself:") :] == [
        "row 4 differs, as application/json, by itself:",
        "  zip     '02139'",
        "  age     3",
        "  sold    False",
        "",
        "  model   True",
        "  server  None",
    ]


def test_a_difference_that_only_neighbours_make_is_found(
    code: Path, tmp_path: Path, model_dir: Path, data: Path
) -> None:
    wrong = "if len(data) > 1: return [False] * len(data)"
    found = serve(edited(code, tmp_path, predict=wrong), "check", data, model_dir=model_dir)
    assert found.returncode == 1
    assert "row 1 differs, as application/json, all rows in one request:" in found.stdout


def test_the_server_that_is_asked_is_reached_from_this_machine_alone(
    code: Path, tmp_path: Path, model_dir: Path, data: Path
) -> None:
    reached = "socket.socket().connect_ex(('127.0.0.2', int(os.environ['SAGEMAKER_BIND_TO_PORT']))) == 0"
    copy = edited(code, tmp_path, top="import socket", predict=f"if {reached}: return [None] * len(data)")
    found = serve(copy, "check", data, model_dir=model_dir)
    assert found.returncode == 0, found.stdout + found.stderr


def test_rows_that_the_model_refuses_are_no_agreement_and_each_column_is_shown_as_it_was_read(
    code: Path, tmp_path: Path
) -> None:
    folder = save(of_dates(), tmp_path)
    columns = [{"name": "when", "type": "str"}, {"name": "price", "type": "int64"}]
    (folder / "input_schema.json").write_text(json.dumps({"columns": columns}))
    DATES.to_csv(tmp_path / "dates.csv", index=False)
    found = serve(code, "check", tmp_path / "dates.csv", model_dir=folder)
    assert (found.returncode, found.stdout) == (1, "")
    lines = found.stderr.splitlines()
    assert lines[0].startswith("serve check: the model itself refuses 30 of 30 rows of the file: ValueError: ")
    assert lines[2] == (
        "  when   str, declared in model/input_schema.json; holds dates: did the model get datetime64[us] (pandas before 3: [ns])?"
    )
    assert lines[3] == "  price  int64, declared in model/input_schema.json"
    columns[0] = {"name": "when", "type": "datetime64[ns]"}
    (folder / "input_schema.json").write_text(json.dumps({"columns": columns}))
    assert serve(code, "check", tmp_path / "dates.csv", model_dir=folder).returncode == 0


@pytest.mark.parametrize("name", ["codes.csv", pytest.param("codes.jsonl", marks=pytest.mark.all)])
def test_a_schema_that_keeps_zeros_is_refused_by_check_where_the_model_got_numbers_and_is_written_without_them(
    code: Path, tmp_path: Path, name: str
) -> None:
    texts = pd.DataFrame({"zip": ["02139", "00501", "10001"] * 10, "qty": range(30)})
    numbers = texts.assign(zip=texts.zip.astype(int))
    encoder = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["zip"]), remainder="passthrough")
    folder = save(make_pipeline(encoder, Ridge()).fit(numbers, texts.zip == "02139"), tmp_path)
    data = tmp_path / name
    if name.endswith("csv"):
        texts.to_csv(data, index=False)
    else:
        texts.to_json(data, orient="records", lines=True)
    columns = [{"name": "zip", "type": "str"}, {"name": "qty", "type": "int64"}]
    (folder / "input_schema.json").write_text(json.dumps({"columns": columns}))
    for command in ("check", "serve"):
        found = serve(code, command, *([data] if command == "check" else []), model_dir=folder)
        assert found.returncode == 1
        said = found.stdout + found.stderr
        assert "the type is str, but the model was trained on numbers (501, 2139, 10001): write int64" in said
    (folder / "input_schema.json").unlink()
    written = serve(code, "schema", data, model_dir=folder)
    assert "zip: int64" in written.stdout, written.stderr
    found = serve(code, "check", data, model_dir=folder)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "0 differences" in found.stdout


@pytest.mark.parametrize("name", ["codes.csv", pytest.param("codes.jsonl", marks=pytest.mark.all)])
def test_texts_that_pandas_makes_numbers_of_are_told_where_the_model_answers_otherwise_for_these(
    code: Path, tmp_path: Path, name: str
) -> None:
    texts = pd.DataFrame({"zip": ["00501", "02139"] * 10, "qty": range(20)})
    # A function that knows zip codes as numbers, which nobody sees from outside.
    known = FunctionTransformer(pd.DataFrame.eq, kw_args={"other": 2139})
    numbers = texts.assign(zip=texts.zip.astype(int))
    folder = save(make_pipeline(known, Ridge(0.001)).fit(numbers, numbers.zip == 2139), tmp_path)
    columns = [{"name": "zip", "type": "str"}, {"name": "qty", "type": "int64"}]
    (folder / "input_schema.json").write_text(json.dumps({"columns": columns}))
    data = tmp_path / name
    if name.endswith("csv"):
        texts.to_csv(data, index=False)
    else:
        texts.to_json(data, orient="records", lines=True)
    found = serve(code, "check", data, model_dir=folder)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "where no dtype is given: zip (int64)" in found.stdout
    assert "If it was trained on such, write that type there" in found.stdout
    columns[0]["type"] = "int64"
    (folder / "input_schema.json").write_text(json.dumps({"columns": columns}))
    assert "no dtype" not in serve(code, "check", data, model_dir=folder).stdout


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.csv", "zip,qty\n02139,1\n", ["zip"]),
        ("a.csv", "zip,qty\nx,1\n", None),
        ("a.jsonl", '{"zip": "02139", "qty": 1}\n', ["zip"]),
        ("a.jsonl", '{"7": "02139", "8": 1}\n', None),
        ("a.jsonl", '{"zip": "02139", "qty": 123456789012345678901234567890}\n', None),
    ],
)
def test_what_pandas_makes_of_texts_is_looked_at_where_it_reads_them_and_columns_may_have_no_names(
    tmp_path: Path, name: str, text: str, found: list[str] | None
) -> None:
    (path := tmp_path / name).write_text(text)
    columns = read_columns({"columns": [{"type": "str"}, {"type": "float64"}]}, "s")
    seen = plainly_read(path, columns, model_frame(path, columns))
    assert (seen and seen[2]) == found


def test_a_row_that_the_model_and_the_server_refuse_alike_is_no_difference_and_is_said(
    code: Path, tmp_path: Path
) -> None:
    folder = save(strict_levels(), tmp_path)
    rows = HOUSES.head(8)
    rows.loc[3, "zip"] = "00000"
    rows.to_csv(tmp_path / "rows.csv", index=False)
    found = serve(code, "check", tmp_path / "rows.csv", model_dir=folder)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "rows that the model itself refuses, as the server does: 1 (ValueError: Found unknown" in found.stdout


def test_a_word_that_pandas_takes_for_the_time_of_today_is_no_date(code: Path, tmp_path: Path) -> None:
    folder = save(of_dates(), tmp_path)
    columns = [{"name": "when", "type": "datetime64[ns]"}, {"name": "price", "type": "int64"}]
    (folder / "input_schema.json").write_text(json.dumps({"columns": columns}))
    (tmp_path / "dates.csv").write_text("when,price\n2024-01-01,1\nnow,2\n")
    found = serve(code, "check", tmp_path / "dates.csv", model_dir=folder)
    assert "the column 'when' is not datetime64[ns]" in found.stderr
    assert "'now' is not a date" in found.stderr


def boosted(folder: Path, model: Any) -> Path:
    """A project of XGBoost with that model, and rows of its training."""
    frame = pd.DataFrame({"kind": pd.Categorical(["flat", "house", "hut"] * 10), "rooms": range(30)})
    model.fit(frame, [kind == "hut" for kind in frame.kind])
    code = put_together(folder, "fastapi", "xgboost_json")
    save(model, folder / "model")
    frame.to_csv(folder / "rows.csv", index=False)
    return code


def test_a_model_of_xgboost_is_held_against_xgboosts_own_classes_not_against_the_handler(tmp_path: Path) -> None:
    code = boosted(tmp_path, XGBClassifier(n_estimators=5, enable_categorical=True))
    found = serve(code, "check", tmp_path / "rows.csv", model_dir=tmp_path / "model")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "30 rows, 3 content types" in found.stdout
    assert "refused" not in found.stdout
    wrong = edited(code, tmp_path / "wrong", predict="return np.zeros(len(data), int)")
    found = serve(wrong, "check", tmp_path / "rows.csv", model_dir=tmp_path / "model")
    assert (found.returncode, "row 3 differs" in found.stdout) == (1, True), found.stdout + found.stderr


@pytest.mark.parametrize(
    ("needed", "advice"), [("pytest\npandas==3.1.1\n", "-r test/requirements.txt"), ("pytest\n", "pandas")]
)
def test_where_pandas_lacks_the_requirements_of_the_tests_are_named_if_they_have_it(
    tmp_path: Path, needed: str, advice: str
) -> None:
    code = boosted(tmp_path, XGBClassifier(n_estimators=1, enable_categorical=True))
    copy = edited(code, tmp_path / "lacking", top="import sys\nsys.modules['pandas'] = None")
    (copy.parent / "test").mkdir()
    (copy.parent / "test" / "requirements.txt").write_text(needed)
    found = serve(copy, "check", tmp_path / "rows.csv", model_dir=tmp_path / "model")
    assert f"rows.csv is read by pandas, which is not here: pip install {advice}\n" in found.stderr


@pytest.mark.all
@pytest.mark.parametrize(
    ("objective", "probabilities"),
    [
        ("binary:logistic", True),
        ("multi:softmax", True),
        ("multi:softmax", False),
        ("multi:softprob", False),
        ("reg:squarederror", False),
    ],
)
def test_boosters_without_scikit_learns_interface_are_checked_too(
    tmp_path: Path, objective: str, probabilities: bool
) -> None:
    code = put_together(tmp_path, "fastapi", "xgboost_json")
    frame = pd.DataFrame({"a": range(40), "b": [place % 7 for place in range(40)]})
    labels = [place % (3 if "multi" in objective else 2) for place in range(40)]
    classes = {"num_class": 3} if "multi" in objective else {}
    matrix = xgb.DMatrix(frame, label=labels)
    save(xgb.train({"objective": objective, **classes}, matrix, 5), tmp_path / "model")
    frame.to_csv(tmp_path / "rows.csv", index=False)
    settings = {"SERVER_PROBABILITIES": str(probabilities).lower()}
    found = serve(code, "check", tmp_path / "rows.csv", model_dir=tmp_path / "model", **settings)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("script", "returncode", "says"),
    [
        ("def predict_fn(data, model): return ~model.predict(data)", 0, "12 rows, 3 content types"),
        # What no notebook knows: another answer where it is served.
        (
            "import os\ndef predict_fn(data, model): return [os.environ.get('SERVER_HOST')] * len(data)",
            1,
            "row 1 differs, as application/json, by itself",
        ),
        ("def input_fn(body, content_type): return body", 1, "code/inference.py has input_fn: only the script knows"),
    ],
)
def test_a_script_is_asked_by_its_own_functions(
    tmp_path: Path, model_dir: Path, data: Path, script: str, returncode: int, says: str
) -> None:
    code = put_together(tmp_path, "fastapi", "sklearn_script")
    (code / "inference.py").write_text(script)
    found = serve(code, "check", data, model_dir=model_dir)
    assert (found.returncode, says in found.stdout + found.stderr) == (returncode, True), found.stdout + found.stderr
    assert "Traceback" not in found.stderr


def test_schema_is_written_from_data_and_the_model_and_read_by_the_server(
    code: Path, data: Path, tmp_path: Path
) -> None:
    folder = save(encoded_zip(), tmp_path)
    found = serve(code, "schema", data, model_dir=folder)
    assert found.returncode == 0, found.stderr
    assert "zip: str, may be missing; text, since a number would lose its zeros in front" in found.stdout
    assert json.loads((folder / "input_schema.json").read_text())["columns"] == [
        {"name": "zip", "type": "str", "required": False},
        {"name": "age", "type": "int64", "required": True},
        {"name": "sold", "type": "bool", "required": True},
    ]
    assert serve(code, "check", data, model_dir=folder).returncode == 0
    again = serve(code, "schema", data, model_dir=folder)
    assert again.returncode == 1
    assert "is there already: edit it, or remove it and say this again" in again.stderr


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("none.csv", None, "No such file"),
        ("data.xlsx", "", "the name must end in .csv"),
        ("data.csv", "zip,age\n1,2\n", "lacks the columns sold"),
        ("data.csv", "zip,age,sold\n", "has no rows"),
        ("data.jsonl", "{", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    code: Path, model_dir: Path, tmp_path: Path, name: str, content: str | None, reason: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    found = serve(code, "check", path, model_dir=model_dir)
    assert (found.returncode, reason in found.stderr) == (1, True), found.stderr
    assert "Traceback" not in found.stderr
