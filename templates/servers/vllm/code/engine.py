"""How vLLM is called; plan.py adds what is the same for every engine."""

PREFIX = "SM_VLLM_"

# With one of these the user says how the GPUs share the work.
DIVIDING_FLAGS = {
    "--tensor-parallel-size",
    "--pipeline-parallel-size",
    "--data-parallel-size",
}

# What SageMaker asks for and vLLM has no answer to: see invocations/.
FLAGS = {"--middleware": ["invocations.SageMaker"]}

RESERVED = {"--middleware": "invocations/ is the place to change requests and answers."}

ENVIRONMENT: dict[str, str] = {}


def command(model: str) -> list[str]:
    return ["vllm", "serve", model]
