"""From where an answer may start and end, token by token, to the likeliest answers."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

# A text, its place in the context in characters, and its score.
Span = dict[str, Any]


def best_spans(
    pieces: Sequence[dict[str, Any]], top_k: int, most_tokens: int, may_be_none: bool
) -> list[Span]:
    """The likeliest top_k answers in the pieces of a context, the best one first.

    may_be_none: that there is no answer may be one, too, with an empty text.
    """
    found: dict[tuple[int, int], float] = {}
    none = 1.0
    for piece in pieces:
        starts, ends = probabilities(piece)
        none = min(none, float(starts[0] * ends[0]))
        for start, end, score in spans(piece, starts, ends, top_k, most_tokens):
            found[start, end] = max(score, found.get((start, end), 0.0))
    if may_be_none:
        found[0, 0] = none
    context = pieces[0]["context"]
    best = sorted(found.items(), key=lambda item: -item[1])[:top_k]
    return [
        {"score": score, "start": start, "end": end, "answer": context[start:end]}
        for (start, end), score in best
    ]


def probabilities(piece: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Of the start and the end at each token of the context, and at the first token of
    all, with which a model says that there is no answer."""
    inside = in_context(piece)
    inside[0] = True

    def shares(name: str) -> np.ndarray:
        values = np.where(inside, piece[name][0].float().numpy(), -np.inf)
        powers = np.exp(values - values.max())
        return powers / powers.sum()

    return shares("start_logits"), shares("end_logits")


def spans(
    piece: dict[str, Any],
    starts: np.ndarray,
    ends: np.ndarray,
    top_k: int,
    most_tokens: int,
) -> Iterator[tuple[int, int, float]]:
    """The likeliest ones: start and end in characters, widened to whole words."""
    # The upper triangle: no answer ends before it starts, or is too long.
    scores = np.triu(np.outer(starts, ends))
    scores = scores - np.triu(scores, most_tokens)
    outside = ~in_context(piece)
    scores[outside] = scores[:, outside] = 0
    words, offsets = piece["encoding"].word_ids, piece["encoding"].offsets
    inside = np.flatnonzero(~outside)
    for place in np.argsort(-scores, axis=None)[:top_k]:
        first, last = divmod(int(place), len(ends))
        if scores[first, last] == 0:
            return
        start = min(offsets[at][0] for at in inside if words[at] == words[first])
        end = max(offsets[at][1] for at in inside if words[at] == words[last])
        yield int(start), int(end), float(scores[first, last])


def in_context(piece: dict[str, Any]) -> np.ndarray:
    return np.array([part == 1 for part in piece["encoding"].sequence_ids])
