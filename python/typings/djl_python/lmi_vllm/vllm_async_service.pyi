from collections.abc import Awaitable, Callable
from types import AsyncGeneratorType
from typing import Protocol

from djl_python.inputs import Input

class ErrorInfo(Protocol):
    code: int

class Answer(Protocol):
    """One of vLLM's own, or its error."""

    error: ErrorInfo | None
    def model_dump_json(self) -> str: ...

class ErrorResponse(Protocol):
    error: ErrorInfo
    def model_dump_json(self) -> str: ...

class Prepared(Protocol):
    vllm_request: object
    inference_invoker: Callable[
        [object], Awaitable[Answer | AsyncGeneratorType[str, None]]
    ]

class Service(Protocol):
    def create_error_response(self, message: Exception) -> ErrorResponse: ...

class VLLMHandler:
    initialized: bool
    completion_service: Service
    async def initialize(self, properties: dict[str, str]) -> None: ...
    async def check_health(self) -> None: ...
    async def preprocess_request(self, inputs: Input) -> Prepared: ...
