#!/usr/bin/env python3
"""Asks many times at once, and says how fast the answers come:
test/load.py http://HOST:PORT|ENDPOINT [--requests N] [--concurrency C] [--payload FILE]
"""

import argparse
import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from endpoint import CallError
from measure import Answer, ask, percentiles

PAYLOADS = Path(__file__).parent / "payloads"


def main() -> None:
    given = _arguments()
    payload = json.loads(given.payload.read_text()) | {"stream": True}
    if "inputs" not in payload:
        # Events may have several tokens; the engine knows how many there were.
        payload["stream_options"] = {"include_usage": True}
    body = json.dumps(payload).encode()
    start = time.perf_counter()
    with ThreadPoolExecutor(given.concurrency) as threads:
        results = list(
            threads.map(lambda _: ask(given.target, body), range(given.requests))
        )
    seconds = time.perf_counter() - start
    answers = [result for result in results if isinstance(result, Answer)]
    errors = Counter(str(result) for result in results if isinstance(result, CallError))
    print(f"requests    {given.requests}, {given.concurrency} at once, {seconds:.1f} s")
    print(f"errors      {errors.total()}")
    if answers:
        _table(answers, seconds)
    if errors:
        reasons = "\n".join(
            f"  {count} x {why}" for why, count in errors.most_common(5)
        )
        sys.exit(f"load.py: {errors.total()} requests failed:\n{reasons}")


def _table(answers: list[Answer], seconds: float) -> None:
    tokens = sum(answer.tokens for answer in answers)
    print(f"requests/s  {len(answers) / seconds:.2f}")
    print(f"tokens/s    {tokens / seconds:.1f}\n")
    rows = [
        ("first token, ms", [answer.first * 1000 for answer in answers], False),
        ("last token, ms", [answer.last * 1000 for answer in answers], False),
        # Of rates the slow ones are at the end: 99 % of the answers are faster.
        ("tokens/s, each answer", [answer.rate for answer in answers], True),
    ]
    print(f"{'':24}{'p50':>10}{'p90':>10}{'p99':>10}")
    for name, values, falling in rows:
        shown = "".join(f"{value:10.1f}" for value in percentiles(values, falling))
        print(f"{name:24}{shown}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How fast answers come.")
    parser.add_argument("target", help="http://HOST:PORT, or an endpoint's name")
    parser.add_argument("--requests", type=_positive, default=50, metavar="N")
    parser.add_argument("--concurrency", type=_positive, default=8, metavar="C")
    parser.add_argument(
        "--payload", type=Path, default=PAYLOADS / "stream.json", metavar="FILE"
    )
    return parser.parse_args()


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return int(text)


if __name__ == "__main__":
    main()
