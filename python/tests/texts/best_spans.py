"""The likeliest answers to a question, found by looking at every span one by one."""

from typing import Any

import torch


@torch.no_grad()
def by_plain_means(
    model: Any,
    tokenizer: Any,
    asked: dict[str, str],
    top_k: int = 1,
    max_answer_len: int = 15,
    handle_impossible_answer: bool = False,
) -> Any:
    """Every span of a context that fits in one piece, one by one."""
    encoded = tokenizer(asked["question"], asked["context"], return_tensors="pt")
    output = model(**encoded)
    part = encoded.encodings[0].sequence_ids
    looked_at = [at for at, side in enumerate(part) if side == 1 or at == 0]
    starts = output.start_logits[0, looked_at].double().softmax(0).tolist()
    ends = output.end_logits[0, looked_at].double().softmax(0).tolist()
    words, offsets = encoded.encodings[0].word_ids, encoded.encodings[0].offsets
    spans: dict[tuple[int, int], float] = {}
    best: list[tuple[float, int, int]] = []
    for first, start in zip(looked_at, starts, strict=True):
        for last, end in zip(looked_at, ends, strict=True):
            if 0 < first <= last < first + max_answer_len:
                best.append((start * end, first, last))
    for score, first, last in sorted(best, reverse=True)[:top_k]:
        whole_start = min(offsets[at][0] for at in looked_at[1:] if words[at] == words[first])
        whole_end = max(offsets[at][1] for at in looked_at[1:] if words[at] == words[last])
        spans[whole_start, whole_end] = max(score, spans.get((whole_start, whole_end), 0))
    if handle_impossible_answer:
        spans[0, 0] = starts[0] * ends[0]
    answers = [
        {"score": score, "start": start, "end": end, "answer": asked["context"][start:end]}
        for (start, end), score in sorted(spans.items(), key=lambda item: -item[1])[:top_k]
    ]
    return answers[0] if top_k == 1 else answers
