"""A model_handler.py that is not what the server needs: one line says what is wrong, before anything is served."""

import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from ml_serving.errors import ModelError
from ml_serving.handler import GenerationHandler, RowsHandler, TextsHandler, checked
from tests.projects import edited, handler_of
from tests.server.conftest import Start, last_words


def handler(**members: object) -> ModuleType:
    made = ModuleType("model_handler")
    vars(made).update(members)
    return made


def whole_rows() -> dict[str, object]:
    return {
        "KIND": "rows",
        "load": lambda model_dir: 1,
        "features": lambda model: 1,
        "prepare": lambda model: None,
        "predict": lambda model, data: data,
    }


@pytest.mark.parametrize("name", ["sklearn_pkl", "sklearn_joblib", "sklearn_skops", "xgboost_json", "xgboost_ubj"])
def test_what_projects_get_is_a_whole_handler(name: str) -> None:
    made = handler_of(name)
    assert checked(made, RowsHandler) is made


async def answers_later(model: object, data: object) -> object:
    return data


async def answers_one_by_one_and_later(model: object, data: Sequence[object]) -> AsyncIterator[object]:
    yield data[0]


def answers_one_by_one(model: object, data: Sequence[object]) -> Iterator[object]:
    yield from data


PLAIN = "is async: it is called as a plain function, in a process of its own, so write def, not async def"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"predict": None}, "predict(model, data) is missing"),
        ({"predict": 7}, "predict is no function, but 7"),
        ({"predict": lambda model: 1}, "predict is called with (model, data): too many positional arguments"),
        (
            {"predict": lambda model, data, more: 1},
            "predict is called with (model, data): missing a required argument: 'more'",
        ),
        ({"predict": answers_later}, f"predict {PLAIN}"),
        ({"load": answers_later}, f"load {PLAIN}"),
        ({"predict": answers_one_by_one_and_later}, f"predict {PLAIN}"),
        (
            {"predict": answers_one_by_one},
            "predict is a generator: what it gives is taken as a whole, so write return, not yield",
        ),
        ({"load": lambda: 1}, "load is called with (model_dir): too many positional arguments"),
    ],
)
def test_a_function_that_cannot_be_called_is_named_with_how_it_is_called(changed: dict, says: str) -> None:
    members = {name: value for name, value in (whole_rows() | changed).items() if value is not None}
    with pytest.raises(ModelError) as raised:
        checked(handler(**members), RowsHandler)
    assert str(raised.value) == f"model_handler.py: {says} (see ml_serving/handler.py)"


def test_functions_that_take_more_than_they_are_given_and_classes_are_fine() -> None:
    members = whole_rows() | {"predict": lambda *given, more=1: given, "load": Path}
    assert checked(handler(**members), RowsHandler)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ModelError) as raised:
        checked(handler(KIND="generation", MAX_NEW_TOKENS="100"), GenerationHandler)
    says = "MAX_NEW_TOKENS is '100', not int; AT_ONCE is missing; load(model_dir) is missing"
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("protocol", "name", "value", "kind"),
    [
        (TextsHandler, "OUTPUTS", "logits", "Sequence[str]"),
        (TextsHandler, "PARAMETERS", ["top_k"], "Mapping[str, 'Check']"),
        (TextsHandler, "PER_TOKEN", 1, "bool"),
        (TextsHandler, "SINGLE_IN_LIST", "no", "bool"),
        (TextsHandler, "KIND", None, "str"),
        (GenerationHandler, "AT_ONCE", "16", "int"),
        (GenerationHandler, "AT_ONCE", True, "int"),
        (GenerationHandler, "MAX_NEW_TOKENS", 1.5, "int"),
    ],
)
def test_a_value_of_another_type_is_named_with_the_one_that_it_must_have(
    protocol: type, name: str, value: object, kind: str
) -> None:
    with pytest.raises(ModelError) as raised:
        checked(handler(**{name: value}), protocol)
    assert f"{name} is {value!r}, not {kind};" in str(raised.value)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("", "model_handler.py: KIND is missing: it takes one of 'rows', 'texts', 'generation'"),
        ("KIND = 'tabular'", "model_handler.py: KIND is 'tabular': it takes one of 'rows', 'texts', 'generation'"),
        ("KIND = 1 + 1", "model_handler.py: KIND is 1 + 1: it takes one of 'rows', 'texts', 'generation'"),
    ],
)
def test_a_handler_that_names_no_kind_of_models_is_told_which_there_are(
    code: Path, tmp_path: Path, start: Start, kind: str, says: str
) -> None:
    server = start(with_kind(code, tmp_path, kind))
    assert server.wait() == 1
    how = "written as such in a line of its own, since it is read before the file is run (see ml_serving/handler.py)"
    assert server.output == f"{says}, {how}\n"


def with_kind(code: Path, folder: Path, line: str) -> Path:
    """A copy of code/ whose handler has this line in place of KIND = "rows"."""
    copy = edited(code, folder)
    path = copy / "model_handler.py"
    content = path.read_text()
    assert content.count('\nKIND = "rows"\n') == 1
    path.write_text(content.replace('\nKIND = "rows"\n', f"\n{line}\n"))
    return copy


def test_a_kind_may_be_declared_with_its_type(code: Path, tmp_path: Path, start: Start) -> None:
    start(with_kind(code, tmp_path, 'KIND: str = "rows"')).ready()


def test_a_kind_of_models_that_the_project_was_not_made_for_is_said_to_be_one(
    code: Path, tmp_path: Path, start: Start
) -> None:
    copy = with_kind(code, tmp_path, 'KIND = "texts"')
    shutil.rmtree(copy / "ml_serving/texts")
    assert last_words(start(copy)) == (
        "model_handler.py: KIND is 'texts', but there is no ml_serving/texts: "
        "the project was generated for models of another kind"
    )


@pytest.mark.parametrize(
    ("addition", "says"),
    [
        ("del predict", "model_handler.py: predict(model, data) is missing (see ml_serving/handler.py)"),
        (
            "def features():\n    pass",
            "model_handler.py: features is called with (model): too many positional arguments"
            + " (see ml_serving/handler.py)",
        ),
        (
            "REQUEST_TYPES = 'text/x'",
            "model_handler.py: REQUEST_TYPES is 'text/x', not a tuple of RequestType "
            + "(see ml_serving/rows/forms/content_types.py)",
        ),
        (
            "def predict(model, data):\n    yield from data",
            "model_handler.py: predict is a generator: what it gives is taken as a whole, so write return, not yield "
            + "(see ml_serving/handler.py)",
        ),
    ],
)
def test_a_mistake_in_a_function_stops_the_container(
    code: Path, tmp_path: Path, start: Start, addition: str, says: str
) -> None:
    server = start(edited(code, tmp_path, ends={"model_handler.py": addition}))
    assert last_words(server) == says
    assert "Traceback" not in server.output


def test_a_load_that_returns_nothing_is_told_before_the_server_is_ready(
    code: Path, tmp_path: Path, start: Start
) -> None:
    server = start(edited(code, tmp_path, load="return None"))
    assert server.wait() == 1
    assert server.log()[-1]["event"] == "model_handler.py: load returned None: it must return the model"


def test_a_mistyped_variable_of_the_server_is_named_with_the_nearest(start: Start) -> None:
    server = start(SERVER_PROBABILTIES="true", SERVER_QUEUE="5").ready()
    [line] = server.log(level="WARNING")
    says = "SERVER_PROBABILTIES has no effect: it is no setting of this server; did you mean SERVER_PROBABILITIES?"
    assert line["event"] == says
