"""Environment variables become the engine's flags, as in AWS's own containers."""

import json
import re
from collections.abc import Mapping

from ml_serving.documents import Json
from ml_serving.errors import StartError

# Flags with their values: none for a flag that stands alone.
Flags = dict[str, list[str]]

# Not those that count tokens, such as --bucket-time-to-first-token.
SECRET = re.compile(r"-(key|password|secret|(?<!-first-)(?<!-per-)token)$")

# Set by the start itself, and what to do instead.
RESERVED = {
    "--host": "The container listens on all addresses.",
    "--port": "SAGEMAKER_BIND_TO_PORT is the port, 8080 unless set.",
    "--model": "Set HF_MODEL_ID, or give the SageMaker model data.",
    "--model-path": "Set HF_MODEL_ID, or give the SageMaker model data.",
    "--revision": "Set HF_MODEL_REVISION.",
    "--served-model-name": "Callers need no name: every request goes to this model.",
}


def read_flags(environment: Mapping[str, str], prefix: str) -> Flags:
    """SM_VLLM_FOO_BAR=x is --foo-bar x; `true` is the flag alone, and `false` no flag."""
    return {
        flag_of(name, prefix): _values(text)
        for name, text in sorted(environment.items())
        if name.startswith(prefix) and text.lower() != "false"
    }


def flag_of(variable: str, prefix: str) -> str:
    return "--" + variable.removeprefix(prefix).lower().replace("_", "-")


def _values(text: str) -> list[str]:
    if text.lower() in ("true", ""):
        return []
    try:
        value: Json = json.loads(text)
    except ValueError:
        value = text
    # A JSON list is several values; anything else is one, as it was written.
    if not isinstance(value, list):
        return [text]
    return [item if isinstance(item, str) else json.dumps(item) for item in value]


def refuse(
    variables: Mapping[str, str], prefix: str, reserved: Mapping[str, str]
) -> None:
    """Variables that must not become flags."""
    for name in sorted(name for name in variables if name.startswith(prefix)):
        flag = flag_of(name, prefix)
        if instead := reserved.get(flag):
            raise StartError(
                f"{name} cannot be set: the container sets {flag} itself. {instead}"
            )
        if SECRET.search(flag):
            raise StartError(
                f"{name} cannot be set: as the flag {flag} it would show in the list of "
                "processes and in logs. A token for the Hub goes into a secret that "
                "HF_TOKEN_SECRET_ARN names; who may call an endpoint, IAM decides."
            )


def arguments(flags: Flags) -> list[str]:
    return [
        argument
        for flag, values in flags.items()
        for argument in _arguments(flag, values)
    ]


def _arguments(flag: str, values: list[str]) -> list[str]:
    # Apart from its flag, such a value would be taken for a flag itself.
    if len(values) == 1 and values[0].startswith("-"):
        return [f"{flag}={values[0]}"]
    return [flag, *values]
