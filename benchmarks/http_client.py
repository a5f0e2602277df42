"""Clients that ask a server over HTTP on connections that are kept, in a process that imports nothing else.

On its standard input it gets a JSON list of port, path, body, clients and requests of each; it prints the seconds of
each request, and of all of them.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time


async def client(port: int, path: str, body: bytes, each: int, taken: list[float]) -> None:
    """Ask one request after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\n"
    sent = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    for _ in range(each):
        begun = time.perf_counter()
        writer.write(sent)
        await writer.drain()
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        said = await reader.readexactly(length)
        taken.append(time.perf_counter() - begun)
        if b" 200 " not in answer[:15]:
            raise RuntimeError(f"{path}: {said[:300]!r}")
    writer.close()


async def clients(port: int, path: str, body: bytes, count: int, each: int) -> tuple[list[float], float]:
    """Ask with so many clients at once."""
    taken: list[float] = []
    begun = time.perf_counter()
    await asyncio.gather(*(client(port, path, body, each, taken) for _ in range(count)))
    return taken, time.perf_counter() - begun


if __name__ == "__main__":
    port, path, body, count, each = json.load(sys.stdin)
    json.dump(asyncio.run(clients(port, path, body.encode(), count, each)), sys.stdout)
