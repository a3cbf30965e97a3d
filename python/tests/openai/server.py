"""`transformers serve` with a tiny model, and SageMaker's paths in it: server.py PORT_FILE SECONDS_PER_TOKEN.

Two things are not transformers': a completion of several prompts, which vLLM and SGLang answer in one request and
`transformers serve` refuses, is asked for one by one; and GET /tokens says how often the model has run.
"""

import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

import torch
import uvicorn
from fastapi.responses import JSONResponse
from transformers.cli.serving.chat_completion import ChatCompletionHandler
from transformers.cli.serving.completion import CompletionHandler
from transformers.cli.serving.model_manager import ModelManager
from transformers.cli.serving.server import build_server
from transformers.cli.serving.utils import GenerationState

from ml_serving.invocations import SageMaker
from tests.openai import tiny_model

# A folder of that name in the working directory, and so the name under which it is served.
MODEL = "model"


class Completions(CompletionHandler):
    async def handle_request(self, body: dict[str, Any], request_id: str) -> Any:
        if not isinstance(body["prompt"], list):
            return await super().handle_request(body, request_id)
        choices = []
        for index, prompt in enumerate(body["prompt"]):
            answer = await super().handle_request({**body, "prompt": prompt}, request_id)
            choices.append(json.loads(answer.body)["choices"][0] | {"index": index})
        # In any order, as it may be.
        return JSONResponse({"object": "text_completion", "choices": choices[::-1]})


def main(port_file: Path, seconds_per_token: float) -> None:
    # More threads than one cost such a model more than they bring.
    torch.set_num_threads(1)
    tiny_model.save(Path(MODEL))
    models = ModelManager(force_model=MODEL, device="cpu")
    state = GenerationState()
    unused: Any = None
    app = build_server(
        models,
        ChatCompletionHandler(models, state),
        Completions(models, state),
        response_handler=unused,
        transcription_handler=unused,
        systemone_handler=unused,
        generation_state=state,
    )
    tokens = 0

    def count(*_: Any) -> None:
        nonlocal tokens
        tokens += 1
        time.sleep(seconds_per_token)

    models.load_model_and_processor(MODEL)[0].register_forward_pre_hook(count)
    app.get("/tokens")(lambda: tokens)
    app.add_middleware(SageMaker)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port_file.write_text(str(listener.getsockname()[1]))
        uvicorn.Server(uvicorn.Config(app)).run(sockets=[listener])


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
