"""What is to be executed for an engine that is told by flags: its command line and environment."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ml_serving.engine.flags import RESERVED, Flags, arguments, read_flags, refuse
from ml_serving.engine.gpus import compute_capabilities
from ml_serving.engine.start import PROGRAM, SERVED_NAME, Plan
from ml_serving.hub.model_source import Model, find_model
from ml_serving.hub.token import hub_token


@dataclass(frozen=True)
class Engine:
    """How an engine is called.

    prefix: of the variables that become its flags. command: for a model's folder or id.
    dividing_flags: with one of these the user says how the GPUs share the work.
    flags: set for every model. reserved: refused, with what to do instead.
    """

    prefix: str
    command: Callable[[str], list[str]]
    dividing_flags: frozenset[str]
    reserved: Mapping[str, str]
    flags: Mapping[str, list[str]] = field(default_factory=dict[str, list[str]])
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


def make_plan(engine: Engine, environment: Mapping[str, str]) -> Plan:
    """Raises StartError."""
    refuse(environment, engine.prefix, {**RESERVED, **engine.reserved})
    chosen = read_flags(environment, engine.prefix)
    model = find_model(environment)
    flags = {
        **_defaults(engine, chosen, compute_capabilities()),
        **chosen,
        **_own_flags(engine, environment, model),
    }
    return Plan(
        engine.command(model.name) + arguments(flags),
        {**environment, **engine.environment, **_own_environment(environment, model)},
    )


def _defaults(engine: Engine, chosen: Flags, capabilities: list[float]) -> Flags:
    """What follows from the hardware, where nothing else was chosen."""
    defaults: Flags = {}
    if chosen.keys().isdisjoint(engine.dividing_flags):
        defaults["--tensor-parallel-size"] = [str(len(capabilities))]
    # bfloat16, in which most models come, takes compute capability 8.0.
    if min(capabilities) < 8.0:
        defaults["--dtype"] = ["half"]
    return defaults


def _own_flags(engine: Engine, environment: Mapping[str, str], model: Model) -> Flags:
    return {
        "--host": ["0.0.0.0"],
        "--port": [environment.get("SAGEMAKER_BIND_TO_PORT") or "8080"],
        "--served-model-name": [SERVED_NAME],
        **({"--revision": [model.revision]} if model.revision else {}),
        **engine.flags,
    }


def _own_environment(environment: Mapping[str, str], model: Model) -> dict[str, str]:
    own = {
        "SERVED_MODEL_NAME": SERVED_NAME,
        # The engine imports our middleware.
        "PYTHONPATH": os.pathsep.join(
            [str(PROGRAM), *filter(None, [environment.get("PYTHONPATH")])]
        ),
    }
    if not model.from_hub:
        # Nothing is to be asked of the Hub: a container without internet access would wait.
        own["HF_HUB_OFFLINE"] = "1"
    elif secret := environment.get("HF_TOKEN_SECRET_ARN"):
        own["HF_TOKEN"] = hub_token(secret)
    return own
