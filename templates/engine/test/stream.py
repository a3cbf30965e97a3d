#!/usr/bin/env python3
"""Prints an answer as it arrives: test/stream.py http://HOST:PORT|ENDPOINT [PAYLOAD]

Without a payload, test/payloads/stream.json is sent.
"""

import argparse
import json
import sys
from pathlib import Path

from endpoint import CallError, streamed
from streaming import events, text_of

PAYLOADS = Path(__file__).parent / "payloads"


def main() -> None:
    parser = argparse.ArgumentParser(description="Prints an answer as it arrives.")
    parser.add_argument("target", help="http://HOST:PORT, or an endpoint's name")
    parser.add_argument(
        "payload", nargs="?", type=Path, default=PAYLOADS / "stream.json"
    )
    given = parser.parse_args()
    payload = json.loads(given.payload.read_text()) | {"stream": True}
    try:
        for event in events(streamed(given.target, json.dumps(payload).encode())):
            print(text_of(event), end="", flush=True)
    except CallError as error:
        sys.exit(f"\nstream.py: {error}")
    print()


if __name__ == "__main__":
    main()
