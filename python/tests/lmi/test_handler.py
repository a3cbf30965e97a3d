"""ml_serving/lmi/handler.py answers in SageMaker's shapes, with a stand-in for LMI's engine below it."""

import asyncio
import json

import pytest
from djl_python.inputs import Input
from djl_python.lmi_vllm.vllm_async_service import Answer, Chat, ClientError, Completion, ErrorInfo, ErrorResponse
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_serving.lmi import handler
from tests.lmi.front import answer, ask

TOO_LONG = "This model's maximum context length is 16 tokens.\nHowever, you asked for 99."


@pytest.fixture(autouse=True)
def loaded(monkeypatch):
    monkeypatch.setattr(handler.engine, "initialized", True)
    monkeypatch.setattr(handler.engine, "healthy", True)


def post(document, **more):
    return asyncio.run(answer(handler.handle, ask(json.dumps(document).encode()), **more))


def completing(monkeypatch, result):
    """The engine answers completions so; returns where what it was asked is put."""
    asked = []

    async def complete(request):
        asked.append(request)
        if isinstance(result, Exception):
            raise result
        return result(request) if callable(result) else result

    monkeypatch.setattr(handler.engine, "complete", complete)
    return asked


def completion(text):
    choice = {"index": 0, "text": text, "finish_reason": "length"}
    return Answer(object="text_completion", choices=[choice], usage={"completion_tokens": 1})


def event(text, finish_reason=None):
    choice = {"index": 0, "text": text, "finish_reason": finish_reason}
    return f"data: {json.dumps({'object': 'text_completion', 'choices': [choice]})}\n\n"


def test_the_first_call_loads_the_model_with_lmis_properties(monkeypatch):
    monkeypatch.setattr(handler.engine, "initialized", False)
    first = Input()
    first.properties["model_id"] = "/opt/ml/model"
    assert asyncio.run(handler.handle(first)) is None
    assert handler.engine.initialized
    assert handler.engine.properties == {"model_id": "/opt/ml/model"}


def test_inputs_are_answered_with_generated_text(monkeypatch):
    asked = completing(monkeypatch, completion(" a time"))
    reply = post({"inputs": "Once upon", "parameters": {"max_new_tokens": 7}})
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    assert json.loads(reply.body) == [{"generated_text": " a time"}]
    assert [(one.prompt, one.max_tokens, one.model) for one in asked] == [("Once upon", 7, "model")]


def test_openais_shapes_are_answered_as_vllm_answers_them(monkeypatch):
    completing(monkeypatch, completion("hi"))
    assert json.loads(post({"prompt": "say", "model": "any"}).body) == completion("hi").model_dump()

    async def chat(request: Chat):
        return Answer(object="chat.completion", said=request.messages[0]["content"])

    monkeypatch.setattr(handler.engine, "chat", chat)
    reply = post({"messages": [{"role": "user", "content": "hello"}]})
    assert json.loads(reply.body) == {"object": "chat.completion", "said": "hello"}


@pytest.mark.parametrize("shape", [{"inputs": "x"}, {"prompt": "x"}])
def test_the_first_event_of_a_stream_is_sent_before_the_last_token_is_made(monkeypatch, shape):
    times = []

    async def tokens(_):
        for text in ("a", "b", "c"):
            times.append(f"{text} made")
            yield event(text, "length" if text == "c" else None)
            await asyncio.sleep(0.01)
        yield "data: [DONE]\n\n"

    completing(monkeypatch, tokens)
    reply = post({**shape, "stream": True}, seen=lambda _: times.append("part sent"))
    assert reply.headers["Content-Type"].startswith("text/event-stream")
    assert times.index("part sent") < times.index("c made")
    assert reply.body.startswith("data: ")
    assert '"a"' in reply.body
    assert '"c"' in reply.body


@pytest.mark.parametrize(
    "refusal",
    [ErrorResponse(error=ErrorInfo(message=TOO_LONG, code=400)), ValueError(TOO_LONG), ClientError(TOO_LONG)],
    ids=["an answer", "an exception", "an exception of its own"],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_that_is_too_long_is_400_however_vllm_says_it(monkeypatch, refusal, stream):
    completing(monkeypatch, refusal)
    reply = post({"inputs": "x", "stream": stream})
    assert reply.status == 400
    assert "maximum context length is 16 tokens. However" in reply.body


def test_what_pydantic_refuses_is_400_with_the_place_and_without_the_request(monkeypatch):
    completing(monkeypatch, completion("never"))
    reply = post({"prompt": "confidential", "max_tokens": "many"})
    assert reply.status == 400
    assert reply.body.startswith("max_tokens: ")
    assert "confidential" not in reply.body
    assert Completion.__name__ not in reply.body


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [(b"{", "application/json", 400), (b"", "application/json", 400), (b"a,b", "text/csv", 415)],
)
def test_what_is_no_request_is_refused_before_it_gets_to_the_engine(body, content_type, status):
    reply = asyncio.run(answer(handler.handle, ask(body, content_type)))
    assert reply.status == status
    assert reply.body


@pytest.mark.parametrize("failing", ["complete", "check_health"])
def test_what_fails_in_the_engine_is_500_and_its_reason_stays_in_the_log(monkeypatch, caplog, failing):
    async def fail(*_):
        raise RuntimeError("CUDA error at 0x7f")

    monkeypatch.setattr(handler.engine, failing, fail)
    reply = post({"inputs": "x"})
    assert reply.status == 500
    assert "CUDA" not in reply.body
    assert "CUDA error at 0x7f" in caplog.text


@settings(deadline=None, max_examples=30)
@given(text=st.text(alphabet=st.sampled_from('aé€😀\n"'), max_size=50), times=st.sampled_from([1, 700, 4000]))
def test_texts_of_any_length_come_out_as_they_were_made(text, times):
    with pytest.MonkeyPatch.context() as monkeypatch:
        completing(monkeypatch, completion(text * times))
        assert json.loads(post({"inputs": "x"}).body) == [{"generated_text": text * times}]
