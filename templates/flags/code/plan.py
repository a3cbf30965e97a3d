"""What is to be executed: the engine's command line and its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import engine
from flags import RESERVED, Flags, arguments, read_flags, refuse
from gpus import compute_capabilities
from hub_token import hub_token
from model_source import Model, find_model

# The middleware writes this name into requests; the engine knows no other.
SERVED_NAME = "model"


@dataclass(frozen=True)
class Plan:
    command: list[str]
    environment: dict[str, str]


def make_plan(environment: Mapping[str, str]) -> Plan:
    refuse(environment, engine.PREFIX, {**RESERVED, **engine.RESERVED})
    chosen = read_flags(environment, engine.PREFIX)
    model = find_model(environment)
    flags = {
        **_defaults(chosen, compute_capabilities()),
        **chosen,
        **_own_flags(environment, model),
    }
    return Plan(
        engine.command(model.name) + arguments(flags),
        {**environment, **engine.ENVIRONMENT, **_own_environment(environment, model)},
    )


def _defaults(chosen: Flags, capabilities: list[float]) -> Flags:
    """What follows from the hardware, where nothing else was chosen."""
    defaults: Flags = {}
    if chosen.keys().isdisjoint(engine.DIVIDING_FLAGS):
        defaults["--tensor-parallel-size"] = [str(len(capabilities))]
    # bfloat16, in which most models come, takes compute capability 8.0.
    if min(capabilities) < 8.0:
        defaults["--dtype"] = ["half"]
    return defaults


def _own_flags(environment: Mapping[str, str], model: Model) -> Flags:
    return {
        "--host": ["0.0.0.0"],
        "--port": [environment.get("SAGEMAKER_BIND_TO_PORT") or "8080"],
        "--served-model-name": [SERVED_NAME],
        **({"--revision": [model.revision]} if model.revision else {}),
        **engine.FLAGS,
    }


def _own_environment(environment: Mapping[str, str], model: Model) -> dict[str, str]:
    own = {
        "SERVED_MODEL_NAME": SERVED_NAME,
        # The engine imports our middleware.
        "PYTHONPATH": os.pathsep.join(
            [str(Path(__file__).parent), *filter(None, [environment.get("PYTHONPATH")])]
        ),
    }
    if not model.from_hub:
        # Nothing is to be asked of the Hub: a container without internet access would wait.
        own["HF_HUB_OFFLINE"] = "1"
    elif secret := environment.get("HF_TOKEN_SECRET_ARN"):
        own["HF_TOKEN"] = hub_token(secret)
    return own
