"""A proxy that puts distance between a client and Postgres: every byte arrives later, none is lost.

What goes out at the same time arrives at the same time, as on a long line: the delay is added to each chunk
from when it was sent, and chunks under way do not wait for each other.
"""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHUNK = 65536
LETTER, LENGTH = 1, 4
VERSION_3 = (196608).to_bytes(4)
WAITS = {b"Q", b"S", b"H"}
"""A simple query, Sync, and Flush."""


class DistantServer:
    """Listens on loopback and passes on to a server, with half of the round trip's delay each way."""

    def __init__(self, host: str, port: int, round_trip_s: float) -> None:
        self._target = host, port
        self._delay = round_trip_s / 2
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open = [self._listener]
        self._threads: list[Thread] = []
        self.port = self._listener.getsockname()[1]
        self.waits = 0
        """How often a client waited for answers: what distance is paid for."""
        self._start(self._accept)

    def close(self) -> None:
        """End every conversation."""
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for end in self._open:
            end.close()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                for end in (near, far):  # as libpq and Postgres do: else small pieces wait for each other
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open += [near, far]
                self._join(near, far, _Frontend(self).feed)
                self._join(far, near, len)

    def _join(self, source: socket.socket, target: socket.socket, seen: Callable[[bytes], object]) -> None:
        under_way: SimpleQueue[tuple[float, bytes]] = SimpleQueue()
        self._start(self._receive, source, under_way, seen)
        self._start(self._deliver, target, under_way)

    def _receive(
        self,
        source: socket.socket,
        under_way: SimpleQueue[tuple[float, bytes]],
        seen: Callable[[bytes], object],
    ) -> None:
        chunk = b"-"
        while chunk:
            try:
                chunk = source.recv(CHUNK)
            except OSError:
                chunk = b""
            seen(chunk)
            under_way.put((time.monotonic() + self._delay, chunk))

    def _deliver(self, target: socket.socket, under_way: SimpleQueue[tuple[float, bytes]]) -> None:
        with suppress(OSError):
            while True:
                at, chunk = under_way.get()
                time.sleep(max(0.0, at - time.monotonic()))
                if not chunk:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(chunk)


class _Frontend:
    """Counts, in what a client sends, the messages after which it waits for answers.

    A message is a letter, a length that counts itself, and the rest; those before the session begins have
    no letter. https://www.postgresql.org/docs/current/protocol-message-formats.html
    """

    def __init__(self, counted: DistantServer) -> None:
        self._counted = counted
        self._left = b""
        self._has_begun = False
        self._last = b""

    def feed(self, chunk: bytes) -> None:
        """Take in what was sent."""
        self._left += chunk
        while len(self._left) >= LETTER + LENGTH:
            letter = self._left[:LETTER] if self._has_begun else b""
            size = len(letter) + int.from_bytes(self._left[len(letter) : len(letter) + LENGTH])
            if len(self._left) < size:
                return
            self._has_begun = self._has_begun or self._left[LENGTH : 2 * LENGTH] == VERSION_3
            self._count(letter)
            self._left = self._left[size:]

    def _count(self, letter: bytes) -> None:
        """A Flush behind a Sync waits for the same answers."""
        self._counted.waits += letter in WAITS and not (letter == b"H" and self._last == b"S")
        self._last = letter


@contextmanager
def at_a_distance(host: str, port: int, round_trip_s: float) -> Iterator[DistantServer]:
    """The server as it is seen from that far away."""
    distant = DistantServer(host, port, round_trip_s)
    try:
        yield distant
    finally:
        distant.close()
