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
# Messages and what their contents hold: all of it is looked at while other requests wait.
_MOST_VALUES = 100_000
# Addresses of IPv4 within those of IPv6: what a network translates (RFC 6052).
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
# Of a value: the number of its message, and the names and numbers below its content.
Path = Sequence[str | int]
_AS_DATA = 'send the content itself, as in "data:image/png;base64,…"'


class Media:
    """domains: those that the engine may fetch from, in lower case."""

    def __init__(self, domains: Sequence[str]) -> None:
        self._domains = domains

    async def check(self, document: dict[str, Json]) -> None:
        """Raises RequestError for what the engine must not fetch or open."""
        hosts = {
            self._host(path, text)
            for path, text in _sources(document)
            if not text.startswith("data:")
        }
        for host in sorted(hosts):
            await _check_public(host)

    def _host(self, path: Path, text: str) -> str:
        address = _ADDRESS.fullmatch(text)
        host = address[1].lower() if address else ""
        if host in self._domains:
            return host
        if not self._domains:
            raise RequestError(
                400, f"{_place(path)}: this endpoint fetches nothing; {_AS_DATA}"
            )
        raise RequestError(
            400,
            f"{_place(path)}: this endpoint fetches http and https addresses without a port of "
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
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address.sixtofour or _translated(address)
    return address.is_global and not address.is_multicast


def _translated(
    address: ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if address not in _TRANSLATED:
        return address
    return ipaddress.IPv4Address(address.packed[-4:])


def _sources(document: dict[str, Json]) -> Iterator[tuple[Path, str]]:
    """What the parts of messages would have an engine fetch or open, each with its place, which is good until the next
    one is asked for. Raises RequestError for more values than are looked at."""
    messages = document.get("messages")
    if not isinstance(messages, list):
        return
    contents: list[Json] = [
        message.get("content") if isinstance(message, dict) else None
        for message in messages
    ]
    left = _MOST_VALUES - len(contents)
    # Not by recursion: a request may nest deeper than Python calls. Places are not written down: with the names that a
    # request gives they may take far more than itself.
    path: list[str | int] = []
    inside: list[tuple[Iterator[tuple[str | int, Json]], bool]] = [
        (enumerate(contents), False)
    ]
    while inside and left >= 0:
        items, fetched = inside[-1]
        del path[len(inside) - 1 :]
        for key, value in items:
            path.append(key)
            below = fetched or (isinstance(key, str) and bool(_FETCHED.search(key)))
            if isinstance(key, str) and _NOT_FETCHED.fullmatch(key):
                path.pop()
            elif isinstance(value, list | dict):
                left -= len(value)
                inside.append((_items(value), below))
                break
            else:
                if below and isinstance(value, str):
                    yield path, value
                path.pop()
        else:
            inside.pop()
    if left < 0:
        raise RequestError(
            413, f"messages: their contents have more than {_MOST_VALUES} values"
        )


def _items(value: list[Json] | dict[str, Json]) -> Iterator[tuple[str | int, Json]]:
    yield from value.items() if isinstance(value, dict) else enumerate(value)


def _place(path: Path) -> str:
    number, *within = path
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in within]
    return f"messages[{number}].content{''.join(steps)}"
