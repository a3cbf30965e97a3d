"""The GPUs of this machine: hosting tells no container how many it has."""

import subprocess

from ml_serving.errors import StartError

QUERY = ["nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader"]


def compute_capabilities() -> list[float]:
    """One for each GPU, such as 8.9."""
    try:
        answer = subprocess.run(
            QUERY, capture_output=True, check=False, text=True, timeout=60
        )
    except FileNotFoundError:
        raise StartError(
            "there is no GPU: nvidia-smi is not there, which comes with the host's "
            "driver. Use an instance type with NVIDIA GPUs (with Docker: --gpus all)."
        ) from None
    except subprocess.TimeoutExpired:
        raise StartError(
            "nvidia-smi does not answer: the GPU or its driver is broken."
        ) from None
    try:
        capabilities = [float(line) for line in answer.stdout.split()]
    except ValueError:
        capabilities = None
    if answer.returncode or capabilities is None:
        said = " ".join((answer.stdout + answer.stderr).split())
        raise StartError(
            f"the GPUs cannot be asked what they are; nvidia-smi says: {said[:300]} "
            "The driver may be too old: InferenceAmiVersion chooses it."
        )
    if not capabilities:
        raise StartError("there is no GPU: nvidia-smi lists none.")
    return capabilities
