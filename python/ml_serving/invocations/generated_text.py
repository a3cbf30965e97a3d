"""Answers to {"inputs": …}: completions in the shapes that TGI made common."""

import json
from typing import Any

from ml_serving.invocations.asgi import compact
from ml_serving.invocations.errors import FAILED, RequestError
from ml_serving.invocations.events import Event, event


class GeneratedText:
    """Tells completions as [{"generated_text": …}], or as events of a token each.

    `before` has what to put before each text: its prompt, or nothing.
    """

    def __init__(self, before: list[str], details: bool) -> None:
        self._before = before
        self._details = details
        self._text = ""
        self._finished = False

    def whole(self, body: bytes) -> bytes:
        """An entry for each input, in their order."""
        choices = sorted(
            json.loads(body)["choices"], key=lambda choice: choice["index"]
        )
        return compact(
            [
                {"generated_text": before + choice["text"], **self._more(choice)}
                for before, choice in zip(self._before, choices, strict=True)
            ]
        )

    def event(self, event_in: Event, document: Any) -> bytes:
        """One token's event; the one that ends the text has all of it."""
        if document is None:
            return event_in.raw if event_in.is_comment else b""
        events = b""
        for choice in document["choices"]:
            text, ends = choice["text"], choice.get("finish_reason") is not None
            self._text += text
            if ends:
                self._finished = True
                whole = self._before[0] + self._text
                more = self._more(choice)
                events += event(
                    {"token": {"text": text}, "generated_text": whole, **more}
                )
            elif text:
                events += event({"token": {"text": text}, "generated_text": None})
        return events

    def end(self) -> bytes:
        """What is left to say when the engine has said all: that it broke off."""
        if self._finished:
            return b""
        return b"data: " + RequestError(500, FAILED).body + b"\n\n"

    def _more(self, choice: dict[str, Any]) -> dict[str, Any]:
        if not self._details:
            return {}
        return {"details": {"finish_reason": choice["finish_reason"]}}
