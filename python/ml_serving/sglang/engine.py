"""How SGLang is called."""

import sys

from ml_serving.engine.plan import Engine

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
    reserved={
        "--tokenizer-worker-num": "Further processes would serve without our middleware.",
    },
    # Otherwise SGLang's /health generates a token and takes a second at least, longer while a
    # long prompt is read: SageMaker gives /ping two. It stops itself when a part of it dies.
    environment={"SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION": "false"},
)
