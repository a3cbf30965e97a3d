"""Reads server-sent events, and finds the text in them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from endpoint import CallError


def events(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The document in each event; what arrives together need not belong together.

    Raises CallError where one says that the answer has failed.
    """
    for data in _data(pieces):
        if data == b"[DONE]":
            return
        document = json.loads(data)
        if "error" in document:
            raise CallError(document["error"])
        yield document


def text_of(event: dict[str, Any]) -> str:
    """What an event adds to the text, in whichever of the three shapes."""
    if "token" in event:
        return event["token"]["text"]
    choice = next(iter(event["choices"]), {})
    return choice.get("text") or choice.get("delta", {}).get("content") or ""


def _data(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line.removeprefix(b"data:").strip()
