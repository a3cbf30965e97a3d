"""Pictures, sounds and films in chat messages: as data, or from domains that the endpoint fetches from.

An engine fetches whatever address a request names, from where it runs: there the credentials of the endpoint are one
request away.
"""

import asyncio
import ipaddress
import re
from collections.abc import Iterator, Sequence

from ml_serving.documents import Json
from ml_serving.invocations.errors import RequestError

# In a part of a message: what an engine takes for something to fetch or to open, or may in a later version.
_FETCHED = re.compile(r"image|audio|video|media|file|url|uri|path", re.IGNORECASE)
# Beside it, how it is to be taken; and what is the content itself, in base64.
_NOT_FETCHED = re.compile(r"type|detail|format|uuid|\w+_embeds|input_audio")
# Narrower than the standard, so that no two readers find different hosts in it.
_ADDRESS = re.compile(
    r"https?://([a-z0-9.-]+)(?:[/?#][!#-;=?-\[\]_a-z~]*)?", re.IGNORECASE
)
_LOOK_UP_S = 5.0
_AS_DATA = 'send the content itself, as in "data:image/png;base64,…"'


class Media:
    """domains: those that the engine may fetch from, in lower case."""

    def __init__(self, domains: Sequence[str]) -> None:
        self._domains = domains

    async def check(self, document: dict[str, Json]) -> None:
        """Raises RequestError for what the engine must not fetch or open."""
        hosts = {
            self._host(place, text)
            for place, text in _sources(document)
            if not text.startswith("data:")
        }
        for host in sorted(hosts):
            await _check_public(host)

    def _host(self, place: str, text: str) -> str:
        address = _ADDRESS.fullmatch(text)
        host = address[1].lower() if address else ""
        if host in self._domains:
            return host
        if not self._domains:
            raise RequestError(
                400, f"{place}: this endpoint fetches nothing; {_AS_DATA}"
            )
        raise RequestError(
            400,
            f"{place}: this endpoint fetches http and https addresses without a port of "
            f"{', '.join(self._domains)}, and nothing else; or {_AS_DATA}",
        )


async def _check_public(host: str) -> None:
    """A domain that was allowed may have got an address of the endpoint's own network."""
    look_up = asyncio.get_running_loop().getaddrinfo(host, 443)
    try:
        found = await asyncio.wait_for(look_up, _LOOK_UP_S)
    except (OSError, TimeoutError):
        raise RequestError(400, f"the address of {host} was not found") from None
    for *_, address in found:
        if not _is_public(str(address[0])):
            raise RequestError(
                400, f"{host} is in a private network, from which nothing is fetched"
            )


def _is_public(text: str) -> bool:
    # A link-local one may name its interface.
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_global and not address.is_multicast


def _sources(document: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """What the parts of messages would have an engine fetch or open, each with its place."""
    messages = document.get("messages")
    for number, message in enumerate(messages if isinstance(messages, list) else []):
        if isinstance(message, dict):
            place = f"messages[{number}].content"
            yield from _fetched(place, message.get("content"))


def _fetched(place: str, content: Json) -> Iterator[tuple[str, str]]:
    # Not by recursion: a request may nest deeper than Python calls.
    waiting: list[tuple[str, Json, bool]] = [(place, content, False)]
    while waiting:
        place, value, fetched = waiting.pop()
        if isinstance(value, list):
            waiting += [
                (f"{place}[{number}]", item, fetched)
                for number, item in enumerate(value)
            ]
        elif isinstance(value, dict):
            waiting += [
                (f"{place}.{name}", item, fetched or bool(_FETCHED.search(name)))
                for name, item in value.items()
                if not _NOT_FETCHED.fullmatch(name)
            ]
        elif fetched and isinstance(value, str):
            yield place, value
