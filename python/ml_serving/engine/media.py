"""The domains that an engine may fetch pictures, sounds and films from."""

import json
import re
from collections.abc import Mapping

from ml_serving.errors import StartError

VARIABLE = "ALLOWED_MEDIA_DOMAINS"
# No address in numbers, in whatever notation: the last part of a name starts with a letter.
_DOMAIN = re.compile(
    r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]"
)
# Nobody can have it: the name of no domain at all, for who takes an empty list to mean all.
NONE = "none.invalid"


def media_domains(environment: Mapping[str, str]) -> list[str]:
    """Raises StartError."""
    names = [
        name for name in re.split(r"[\s,]+", environment.get(VARIABLE, "")) if name
    ]
    for name in names:
        if not _DOMAIN.fullmatch(name):
            raise StartError(
                f"{VARIABLE} has {name!r}: it takes names of domains such as images.example.com, in lower case and "
                "with commas between; no addresses in numbers, ports or wildcards."
            )
    return names


def for_middleware(domains: list[str]) -> dict[str, str]:
    """The environment that tells it."""
    return {"SERVED_MEDIA_DOMAINS": json.dumps(domains)}
