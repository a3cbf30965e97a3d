"""Asks a server in a closed loop: load.py URL CONNECTIONS SECONDS. Prints requests/s and times in ms as JSON.

With 0 seconds it asks each text once, over all connections, and prints the answers in the order of the texts.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "python"))

from tests.texts.models import WORDS

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def texts(count: int = 256) -> list[str]:
    """Of 5 to 60 words, most of them short: a log-normal distribution around 20."""
    source = random.Random(1)
    lengths = [min(60, max(5, int(source.lognormvariate(3, 0.6)))) for _ in range(count)]
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
    streams = [await asyncio.open_connection(place.hostname, place.port) for _ in range(connections)]
    if seconds:
        print(json.dumps(await measured(streams, bodies, seconds)))
    else:
        print(json.dumps(await answered(streams, bodies)))


async def answered(streams: list[Streams], bodies: list[bytes]) -> list:
    answers: dict[int, bytes] = {}
    waiting = iter(enumerate(bodies))

    async def client(own: Streams) -> None:
        for number, body in waiting:
            answers[number] = await ask(*own, body)

    await asyncio.gather(*map(client, streams))
    return [json.loads(answers[number]) for number in range(len(bodies))]


async def measured(streams: list[Streams], bodies: list[bytes], seconds: float) -> dict[str, float]:
    times: list[float] = []
    started = time.perf_counter()
    end = started + seconds

    async def client(number: int, own: Streams) -> None:
        source = random.Random(number)
        while (asked := time.perf_counter()) < end:
            await ask(*own, source.choice(bodies))
            times.append(time.perf_counter() - asked)

    await asyncio.gather(*(client(number, own) for number, own in enumerate(streams)))
    rate = len(times) / (time.perf_counter() - started)
    ordered = sorted(1000 * one for one in times)
    return {"rate": rate, "p50": ordered[len(ordered) // 2], "p99": ordered[int(len(ordered) * 0.99)]}


asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
