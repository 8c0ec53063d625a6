"""A server that sends scripted bytes exactly, a table in place of the resolver, a recorder of connects."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from talentimg.http.dial import dial

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from typing import TypeAlias

    from talentimg.http._httpx import httpcore

    Answer: TypeAlias = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes = b"", *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """A well-formed answer, unless `length` lies."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirect(to: str, status: str = "302 Found") -> bytes:
    return answer(b"", f"Location: {to}", status=status)


def dripping(head: bytes, drop: bytes = b"x", every: float = 0.1) -> Answer:
    """Sends the head at once and then a drop at a time for ever."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(every)

    return send


def endless(head: bytes, chunk: bytes) -> Answer:
    """Sends the head and then the same bytes for ever, as fast as they are taken."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(chunk)
            await writer.drain()

    return send


class RawServer:
    """Answers one request after the other from its script; the last answer repeats."""

    def __init__(self, *script: Answer, close: bool = True) -> None:
        self.script = list(script)
        self.close = close
        self.requests: list[bytes] = []
        self.connections = 0
        self.open = 0
        self.port = 0

    @asynccontextmanager
    async def running(self, context: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        tasks = self._tasks = set[asyncio.Task[None]]()
        try:
            yield self
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.open += 1
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                while await self._serve_one(reader, writer) and not self.close:
                    pass
        finally:
            self.open -= 1
            self._tasks.discard(task)
            writer.transport.abort() if task.cancelling() else writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                head += await reader.readexactly(int(line.partition(b":")[2]))
        self.requests.append(head)
        reply = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(reply, bytes):
            writer.write(reply)
            await writer.drain()
        else:
            await reply(writer)
        return True


class Wire:
    """Names in place of a resolver; every connect is recorded and led to loopback.

    A name has a list of addresses, or a list of such lists for one look-up after the other.
    """

    def __init__(self, names: Mapping[str, Sequence[str] | Sequence[Sequence[str]]], port: int = 0) -> None:
        self.names = {name: list(addresses) for name, addresses in names.items()}
        self.port = port
        self.looked_up: list[str] = []
        self.dialled: list[tuple[str, int]] = []

    def look_up(self, host: str | bytes, port: int) -> list[str]:
        name = host.decode() if isinstance(host, bytes) else host
        self.looked_up.append(name)
        known = self.names.get(name)
        if known is None:
            raise OSError("no such name")
        if known and not isinstance(known[0], str):
            return list(known.pop(0) if len(known) > 1 else known[0])
        return [str(address) for address in known]

    async def connect(
        self,
        address: str,
        port: int,
        timeout: float | None,  # noqa: ASYNC109  the port's signature
    ) -> httpcore.AsyncNetworkStream:
        self.dialled.append((address, port))
        return await dial("127.0.0.1", self.port, timeout)
