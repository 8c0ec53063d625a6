"""Asks a server over many connections, each its next question when it has its answer: a process of its own.

    python -m tests.bench.load < question.json

It reads `{"port", "connections", "seconds", "requests"}` from stdin, the requests as text, and prints
milliseconds and counts. It parses no more of an answer than its length, so that it is faster than that.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from statistics import quantiles
from typing import TYPE_CHECKING, Any, cast

import uvloop

if TYPE_CHECKING:
    from collections.abc import Iterator


class Asking(asyncio.Protocol):
    """One connection."""

    def __init__(self, requests: Iterator[bytes], ends: float, took: list[float], wrong: list[bytes]) -> None:
        self._requests = requests
        self._ends = ends
        self._took = took
        self._wrong = wrong
        self._left = -1
        self._head = b""
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is none by its class
        self._ask()

    def _ask(self) -> None:
        self._began = time.perf_counter()
        if self._began > self._ends:
            self._transport.close()
            return
        self._left = -1
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        if self._left < 0:
            data = self._head + data
            head, end, data = data.partition(b"\r\n\r\n")
            self._head = b"" if end else head
            if not end:
                return
            if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 304")):
                self._wrong.append(head)
            self._left = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or b"0")
        self._left -= len(data)
        if self._left <= 0:
            self._took.append(time.perf_counter() - self._began)
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(error)


async def ask(port: int, connections: int, seconds: float, requests: list[str]) -> dict[str, Any]:
    """Milliseconds of the answers."""
    took: list[float] = []
    wrong: list[bytes] = []
    endless = itertools.cycle([request.encode() for request in requests])
    began = time.perf_counter()
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Asking(endless, began + seconds, took, wrong), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(asking.ended for _, asking in made))
    places = quantiles(took, n=100) if len(took) > 1 else [0.0] * 99
    return {
        "p50_ms": places[49] * 1000,
        "p99_ms": places[98] * 1000,
        "requests_s": len(took) / (time.perf_counter() - began),
        "wrong": [head.decode() for head in wrong[:1]],
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(ask(**json.load(sys.stdin)))))
