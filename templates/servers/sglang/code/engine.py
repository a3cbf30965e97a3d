"""How SGLang is called; plan.py adds what is the same for every engine."""

import sys
from pathlib import Path

PREFIX = "SM_SGLANG_"

# With one of these the user says how the GPUs share the work.
DIVIDING_FLAGS = {
    "--tp",
    "--tp-size",
    "--tensor-parallel-size",
    "--pp-size",
    "--pipeline-parallel-size",
    "--dp-size",
    "--data-parallel-size",
}

FLAGS: dict[str, list[str]] = {}

RESERVED = {
    "--tokenizer-worker-num": "Further processes would serve without our middleware.",
}

# Otherwise SGLang's /health generates a token and takes a second at least, longer while a
# long prompt is read: SageMaker gives /ping two. It stops itself when a part of it dies.
ENVIRONMENT = {"SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION": "false"}


def command(model: str) -> list[str]:
    start = Path(__file__).with_name("start_sglang.py")
    return [sys.executable, str(start), "--model-path", model]
