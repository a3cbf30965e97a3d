"""LMI's engine as an ASGI app: OpenAI's completions and chat completions."""

import logging
from types import AsyncGeneratorType

from djl_python.inputs import Input
from djl_python.lmi_vllm.vllm_async_service import VLLMHandler
from pydantic import ValidationError

from ml_serving.invocations.asgi import Receive, Scope, Send, answer, compact

logger = logging.getLogger(__name__)


class OpenAIRoutes:
    """Answers `messages` and `prompt`; LMI tells them apart by these, not by the path."""

    def __init__(self, engine: VLLMHandler) -> None:
        self._engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Input()
        request.properties["Content-Type"] = "application/json"
        request.content.add(key="data", value=(await receive())["body"])
        # Ends this process when the engine has died, which /ping then tells.
        await self._engine.check_health()
        try:
            prepared = await self._engine.preprocess_request(request)
            result = await prepared.inference_invoker(prepared.vllm_request)
        except ValidationError as error:
            document = {"error": {"message": _finding(error)}}
            return await answer(send, 400, compact(document))
        except Exception as error:
            # vLLM knows which of its exceptions are the caller's fault.
            result = self._engine.completion_service.create_error_response(error)
            if result.error.code >= 500:
                logger.exception("the engine failed to answer a request")
        if isinstance(result, AsyncGeneratorType):
            return await _stream(send, result)
        # vLLM's errors are answers too, with their status in them.
        error = getattr(result, "error", None)
        status = error.code if error else 200
        await answer(send, status, result.model_dump_json().encode())


def _finding(error: ValidationError) -> str:
    """The first one: what pydantic prints repeats the request."""
    finding = error.errors()[0]
    place = ".".join(str(part) for part in finding["loc"])
    return f"{place}: {finding['msg']}" if place else finding["msg"]


async def _stream(send: Send, events: AsyncGeneratorType[str, None]) -> None:
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    async for event in events:
        part = {"body": event.encode(), "more_body": True}
        await send({"type": "http.response.body", **part})
    await send({"type": "http.response.body", "body": b""})
