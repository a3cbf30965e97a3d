"""What vLLM 0.33.0 and SGLang 0.5.23 answer, written down from their source: neither runs without a GPU.

vLLM: vllm/entrypoints/serve/engine/protocol.py (ErrorInfo), serve/exception_handling/handlers/validation.py,
openai/completion/serving.py (completion_stream_generator), renderers/params.py (prompts that are too long).
SGLang: sglang/srt/entrypoints/openai/serving_base.py (create_error_response, create_streaming_error_response),
http_server.py (validation_exception_handler), srt/managers/tokenizer_manager.py (prompts that are too long).
"""

import json
from typing import Any

VLLM_TOO_LONG = (
    "This model's maximum context length is 2048 tokens. However, your prompt contains at least 2049 input tokens, "
    "which exceeds this limit even without any output tokens. Please reduce the length of the input prompt."
)
SGLANG_TOO_LONG = (
    "Requested token count exceeds the model's maximum context length of 2048 tokens. You requested a total of 2100 "
    "tokens: 2000 tokens from the input messages and 100 tokens for the completion. Please reduce the number of tokens "
    "in the input messages or the completion to fit within the limit."
)
_FINDING = {
    "type": "list_type",
    "loc": ("body", "function-wrap[__log_extra_fields__()]", "messages"),
    "msg": "Input should be a valid list",
    "input": "a secret " * 500,
}
VLLM_INVALID = f"1 validation error:\n  {_FINDING | {'loc': 'body.messages'}}"
SGLANG_INVALID = f'1 validation error:\n  {_FINDING}\n\n  File "http_server.py", line 1 {[_FINDING]}'


def vllm_error(message: str, code: int = 400) -> dict[str, Any]:
    return {"error": {"message": message, "type": "BadRequestError", "param": None, "code": code}}


def sglang_error(message: str, code: int = 400) -> dict[str, Any]:
    return {"object": "error", "message": message, "type": "BadRequestError", "param": None, "code": code}


def event(document: Any) -> bytes:
    return b"data: " + json.dumps(document, separators=(",", ":")).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
KEEP_ALIVE = b": keep-alive\n\n"


def completion_event(text: str, finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": finish_reason, "stop_reason": None}
    return event({"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "model", "choices": [choice]})


def chat_event(delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return event({"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "model", "choices": [choice]})


USAGE_EVENT = event({"id": "cmpl-1", "object": "text_completion", "choices": [], "usage": {"completion_tokens": 3}})
COMPLETION = [completion_event(" Par"), completion_event("is é\u2028😀"), completion_event(".", "stop")]
CHAT = [
    chat_event({"role": "assistant", "content": ""}),
    chat_event({"content": 'an "error": none'}),
    chat_event({"content": "."}, "stop"),
]
