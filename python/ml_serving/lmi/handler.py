"""What DJL Serving calls for each request: LMI's engine behind SageMaker's shapes."""

import codecs
import json
from collections.abc import AsyncIterator

from djl_python.inputs import Input
from djl_python.lmi_vllm.vllm_async_service import VLLMHandler
from djl_python.outputs import Output

from ml_serving.invocations import SageMaker
from ml_serving.invocations.asgi import Message, header
from ml_serving.invocations.errors import FAILED
from ml_serving.lmi.asgi_call import post
from ml_serving.lmi.openai_routes import OpenAIRoutes

# DJL Serving reads no longer texts than 32767 bytes: this many characters always fit.
LONGEST = 8000

engine = VLLMHandler()
app = SageMaker(OpenAIRoutes(engine))


async def handle(inputs: Input) -> Output | AsyncIterator[Output] | None:
    """Answers a request; the first call has none, and loads the model."""
    if not engine.initialized:
        await engine.initialize(inputs.get_properties())
        return None
    request = inputs.get_batches()[0]
    content_type = request.get_property("Content-Type") or ""
    body = request.get_as_bytes() or b""
    messages = post(app, "/invocations", content_type, bytes(body))
    start = await anext(messages, None)
    if start is None:
        return _refusal(500, FAILED)
    if start["status"] != 200:
        whole = b"".join([message["body"] async for message in messages])
        return _refusal(start["status"], json.loads(whole)["error"])
    return _answer(header(start["headers"], b"content-type"), messages)


def _refusal(status: int, error: str) -> Output:
    """DJL Serving makes the body from these: {"code": …, "error": …}."""
    return _part("application/json", "", last=True, code=status, error=error)


async def _answer(
    content_type: str, messages: AsyncIterator[Message]
) -> AsyncIterator[Output]:
    """The answer's parts, sent as they come: a stream's events, or JSON."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    async for message in messages:
        text = decoder.decode(message.get("body", b""))
        for start in range(0, len(text), LONGEST):
            yield _part(content_type, text[start : start + LONGEST], last=False)
    yield _part(content_type, "", last=True)


def _part(content_type: str, text: str, **members: str | int | bool) -> Output:
    """A part of an answer, in the form that LMI's own handlers give it."""
    output = Output()
    output.add_property("Content-Type", content_type)
    output.add(Output.binary_encode({"data": text, **members}))
    return output
