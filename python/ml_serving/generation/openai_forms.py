"""Answers as OpenAI's API gives them, to {"prompt": …} and {"messages": …}."""

import time
import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

from ml_serving.generation.forms import event
from ml_serving.generation.sequence import Sequence

# The served model has one name, whatever a request calls it.
MODEL = "model"
DONE = b"data: [DONE]\n\n"


class Completion:
    """usage: whether a stream ends with the count of tokens; a whole answer has it."""

    id_begin, kind, part_kind = "cmpl", "text_completion", "text_completion"
    # What a stream says before and after the text.
    first: ClassVar[dict[str, Any]] = {}
    last: ClassVar[dict[str, Any]] = {"text": ""}

    def __init__(self, sequences: list[Sequence], usage: bool) -> None:
        self._sequences = sequences
        self._usage = usage
        self._begun = False
        self._id = f"{self.id_begin}-{uuid.uuid4().hex}"
        self._created = int(time.time())

    def choice(self, text: str) -> dict[str, Any]:
        return {"text": text}

    def part(self, text: str) -> dict[str, Any]:
        return {"text": text}

    def whole(self) -> Any:
        choices = [
            {"index": index, **self.choice(one.text.whole), "finish_reason": one.ended}
            for index, one in enumerate(self._sequences)
        ]
        return self._document(self.kind, choices) | self._counts()

    def events(self, ended: bool) -> bytes:
        return b"".join(self._events(ended))

    def _events(self, ended: bool) -> Iterator[bytes]:
        sequence = self._sequences[0]
        new = sequence.new_text()
        if (new or ended) and not self._begun:
            self._begun = True
            if self.first:
                yield self._event(self.first, None)
        if new:
            yield self._event(self.part(new), None)
        if ended:
            yield self._event(self.last, sequence.ended)
            if self._usage:
                yield event(self._document(self.part_kind, []) | self._counts())
            yield DONE

    def _event(self, said: dict[str, Any], ended: str | None) -> bytes:
        choice = {"index": 0, **said, "finish_reason": ended}
        return event(self._document(self.part_kind, [choice]))

    def _document(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": kind,
            "created": self._created,
            "model": MODEL,
            "choices": choices,
        }

    def _counts(self) -> dict[str, Any]:
        prompt = sum(one.prompt_tokens for one in self._sequences)
        new = sum(one.new_tokens for one in self._sequences)
        counts = {
            "prompt_tokens": prompt,
            "completion_tokens": new,
            "total_tokens": prompt + new,
        }
        return {"usage": counts}


class Chat(Completion):
    id_begin, kind, part_kind = "chatcmpl", "chat.completion", "chat.completion.chunk"
    first: ClassVar = {"delta": {"role": "assistant", "content": ""}}
    last: ClassVar = {"delta": {}}

    def choice(self, text: str) -> dict[str, Any]:
        return {"message": {"role": "assistant", "content": text}}

    def part(self, text: str) -> dict[str, Any]:
        return {"delta": {"content": text}}
