"""Holds what an endpoint has answered to a project's sample requests against transformers' own pipeline.

usage: pipeline.py PROJECT ANSWERS, a folder with the answers by the names of the requests. Prints the names of those with
the pipeline's labels, and its scores to five digits.
"""

import json
import sys
from pathlib import Path

from transformers import pipeline

project, answers = (Path(argument) for argument in sys.argv[1:])
classify = pipeline("text-classification", model=str(project / "model"))
payloads = project / "sample_model/payloads"
texts = json.loads((payloads / "payload.json").read_text())["inputs"]


def lines(name: str) -> list:
    return [json.loads(line) for line in (answers / name).read_text().splitlines()]


answered = {
    "payload.json": (json.loads((answers / "payload.json").read_text()), texts),
    "payload.jsonl": ([answer for [answer] in lines("payload.jsonl")], texts),
    "payload.txt": (json.loads((answers / "payload.txt").read_text()), [(payloads / "payload.txt").read_text()]),
}
for name, (given, asked) in answered.items():
    expected = classify(asked)
    if len(given) == len(expected) and all(
        one["label"] == other["label"] and abs(one["score"] - other["score"]) < 1e-5
        for one, other in zip(given, expected, strict=True)
    ):
        print(name)
