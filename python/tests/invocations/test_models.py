"""Which model, or adapter of it, the engine is asked for."""

import json
from typing import Any

import pytest

from tests.invocations.engines import JSON, Recorded, answer_of

ANSWER = [json.dumps({"choices": [{"index": 0, "text": "x", "finish_reason": "stop"}]}).encode()]
SHAPES = [{"inputs": "a"}, {"prompt": "a"}, {"messages": [{"role": "user", "content": "a"}]}]
IDENTIFIER = b"X-Amzn-SageMaker-Adapter-Identifier".lower()


def asked(document: dict[str, Any], identifier: bytes | None = None) -> Any:
    """The name that the engine gets, or the status and the words of the refusal."""
    engine = Recorded(ANSWER)
    headers = [*JSON, *([(IDENTIFIER, identifier)] if identifier else [])]
    status, answer = answer_of(engine, document, headers=headers)
    return engine.asked["model"] if status == 200 else (status, answer["error"])


@pytest.fixture
def adapters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVED_ADAPTERS", json.dumps({"sql": "model:sql", "chat": "model:chat"}))


@pytest.mark.usefixtures("adapters")
@pytest.mark.parametrize("shape", SHAPES)
def test_a_request_gets_the_adapter_that_it_names_and_else_the_model_itself(shape: dict[str, Any]) -> None:
    assert asked(shape) == "model"
    assert asked({**shape, "model": None}) == "model"
    assert asked({**shape, "model": "model"}) == "model"
    assert asked({**shape, "model": "sql"}) == "model:sql"
    assert asked(shape, b"chat") == "model:chat"
    assert asked({**shape, "model": "chat"}, b"chat") == "model:chat"
    assert asked({**shape, "model": "model"}, b"chat") == "model:chat"


@pytest.mark.usefixtures("adapters")
@pytest.mark.parametrize("shape", SHAPES)
def test_a_name_that_no_adapter_has_is_not_answered_by_another(shape: dict[str, Any]) -> None:
    words = 'there is no adapter sqll; adapters here: sql, chat; "model", or no name, is the model without one'
    assert asked({**shape, "model": "sqll"}) == (404, words)
    assert asked(shape, b"sqll") == (404, words)
    assert asked({**shape, "model": "sql"}, b"chat") == (
        400,
        '"model" is sql, but the request is for the adapter chat',
    )
    assert asked({**shape, "model": 7}) == (400, '"model" is not a string')
    assert asked(shape, b"model")[0] == 404


@pytest.mark.parametrize("shape", SHAPES)
def test_without_adapters_every_name_means_the_one_model(shape: dict[str, Any]) -> None:
    assert asked({**shape, "model": "meta-llama/Llama-3.1-8B"}) == "model"
    assert asked({**shape, "model": 7}) == "model"
    assert asked(shape, b"sql") == (
        404,
        'there is no adapter sql; adapters here: none; "model", or no name, is the model without one',
    )


@pytest.mark.usefixtures("adapters")
@pytest.mark.parametrize("shape", SHAPES)
def test_names_of_adapters_that_are_loaded_later_are_left_to_the_engine(
    shape: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVED_ADAPTERS_AT_RUN_TIME", "true")
    for known in ({"sql": "sql"}, {}):
        monkeypatch.setenv("SERVED_ADAPTERS", json.dumps(known))
        assert asked(shape) == "model"
        assert asked({**shape, "model": "later"}) == "later"
        assert asked(shape, b"later") == "later"
        assert asked(shape, b"model")[0] == 404


def test_what_sagemaker_passes_on_of_openais_path_is_for_the_model_by_no_name_and_checked_as_any_other() -> None:
    engine = Recorded(ANSWER)
    path = "/v1/chat/completions"
    status, _ = answer_of(engine, {"messages": [{"role": "user", "content": "a"}], "model": ""}, path=path)
    assert (status, engine.path, engine.asked["model"]) == (200, path, "model")
    part = {"type": "image_url", "image_url": {"url": "http://169.254.170.2/v2/credentials"}}
    engine = Recorded(ANSWER)
    status, answer = answer_of(engine, {"messages": [{"role": "user", "content": [part]}]}, path=path)
    assert (status, engine.asked) == (400, {})
    assert "this endpoint fetches nothing" in answer["error"]
