"""How vLLM is called."""

from collections.abc import Sequence

from ml_serving.engine.adapters import Adapter
from ml_serving.engine.flags import Flags
from ml_serving.engine.media import NONE, VARIABLE
from ml_serving.engine.plan import Engine
from ml_serving.errors import StartError

# Those that it has room for, of each adapter.
RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
# It sets room aside on the GPU for so many; the others come from the host's memory.
MOST_ON_GPU = 8


def adapter_flags(adapters: Sequence[Adapter]) -> Flags:
    """Raises StartError for a rank that is too high."""
    largest = max(adapters, key=lambda adapter: adapter.rank)
    rank = next((rank for rank in RANKS if rank >= largest.rank), None)
    if rank is None:
        raise StartError(
            f"the adapter {largest.name} has rank {largest.rank}: vLLM takes {RANKS[-1]} "
            "at most."
        )
    count = len(adapters)
    others = {"--max-cpu-loras": [str(count)]} if count > MOST_ON_GPU else {}
    return {
        "--enable-lora": [],
        "--lora-modules": [f"{adapter.name}={adapter.path}" for adapter in adapters],
        "--max-lora-rank": [str(rank)],
        "--max-loras": [str(min(count, MOST_ON_GPU))],
        **others,
    }


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
    adapters_flag="--lora-modules",
    adapter_flags=adapter_flags,
    adapter_model=lambda name: name,
    # Then it answers SageMaker's POST /adapters and DELETE /adapters/NAME.
    adapters_variable="VLLM_ALLOW_RUNTIME_LORA_UPDATING",
    media_flags=lambda domains: {"--allowed-media-domains": list(domains) or [NONE]},
    # From an allowed domain to any other one.
    environment={"VLLM_MEDIA_URL_ALLOW_REDIRECTS": "0"},
    reserved={
        "--middleware": "The container's own answers SageMaker's requests.",
        "--allowed-media-domains": f"Set {VARIABLE}.",
        "--allowed-local-media-path": "Requests send content as data: URLs.",
    },
)
