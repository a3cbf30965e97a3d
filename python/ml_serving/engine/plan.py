"""What is to be executed for an engine that is told by flags: its command line and environment."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ml_serving.engine.adapters import Adapter, adapters_folder, find_adapters, names_in
from ml_serving.engine.flags import RESERVED, Flags, arguments, read_flags, refuse
from ml_serving.engine.gpus import compute_capabilities
from ml_serving.engine.media import VARIABLE, for_middleware, media_domains
from ml_serving.engine.start import PROGRAM, SERVED_NAME, Plan
from ml_serving.errors import StartError
from ml_serving.hub.model_source import Model, find_model
from ml_serving.hub.token import hub_token


@dataclass(frozen=True)
class Engine:
    """How an engine is called.

    prefix: of the variables that become its flags. command: for a model's folder or id.
    dividing_flags: with one of these the user says how the GPUs share the work.
    flags: set for every model. reserved: refused, with what to do instead.
    adapters_flag: that names adapters. adapter_flags: for those in the model's folder.
    adapter_model: the name by which a request chooses one. adapters_variable: has others
    loaded at run time; None: there are none.
    without_bfloat16: flags for GPUs that do not have it, where the engine is to be told.
    media_flags: that hold it to domains to fetch from; None: it has none, and fetches nothing.
    """

    prefix: str
    command: Callable[[str], list[str]]
    dividing_flags: frozenset[str]
    reserved: Mapping[str, str]
    adapters_flag: str
    adapter_flags: Callable[[Sequence[Adapter]], Flags]
    adapter_model: Callable[[str], str]
    adapters_variable: str | None = None
    without_bfloat16: Flags = field(default_factory=dict[str, list[str]])
    media_flags: Callable[[Sequence[str]], Flags] | None = None
    flags: Mapping[str, list[str]] = field(default_factory=dict[str, list[str]])
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


def make_plan(engine: Engine, environment: Mapping[str, str]) -> Plan:
    """Raises StartError."""
    refuse(environment, engine.prefix, {**RESERVED, **engine.reserved})
    chosen = read_flags(environment, engine.prefix)
    domains = _media_domains(engine, environment)
    model = find_model(environment)
    adapters = _adapters(engine, chosen, environment)
    flags = {
        **_defaults(engine, chosen, compute_capabilities()),
        **(engine.adapter_flags(adapters) if adapters else {}),
        **chosen,
        **_own_flags(engine, environment, model),
        **(engine.media_flags(domains) if engine.media_flags else {}),
    }
    at_run_time = _adapters_at_run_time(engine, environment, flags)
    return Plan(
        engine.command(model.name) + arguments(flags),
        {
            **environment,
            **engine.environment,
            **_own_environment(environment, model),
            "SERVED_ADAPTERS": json.dumps(_names(engine, chosen, adapters)),
            "SERVED_ADAPTERS_AT_RUN_TIME": json.dumps(at_run_time),
            **for_middleware(domains),
        },
    )


def _media_domains(engine: Engine, environment: Mapping[str, str]) -> list[str]:
    domains = media_domains(environment)
    if domains and not engine.media_flags:
        raise StartError(
            f"{VARIABLE} cannot be set: this engine follows redirects to anywhere, so that nothing is fetched for "
            "requests. They send content as data: URLs."
        )
    return domains


def _adapters(
    engine: Engine, chosen: Flags, environment: Mapping[str, str]
) -> list[Adapter]:
    folder = adapters_folder(environment)
    adapters = find_adapters(folder)
    if adapters and engine.adapters_flag in chosen:
        raise StartError(
            f"there are adapters in {folder}, and others "
            f"named for {engine.adapters_flag}: put all into the folder, or none."
        )
    return adapters


def _adapters_at_run_time(
    engine: Engine, environment: Mapping[str, str], flags: Flags
) -> bool:
    variable = engine.adapters_variable
    given = environment.get(variable, "") if variable else ""
    if given.strip().lower() not in ("1", "true"):
        return False
    if "--enable-lora" not in flags:
        raise StartError(
            f"{variable} has adapters loaded at run time, and there is no room for them: set "
            f"{engine.prefix}ENABLE_LORA=true and {engine.prefix}MAX_LORA_RANK, too."
        )
    return True


def _names(
    engine: Engine, chosen: Flags, adapters: Sequence[Adapter]
) -> dict[str, str]:
    names = [adapter.name for adapter in adapters]
    named = names_in(chosen.get(engine.adapters_flag, []))
    return {name: engine.adapter_model(name) for name in [*names, *named]}


def _defaults(engine: Engine, chosen: Flags, capabilities: list[float]) -> Flags:
    """What follows from the hardware, where nothing else was chosen."""
    defaults: Flags = {}
    if chosen.keys().isdisjoint(engine.dividing_flags):
        defaults["--tensor-parallel-size"] = [str(len(capabilities))]
    # bfloat16, in which most models come, takes compute capability 8.0.
    return {**defaults, **(engine.without_bfloat16 if min(capabilities) < 8.0 else {})}


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
