"""SageMaker's own calls for adapters, answered by vLLM's routes behind our middleware; its engine is a stand-in."""

import json
from typing import Any

import pytest
import vllm.platforms
from fastapi import FastAPI, Request
from starlette.testclient import TestClient
from vllm.platforms.cpu import CpuPlatform

# It looks for what it will run on, and there is no GPU here.
vllm.platforms.current_platform = CpuPlatform()

from vllm.entrypoints.serve.lora.api_router import attach_router
from vllm.entrypoints.serve.sagemaker.api_router import sagemaker_standards_bootstrap

from ml_serving.invocations import SageMaker


class Registry:
    """What vLLM's routes ask to load and unload."""

    def __init__(self) -> None:
        self.loaded: dict[str, str] = {}

    async def load_lora_adapter(self, request: Any) -> str:
        self.loaded[request.lora_name] = request.lora_path
        return "loaded"

    async def unload_lora_adapter(self, request: Any) -> str:
        del self.loaded[request.lora_name]
        return "unloaded"


def test_an_adapter_comes_and_goes_and_requests_in_between_choose_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_ALLOW_RUNTIME_LORA_UPDATING", "true")
    monkeypatch.setenv("SERVED_ADAPTERS_AT_RUN_TIME", "true")
    app = FastAPI()
    app.state.openai_serving_models = registry = Registry()
    attach_router(app)

    @app.post("/v1/completions")
    async def complete(request: Request) -> dict[str, Any]:
        asked = json.loads(await request.body())
        return {"choices": [{"index": 0, "text": asked["model"], "finish_reason": "stop"}]}

    app.add_middleware(SageMaker)
    client = TestClient(sagemaker_standards_bootstrap(app))
    chosen = {"X-Amzn-SageMaker-Adapter-Identifier": "sql"}

    added = client.post("/adapters", json={"name": "sql", "src": "/opt/ml/adapters/sql"})
    assert added.status_code == 200, added.text
    assert registry.loaded == {"sql": "/opt/ml/adapters/sql"}
    answer = client.post("/invocations", json={"inputs": "a"}, headers=chosen)
    assert answer.json() == [{"generated_text": "sql"}]
    assert client.post("/invocations", json={"inputs": "a"}).json() == [{"generated_text": "model"}]
    removed = client.delete("/adapters/sql")
    assert removed.status_code == 200, removed.text
    assert registry.loaded == {}
