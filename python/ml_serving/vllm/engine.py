"""How vLLM is called."""

from ml_serving.engine.plan import Engine

VLLM = Engine(
    prefix="SM_VLLM_",
    command=lambda model: ["vllm", "serve", model],
    dividing_flags=frozenset(
        {
            "--tensor-parallel-size",
            "--pipeline-parallel-size",
            "--data-parallel-size",
        }
    ),
    # What SageMaker asks for and vLLM has no answer to.
    flags={"--middleware": ["ml_serving.invocations.SageMaker"]},
    reserved={"--middleware": "The container's own answers SageMaker's requests."},
)
