"""How LMI is started: its own variables, from those that this container takes."""

import re
from collections.abc import Mapping
from pathlib import Path

from ml_serving.engine.adapters import adapters_folder, find_adapters
from ml_serving.engine.gpus import compute_capabilities
from ml_serving.engine.media import VARIABLE, for_middleware, media_domains
from ml_serving.engine.start import PROGRAM, SERVED_NAME, Plan
from ml_serving.errors import StartError
from ml_serving.hub.model_source import Model, find_model
from ml_serving.hub.token import hub_token

# LMI's own start script sets CUDA up, and then runs what it is given. `exec` puts
# DJL Serving in its place: with `serve`, SageMaker's SIGTERM would end at the script.
COMMAND = ("dockerd-entrypoint.sh", "exec", "djl-serving")
# Variables that LMI reads and this container sets, and what to do instead.
OURS = {
    "OPTION_MODEL_ID": "set HF_MODEL_ID",
    "OPTION_REVISION": "set HF_MODEL_REVISION",
    "OPTION_SERVED_MODEL_NAME": "leave it out: requests may name any model",
    "OPTION_ENTRYPOINT": "leave it out: the container's own handler answers",
    "OPTION_ROLLING_BATCH": "leave it out: the container's own handler answers",
    "OPTION_ASYNC_MODE": "leave it out: the container's own handler answers",
    "OPTION_ALLOWED_MEDIA_DOMAINS": f"set {VARIABLE}",
    "OPTION_ALLOWED_LOCAL_MEDIA_PATH": "requests send content as data: URLs",
    "SERVING_LOAD_MODELS": "leave it out: the container serves one model",
    "SERVING_INFERENCE_ADDRESS": "leave it out: SageMaker chooses the port",
    "SERVING_MANAGEMENT_ADDRESS": "leave it out: SageMaker chooses the port",
}
SECRET = re.compile(r"(OPTION|SERVING)_(\w+_)?(KEY|TOKEN|PASSWORD|SECRET)")


def make_plan(environment: Mapping[str, str]) -> Plan:
    """The user's OPTION_* and SERVING_* variables are LMI's own, and pass as they are."""
    _refuse(environment)
    model = find_model(environment)
    _refuse_adapters(environment)
    # In one sentence what LMI says in many, where there is none that can be used.
    compute_capabilities()
    port = environment.get("SAGEMAKER_BIND_TO_PORT") or "8080"
    address = f"http://0.0.0.0:{port}"
    plan = {
        "TENSOR_PARALLEL_DEGREE": "max",
        # Requests at a time, as LMI has it by default where it chooses the handler.
        "OPTION_MAX_ROLLING_BATCH_SIZE": "256",
        # How often the model's process may die before /ping says so, and SageMaker
        # replaces the container: by default, ten times while requests wait for it.
        "SERVING_RETRY_THRESHOLD": "0",
        **environment,
        **_model(model),
        "OPTION_SERVED_MODEL_NAME": SERVED_NAME,
        # A folder of this container, so that no code that lies beside the weights is run.
        "SERVING_LOAD_MODELS": f"model::Python={Path(__file__).parent}",
        "SERVING_INFERENCE_ADDRESS": address,
        "SERVING_MANAGEMENT_ADDRESS": address,
        # For handler.py.
        "SERVED_MODEL_NAME": SERVED_NAME,
        **for_middleware(media_domains(environment)),
        # LMI's engine is vLLM: from an allowed domain to any other one.
        "VLLM_MEDIA_URL_ALLOW_REDIRECTS": "0",
        "PYTHONPATH": str(PROGRAM),
    }
    if model.from_hub and (secret_arn := environment.get("HF_TOKEN_SECRET_ARN")):
        plan["HF_TOKEN"] = hub_token(secret_arn)
    # DJL Serving would load it as a second model.
    plan.pop("HF_MODEL_ID", None)
    return Plan(list(COMMAND), plan)


def _refuse(environment: Mapping[str, str]) -> None:
    for name in environment:
        if name in OURS:
            raise StartError(f"{name} is set by the container itself: {OURS[name]}.")
        if SECRET.fullmatch(name):
            raise StartError(
                f"{name} looks like a secret, and DJL Serving writes its variables to "
                "the log: leave it out."
            )


def _refuse_adapters(environment: Mapping[str, str]) -> None:
    """LMI takes them from the folder that it loads, which is our handler's, and by calls that only its own one answers."""
    folder = adapters_folder(environment)
    there = f"there are adapters in {folder}" if find_adapters(folder) else ""
    asked = "OPTION_ENABLE_LORA is set" if "OPTION_ENABLE_LORA" in environment else ""
    if found := there or asked:
        raise StartError(
            f"{found}, and this container serves none: take vLLM or SGLang for adapters, or leave them out."
        )


def _model(model: Model) -> dict[str, str]:
    variables = {"OPTION_MODEL_ID": model.name}
    if model.revision:
        variables["OPTION_REVISION"] = model.revision
    if not model.from_hub:
        variables["HF_HUB_OFFLINE"] = "1"
    return variables
