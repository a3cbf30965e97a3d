"""LMI's engine as an ASGI app: OpenAI's completions and chat completions."""

import json
from types import AsyncGeneratorType
from typing import Any

from djl_python.inputs import Input
from djl_python.lmi_vllm.vllm_async_service import VLLMHandler
from invocations.asgi import Receive, Scope, Send, answer, compact
from pydantic import ValidationError


class OpenAIRoutes:
    """Answers `messages` and `prompt`; LMI tells them apart by these, not by the path."""

    def __init__(self, engine: VLLMHandler) -> None:
        self._engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Input()
        request.properties["Content-Type"] = "application/json"
        request.content.add(key="data", value=(await receive())["body"])
        # Ends this process when the engine has died: DJL Serving starts another.
        await self._engine.check_health()
        try:
            prepared = await self._engine.preprocess_request(request)
            result = await prepared.inference_invoker(prepared.vllm_request)
        except ValueError as error:
            document = {"error": {"message": _reason(error)}}
            return await answer(send, 400, compact(document))
        if isinstance(result, AsyncGeneratorType):
            return await _stream(send, result)
        body = result.model_dump_json()
        await answer(send, _status(json.loads(body)), body.encode())


def _reason(error: ValueError) -> str:
    """The first finding: what pydantic prints repeats the request."""
    if not isinstance(error, ValidationError):
        return str(error)
    finding = error.errors()[0]
    place = ".".join(str(part) for part in finding["loc"])
    return f"{place}: {finding['msg']}" if place else finding["msg"]


def _status(document: dict[str, Any]) -> int:
    """vLLM's errors are answers too, in one of two shapes."""
    error = document if document.get("object") == "error" else document.get("error")
    return error["code"] if error else 200


async def _stream(send: Send, events: AsyncGeneratorType[str, None]) -> None:
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    async for event in events:
        part = {"body": event.encode(), "more_body": True}
        await send({"type": "http.response.body", **part})
    await send({"type": "http.response.body", "body": b""})
