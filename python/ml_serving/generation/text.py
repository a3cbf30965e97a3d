"""Tokens become text as they come."""

from collections.abc import Sequence
from typing import Any

# Tokens of the prompt that are decoded with the first generated ones, since in many
# vocabularies it depends on what stands before whether a word begins with a space.
BEFORE = 5
# What tokens come to that are not whole characters.
BROKEN = "\ufffd"


class Text:
    """The text that follows a prompt: whole characters only, and none of a stop string.

    stopped: whether it has reached a stop string, which does not belong to it.
    """

    def __init__(self, tokenizer: Any, prompt: Sequence[int], stop: Sequence[str]):
        self._tokenizer = tokenizer
        self._ids = list(prompt[-BEFORE:])
        # Decoded anew with each token are those from start; of them, those before read
        # are in the text.
        self._start, self._read = 0, len(self._ids)
        self._stop = stop
        self._held = ""
        self.whole = ""
        self.stopped = False

    def add(self, token: int) -> None:
        self._ids.append(token)
        text = self._decoded(self._read, len(self._ids))
        if not text.endswith(BROKEN):
            self._take(text)
            self._start, self._read = self._read, len(self._ids)

    def end(self) -> None:
        """No more tokens come: what was held back belongs to the text, whatever it is."""
        self._take(self._decoded(self._read, len(self._ids)))
        if not self.stopped:
            self.whole += self._held
        self._held = ""

    def _decoded(self, after: int, to: int) -> str:
        decode = self._tokenizer.decode
        before = decode(self._ids[self._start : after], skip_special_tokens=True)
        text = decode(self._ids[self._start : to], skip_special_tokens=True)
        return text[len(before) :]

    def _take(self, text: str) -> None:
        if self.stopped:
            return
        held = self._held + text
        found = [place for stop in self._stop if (place := held.find(stop)) >= 0]
        if found:
            self.stopped = True
            self.whole += held[: min(found)]
            return
        # The end may be the beginning of a stop string.
        keep = max((overlap(held, stop) for stop in self._stop), default=0)
        self.whole += held[: len(held) - keep]
        self._held = held[len(held) - keep :]


def overlap(text: str, stop: str) -> int:
    """How many characters at the end of a text are the beginning of a stop string."""
    lengths = range(min(len(text), len(stop) - 1), 0, -1)
    return next((length for length in lengths if text.endswith(stop[:length])), 0)
