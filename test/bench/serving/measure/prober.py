"""Asks a server's health path 20 times a second until SIGTERM, then prints what it found as JSON.

usage: prober.py PORT PATH. Each question has a connection and a task of its own: one that takes long delays no other.
"""

import asyncio
import json
import signal
import sys
import time

INTERVAL = 0.05
PATIENCE = 10


async def ask(port: str, path: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return await reader.readline()
    finally:
        writer.close()


async def main() -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    times: list[float] = []
    failures = 0

    async def measure() -> None:
        nonlocal failures
        start = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                line = await ask(*sys.argv[1:])
        except (OSError, TimeoutError):
            line = b""
        times.append((time.perf_counter() - start) * 1000)
        failures += b" 200 " not in line

    async with asyncio.TaskGroup() as tasks:
        while not stopped.is_set():
            tasks.create_task(measure())
            await asyncio.sleep(INTERVAL)
    times.sort()
    print(json.dumps({"count": len(times), "failures": failures, "p99": times[int(len(times) * 0.99)]}))


asyncio.run(main())
