"""A TCP proxy that puts distance between a client and a server: every byte arrives later, none is lost.

What goes out at the same time arrives at the same time, as on a long line: the delay is added to each chunk
from when it was sent, and chunks under way do not wait for each other.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 65536


class DistantServer:
    """Listens on loopback and passes on to a server, with half of the round trip's delay each way."""

    def __init__(self, host: str, port: int, round_trip_s: float) -> None:
        self._target = host, port
        self._delay = round_trip_s / 2
        self.round_trips = 0
        """How often the client began to speak after the server had: what distance is paid for."""

    async def serve(self, started: threading.Event) -> None:
        """Listen until cancelled; `port` is known once `started` is set."""
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        async with server:
            await server.serve_forever()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._target)
        spoke = _Turn(self)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._carry(reader, back, spoke.client))
                group.create_task(self._carry(there, writer, spoke.server))
        except* (ConnectionError, OSError):
            pass
        finally:
            for end in (writer, back):
                end.close()

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, spoke: _Speak) -> None:
        loop = asyncio.get_running_loop()
        while chunk := await source.read(CHUNK):
            spoke()
            loop.call_later(self._delay, target.write, chunk)
        await asyncio.sleep(self._delay)
        with suppress(OSError):
            target.write_eof()


class _Turn:
    """Whose turn it was last on one connection."""

    def __init__(self, counted: DistantServer) -> None:
        self._counted = counted
        self._server_spoke = True

    def client(self) -> None:
        self._counted.round_trips += self._server_spoke
        self._server_spoke = False

    def server(self) -> None:
        self._server_spoke = True


if TYPE_CHECKING:
    from collections.abc import Callable

    _Speak = Callable[[], None]


@contextmanager
def at_a_distance(host: str, port: int, round_trip_s: float) -> Iterator[DistantServer]:
    """The server as it is seen from that far away."""
    distant = DistantServer(host, port, round_trip_s)
    started = threading.Event()
    loop = asyncio.new_event_loop()
    task = loop.create_task(distant.serve(started))

    def work() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        for other in asyncio.all_tasks(loop):
            other.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    thread = threading.Thread(target=work, name="distance")
    thread.start()
    started.wait()
    try:
        yield distant
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
