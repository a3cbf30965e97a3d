"""A text that is generated."""

from collections.abc import Collection
from collections.abc import Sequence as Ids

from ml_serving.generation.sampler import Sampler
from ml_serving.generation.text import Text


class Sequence:
    """ids: of the prompt, then of what was generated.

    ended: None, or why: stop (a stop string, or the model's own end), length, or gone,
    when nobody waits for it any more.
    """

    def __init__(
        self,
        prompt: Ids[int],
        limit: int,
        end_tokens: Collection[int],
        sampler: Sampler,
        text: Text,
    ) -> None:
        self.ids = list(prompt)
        self.prompt_tokens = len(prompt)
        self.sampler = sampler
        self.text = text
        self.ended: str | None = None
        self.begun = False
        self._limit = limit
        self._end_tokens = end_tokens
        self._taken = 0

    @property
    def new_tokens(self) -> int:
        return len(self.ids) - self.prompt_tokens

    def add(self, token: int) -> None:
        self.ids.append(token)
        if token in self._end_tokens:
            self.ended = "stop"
        else:
            self.text.add(token)
            if self.text.stopped:
                self.ended = "stop"
            elif self.new_tokens >= self._limit:
                self.ended = "length"
        if self.ended:
            self.text.end()
            self.ended = "stop" if self.text.stopped else self.ended

    def new_text(self) -> str:
        """What has come to the text since this was asked last."""
        start, self._taken = self._taken, len(self.text.whole)
        return self.text.whole[start:]
