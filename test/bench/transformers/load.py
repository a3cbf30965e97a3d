"""Asks a server in a closed loop: load.py URL CONNECTIONS SECONDS. Prints requests/s and times in ms as JSON.

With 0 seconds it asks each text once, and prints the answers.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "e2e/python/transformers"))

from models import WORDS


def texts(count: int = 256) -> list[str]:
    """Of 5 to 120 tokens, most of them short: a log-normal distribution around 27."""
    source = random.Random(1)
    lengths = [min(118, max(3, int(source.lognormvariate(3.3, 0.7)))) for _ in range(count)]
    # A word for a token.
    return [" ".join(source.choices(WORDS[::2], k=length)) for length in lengths]


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> bytes:
    writer.write(
        b"POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert b" 200 " in head.split(b"\r\n")[0], head
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
    return await reader.readexactly(length)


async def main(url: str, connections: int, seconds: float) -> None:
    place = urlsplit(url)
    bodies = [json.dumps({"inputs": text}).encode() for text in texts()]
    if not seconds:
        streams = await asyncio.open_connection(place.hostname, place.port)
        print(json.dumps([json.loads(await ask(*streams, body)) for body in bodies[:64]]))
        return
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def client(number: int) -> None:
        streams = await asyncio.open_connection(place.hostname, place.port)
        source = random.Random(number)
        while (started := time.perf_counter()) < end:
            await ask(*streams, source.choice(bodies))
            times.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*map(client, range(connections)))
    rate = len(times) / (time.perf_counter() - started)
    ordered = sorted(1000 * one for one in times)
    print(json.dumps({"rate": rate, "p50": ordered[len(ordered) // 2], "p99": ordered[int(len(ordered) * 0.99)]}))


asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
