"""Keys of a request that mean nothing here, though they do elsewhere: they are ignored, and the log says so."""

import logging
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from functools import lru_cache

from ml_serving.errors import RequestError

log = logging.getLogger(__name__)


def ignore(
    names: Iterable[str], known: Collection[str], parameters: Collection[str] = ()
) -> None:
    """names: what stands in a request beside what is read. known: the keys that are; parameters: those in
    "parameters". Raises RequestError for a name that is most likely meant for one of these: ignored, it would
    change the answer without a word."""
    for name in names:
        if name in parameters:
            raise RequestError(400, f'"{name}" goes into "parameters"')
        near = get_close_matches(name, known, 1, 0.8)
        if near and near[0] != name:
            raise RequestError(
                400, f'"{name[:100]}" is unknown; did you mean "{near[0]}"?'
            )
        say(name[:100])


@lru_cache(maxsize=256)
def say(name: str) -> None:
    """Once for each name, as long as there are not too many."""
    log.warning(
        "a key of requests is ignored: it means nothing to this server",
        extra={"fields": {"key": name}},
    )
