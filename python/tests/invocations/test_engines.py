"""Requests as vLLM and SGLang get them, and their answers and errors as callers see them."""

import asyncio
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streaming import events, text_of

from ml_serving.invocations import SageMaker
from tests.invocations import recorded
from tests.invocations.engines import JSON, SSE, Recorded, answer_of, call, exchange
from tests.invocations.recorded import CHAT, COMPLETION, DONE, KEEP_ALIVE, USAGE_EVENT

ANSWER = [json.dumps({"choices": [{"index": 0, "text": "x", "finish_reason": "stop"}]}).encode()]
SHAPES = [{"inputs": "a"}, {"prompt": "a"}, {"messages": [{"role": "user", "content": "a"}]}]
INPUTS_STREAM = {"inputs": "a", "stream": True}


def asked_for(parameters: dict[str, Any]) -> dict[str, Any]:
    """What the engine is asked for inputs with these parameters, beside model, prompt and stream."""
    engine = Recorded(ANSWER)
    assert answer_of(engine, {"inputs": "a", "parameters": parameters}) == (200, [{"generated_text": "x"}])
    assert engine.path == "/v1/completions"
    assert (engine.asked.pop("model"), engine.asked.pop("prompt"), engine.asked.pop("stream")) == ("model", "a", False)
    return engine.asked


@pytest.mark.parametrize(
    ("parameters", "asked"),
    [
        ({}, {"max_tokens": 100, "temperature": 0}),
        ({"max_new_tokens": 5, "seed": None}, {"max_tokens": 5, "temperature": 0}),
        ({"temperature": 0.5, "seed": 1}, {"max_tokens": 100, "temperature": 0.5, "seed": 1}),
        ({"top_k": 3}, {"max_tokens": 100, "top_k": 3}),
        ({"top_p": 0.9, "do_sample": True}, {"max_tokens": 100, "top_p": 0.9}),
        ({"do_sample": True}, {"max_tokens": 100}),
        ({"do_sample": False, "temperature": 0.5, "top_k": 3}, {"max_tokens": 100, "temperature": 0}),
        (
            {"repetition_penalty": 1.1, "stop": ["."]},
            {"max_tokens": 100, "temperature": 0, "repetition_penalty": 1.1, "stop": ["."]},
        ),
    ],
)
def test_decoding_is_greedy_unless_sampling_was_asked_for(parameters: dict, asked: dict) -> None:
    assert asked_for(parameters) == asked


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"max_length": 5, "typical_p": 0.1}, ["max_length, typical_p", "max_new_tokens", "return_full_text"]),
        ({"temperature": "hot"}, ["temperature is not a number"]),
        ({"max_new_tokens": True}, ["max_new_tokens is not a whole number"]),
        ({"max_new_tokens": 1.5}, ["max_new_tokens is not a whole number"]),
        ({"do_sample": 1}, ["do_sample is not true or false"]),
        ([1], ['"parameters" is not an object']),
    ],
)
def test_parameters_that_are_unknown_or_of_a_wrong_type_are_named(parameters: Any, words: list[str]) -> None:
    status, answer = answer_of(Recorded(ANSWER), {"inputs": "a", "parameters": parameters})
    assert status == 400
    for word in words:
        assert word in answer["error"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text().filter(lambda name: name not in ("inputs", "messages", "prompt")), json_values))
def test_openai_requests_reach_the_engine_with_all_members_but_the_models_name(members: dict[str, Any]) -> None:
    for shape, path in (("messages", "/v1/chat/completions"), ("prompt", "/v1/completions")):
        engine = Recorded(ANSWER)
        status, pieces = call(engine, {**members, shape: "text"})
        assert (status, b"".join(pieces)) == (200, ANSWER[0])
        assert engine.path == path
        assert engine.asked == {**members, shape: "text", "model": "model"}


@given(json_values)
def test_whatever_is_sent_is_answered_with_text_or_one_short_sentence(document: Any) -> None:
    for body in (document, {"inputs": document}, {"inputs": "a", "parameters": document}):
        status, answer = answer_of(Recorded(), json.dumps(body).encode())
        assert status in (200, 400)
        assert status == 200 or 0 < len(answer["error"]) <= 500


@pytest.mark.parametrize(
    ("engines_status", "answer", "status", "expected"),
    [
        (400, recorded.vllm_error(recorded.VLLM_TOO_LONG), 400, recorded.VLLM_TOO_LONG),
        (400, recorded.sglang_error(recorded.SGLANG_TOO_LONG), 400, recorded.SGLANG_TOO_LONG),
        (400, recorded.vllm_error(recorded.VLLM_INVALID), 400, "messages: Input should be a valid list"),
        (400, recorded.sglang_error(recorded.SGLANG_INVALID), 400, "messages: Input should be a valid list"),
        (500, recorded.vllm_error("CUDA out of memory at /usr/lib", 500), 500, "failed to answer"),
        (502, recorded.sglang_error("bad gateway", 502), 500, "failed to answer"),
        (503, recorded.sglang_error("shutting down", 503), 503, "try again"),
        (404, {"detail": "Not Found"}, 404, "Not Found"),
        (429, "<html>", 429, "the engine answered 429"),
    ],
)
def test_errors_of_the_engine_become_one_sentence_with_their_status(
    engines_status: int, answer: Any, status: int, expected: str
) -> None:
    body = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
    for shape in SHAPES:
        told, document = answer_of(Recorded([body], engines_status), shape)
        assert told == status
        assert expected in document["error"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "error", [recorded.vllm_error("too long"), {"error": recorded.sglang_error("too long")}, {"error": "too long"}]
)
def test_an_error_in_the_first_event_of_a_stream_is_an_http_error(shape: dict, error: dict) -> None:
    status, answer = answer_of(Recorded([recorded.event(error), DONE], headers=SSE), {**shape, "stream": True})
    if error == {"error": "too long"}:
        # It has no status: whose fault it is, nobody knows.
        assert (status, "failed to answer" in answer["error"]) == (500, True)
    else:
        assert (status, answer) == (400, {"error": "too long"})


@pytest.mark.parametrize(("shape", "told"), [(SHAPES[0], COMPLETION), (SHAPES[1], COMPLETION), (SHAPES[2], CHAT)])
def test_an_error_amid_a_stream_is_its_last_event(shape: dict, told: list[bytes]) -> None:
    error = recorded.event(recorded.vllm_error("Internal server error", 500))
    status, pieces = call(Recorded([told[0], told[1] + error, DONE], headers=SSE), {**shape, "stream": True})
    assert status == 200
    *_, before, last, nothing = b"".join(pieces).split(b"\n\n")
    assert nothing == b""
    assert b"is" in before or b"none" in before
    assert "failed to answer" in json.loads(last.removeprefix(b"data: "))["error"]


class Raising(Recorded):
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": SSE})
        for piece in self.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        raise RuntimeError("a dump of the prompt")


@pytest.mark.parametrize(("pieces", "status"), [([], 500), (COMPLETION[:1], 200)])
def test_an_engine_that_raises_ends_the_answer_and_the_web_server_logs_it(pieces: list[bytes], status: int) -> None:
    (start, *bodies), raised = exchange(Raising(pieces), INPUTS_STREAM)
    assert start["status"] == status
    assert b"failed to answer" in bodies[-1]["body"]
    assert b"dump" not in b"".join(message["body"] for message in bodies)
    assert isinstance(raised, RuntimeError)


def test_a_stream_that_the_engine_breaks_off_says_so() -> None:
    _, pieces = call(Recorded([COMPLETION[0], DONE], headers=SSE), INPUTS_STREAM)
    assert "failed to answer" in json.loads(pieces[-1].removeprefix(b"data: "))["error"]


TOLD = [
    {"token": {"text": " Par"}, "generated_text": None},
    {"token": {"text": "is é\u2028😀"}, "generated_text": None},
    {"token": {"text": "."}, "generated_text": "a Paris é\u2028😀."},
]


@st.composite
def split(draw: st.DrawFn, whole: bytes) -> list[bytes]:
    places = draw(st.lists(st.integers(0, len(whole)), max_size=8).map(sorted))
    return [whole[start:end] for start, end in zip([0, *places], [*places, len(whole)], strict=True)]


INPUTS_EVENTS = b"".join([KEEP_ALIVE, *COMPLETION, USAGE_EVENT, DONE])
CHAT_EVENTS = b"".join([*CHAT[:2], KEEP_ALIVE, CHAT[2], USAGE_EVENT, DONE])


@given(split(INPUTS_EVENTS))
def test_however_the_engines_bytes_are_split_inputs_are_answered_with_the_same_events(pieces: list[bytes]) -> None:
    asked = {"inputs": "a", "parameters": {"return_full_text": True}, "stream": True}
    status, answer = call(Recorded(pieces, headers=SSE), asked)
    assert status == 200
    assert list(events(answer)) == TOLD
    assert b"".join(answer).startswith(KEEP_ALIVE)


@given(split(CHAT_EVENTS), split(CHAT_EVENTS.replace(b"\n", b"\r\n")))
def test_however_the_engines_bytes_are_split_openai_streams_come_out_as_they_were(
    pieces: list[bytes], with_returns: list[bytes]
) -> None:
    for given_pieces in (pieces, with_returns):
        status, answer = call(Recorded(given_pieces, headers=SSE), {"messages": [], "stream": True})
        assert (status, b"".join(answer)) == (200, b"".join(given_pieces))


@given(split(CHAT_EVENTS))
def test_however_a_stream_is_split_the_projects_clients_read_the_same_text(pieces: list[bytes]) -> None:
    assert "".join(text_of(event) for event in events(pieces)) == 'an "error": none.'


@pytest.mark.parametrize("shape", SHAPES)
def test_the_engine_hears_that_the_client_of_a_whole_answer_left_and_its_answer_is_dropped(shape: dict) -> None:
    heard = []

    async def engine(_: Any, receive: Any, send: Any) -> None:
        heard.extend([(await receive())["type"], (await receive())["type"]])
        await send({"type": "http.response.start", "status": 200, "headers": JSON})
        await send({"type": "http.response.body", "body": b"null"})

    assert exchange(engine, shape) == ([], None)
    assert heard == ["http.request", "http.disconnect"]


class Health:
    """An engine whose /health takes some time."""

    def __init__(self, seconds: float, status: int = 200) -> None:
        self.seconds, self.status, self.questions = seconds, status, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert (scope["method"], scope["path"]) == ("GET", "/health")
        self.questions += 1
        await asyncio.sleep(self.seconds)
        await send({"type": "http.response.start", "status": self.status, "headers": JSON})
        await send({"type": "http.response.body", "body": b'"well"'})


@pytest.mark.parametrize(("health", "status"), [(Health(0), 200), (Health(0, 503), 503), (Health(5), 503)])
def test_ping_is_200_and_empty_only_when_the_engine_is_well(health: Health, status: int) -> None:
    assert call(health, path="/ping") == (status, [b""])


def test_ping_stays_200_while_an_engine_that_was_well_is_slow_and_asks_it_one_question_at_a_time() -> None:
    async def ping(app: SageMaker) -> int:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await app({"type": "http", "method": "GET", "path": "/ping", "headers": []}, asyncio.Event().wait, send)
        return sent[0]["status"]

    async def run() -> None:
        engine = Health(0)
        app = SageMaker(engine)
        assert await ping(app) == 200
        engine.seconds = 60
        started = time.monotonic()
        assert await asyncio.gather(ping(app), ping(app)) == [200, 200]
        assert time.monotonic() - started < 30
        assert engine.questions == 2

    asyncio.run(run())
