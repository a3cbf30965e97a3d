"""How SGLang is called."""

import sys

from ml_serving.engine.plan import Engine
from ml_serving.engine.start import SERVED_NAME

SGLANG = Engine(
    prefix="SM_SGLANG_",
    command=lambda model: [
        *(sys.executable, "-m", "ml_serving.sglang.start"),
        *("--model-path", model),
    ],
    dividing_flags=frozenset(
        {
            "--tp",
            "--tp-size",
            "--tensor-parallel-size",
            "--pp-size",
            "--pipeline-parallel-size",
            "--dp-size",
            "--data-parallel-size",
        }
    ),
    adapters_flag="--lora-paths",
    # It finds out their rank and modules itself.
    adapter_flags=lambda adapters: {
        "--enable-lora": [],
        "--lora-paths": [f"{adapter.name}={adapter.path}" for adapter in adapters],
        # Room on the GPU, the model without an adapter counted in.
        "--max-loras-per-batch": [str(min(len(adapters) + 1, 8))],
    },
    adapter_model=lambda name: f"{SERVED_NAME}:{name}",
    # It takes float16 there for every model, but only when it loads the weights.
    without_bfloat16={"--dtype": ["half"]},
    reserved={
        "--tokenizer-worker-num": "Further processes would serve without our middleware.",
    },
    # Otherwise SGLang's /health generates a token and takes a second at least, longer while a
    # long prompt is read: SageMaker gives /ping two. It stops itself when a part of it dies.
    environment={"SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION": "false"},
)
