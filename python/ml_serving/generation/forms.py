"""The forms of answers: whole, and as server-sent events (text/event-stream)."""

from typing import Any, Protocol

import orjson

from ml_serving.generation.sequence import Sequence


class Form(Protocol):
    def whole(self) -> Any:
        """The document that answers, once all texts have ended."""
        ...

    def events(self, ended: bool) -> bytes:
        """What has come since this was called last, and the end where it has ended."""
        ...


class Inputs:
    """Answers {"inputs": …}, in events as Text Generation Inference does.

    before: for each text, what the answer has before it.
    """

    def __init__(self, sequences: list[Sequence], before: list[str]) -> None:
        self._sequences = sequences
        self._before = before

    def whole(self) -> Any:
        return [{"generated_text": text} for text in self._texts()]

    def events(self, ended: bool) -> bytes:
        new = self._sequences[0].new_text()
        if not new and not ended:
            return b""
        full = self._texts()[0] if ended else None
        return event({"token": {"text": new}, "generated_text": full})

    def _texts(self) -> list[str]:
        pairs = zip(self._before, self._sequences, strict=True)
        return [before + sequence.text.whole for before, sequence in pairs]


def event(document: Any) -> bytes:
    return b"data: " + orjson.dumps(document) + b"\n\n"
