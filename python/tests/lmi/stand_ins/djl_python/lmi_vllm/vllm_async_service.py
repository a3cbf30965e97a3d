"""LMI's engine: it checks requests with pydantic, and answers with vLLM's own objects."""

import json
from types import SimpleNamespace

from pydantic import BaseModel


class Completion(BaseModel):
    model: str
    prompt: str
    max_tokens: int = 16
    temperature: float | None = None
    stream: bool = False


class Chat(BaseModel):
    model: str
    messages: list[dict[str, str]]
    stream: bool = False


class Answer(BaseModel, extra="allow"):
    """Any of vLLM's answers."""


class ErrorInfo(BaseModel):
    message: str
    code: int


class ErrorResponse(BaseModel):
    error: ErrorInfo


class ClientError(Exception):
    """vLLM's own: the caller's fault, and no ValueError."""


class Service:
    @staticmethod
    def create_error_response(error):
        code = 400 if isinstance(error, (ClientError, ValueError)) else 500
        return ErrorResponse(error=ErrorInfo(message=str(error), code=code))


class VLLMHandler:
    def __init__(self):
        self.completion_service = Service()
        self.initialized = False
        self.properties = None
        self.healthy = True

    async def initialize(self, properties):
        self.properties = properties
        self.initialized = True

    async def check_health(self):
        if not self.healthy:
            raise RuntimeError("the engine has died")

    async def preprocess_request(self, inputs):
        assert inputs.get_property("content-type") == "application/json"
        document = json.loads(inputs.get_as_bytes())
        if "prompt" in document:
            return SimpleNamespace(vllm_request=Completion(**document), inference_invoker=self.complete)
        return SimpleNamespace(vllm_request=Chat(**document), inference_invoker=self.chat)

    async def complete(self, request):
        """Tests put what they need here."""
        raise NotImplementedError

    async def chat(self, request):
        raise NotImplementedError
