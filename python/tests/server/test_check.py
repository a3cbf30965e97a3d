"""python code/serve check FILE, and schema FILE: the server is held against the model itself."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.projects import edited
from tests.server.models import save
from tests.server.test_schema import HOUSES, PRICES, encoded_zip

Run = subprocess.CompletedProcess[str]


def serve(code: Path, *arguments: object, model_dir: Path) -> Run:
    environment = {"PATH": str(Path(sys.executable).parent), "SM_MODEL_DIR": str(model_dir)}
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
    assert "application/x-npy cannot carry these rows" in found.stdout


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


def test_schema_is_written_from_data_and_the_model_and_read_by_the_server(
    code: Path, data: Path, tmp_path: Path
) -> None:
    folder = save(encoded_zip(), tmp_path)
    found = serve(code, "schema", data, model_dir=folder)
    assert found.returncode == 0, found.stderr
    assert json.loads((folder / "input_schema.json").read_text())["columns"] == [
        {"name": "zip", "type": "str", "required": False},
        {"name": "age", "type": "int64", "required": True},
        {"name": "sold", "type": "bool", "required": True},
    ]
    assert serve(code, "check", data, model_dir=folder).returncode == 0
    again = serve(code, "schema", data, model_dir=folder)
    assert again.returncode == 1
    assert "is there already" in again.stderr


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
