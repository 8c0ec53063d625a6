"""Opens sockets: a name is looked up once per connection, and only an address that was judged is dialled.

It uses httpcore's public interface for network backends. httpcore still does TLS with the host name
of the URL, so the certificate is checked against the name although an address was dialled.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, TypeAlias
from weakref import WeakValueDictionary

from talentimg.http._httpx import httpcore
from talentimg.http.addresses import parse_address
from talentimg.http.faults import fault
from talentimg.http.streams import WatchedStream
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    LookUp: TypeAlias = Callable[[str, int], Iterable[str]]
    """A blocking look-up of a name; raises OSError (or ValueError) if there is no such name."""
    Judge: TypeAlias = Callable[[str, int, Sequence[str]], Sequence[str]]
    """Takes host, port and addresses; returns those that may be dialled, or raises a `Fault`."""

LOOK_UPS = 64
LOOK_UPS_PER_HOST = 8
_MOST_DIALLED = 3


class Connect(Protocol):
    """Opens a connection to an address (never a name)."""

    async def __call__(
        self,
        address: str,
        port: int,
        timeout: float | None,  # noqa: ASYNC109  httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """The open connection."""


def look_up(host: str, port: int) -> list[str]:
    """All addresses that the system's resolver gives for a name, preferred ones first."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


async def dial(
    address: str,
    port: int,
    timeout: float | None,  # noqa: ASYNC109  httpcore's signature
) -> httpcore.AsyncNetworkStream:
    """Connect to an address."""
    return WatchedStream(await httpcore.AnyIOBackend().connect_tcp(address, port, timeout))


class Resolver:
    """Looks names up in its own threads, so that an unresponsive name server delays nobody else.

    `getaddrinfo` has no timeout. The threads are limited in number, in total and per host, and are
    daemons: a hanging look-up neither starves the others nor keeps the program from exiting.
    """

    def __init__(self, blocking: LookUp = look_up) -> None:
        self._blocking = blocking
        self._places = asyncio.Semaphore(LOOK_UPS)
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        """All addresses of a name.

        Raises:
            OSError: there are none, or the name server does not answer.
            ValueError: the text cannot be a host name.
        """
        of_host = self._hosts.setdefault(host, asyncio.Semaphore(LOOK_UPS_PER_HOST))
        await of_host.acquire()
        try:
            await self._places.acquire()
        except BaseException:
            of_host.release()
            raise
        return await self._in_thread(host, port, (self._places, of_host))

    def _in_thread(
        self, host: str, port: int, held: tuple[asyncio.Semaphore, ...]
    ) -> asyncio.Future[tuple[str, ...]]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[str, ...]] = loop.create_future()

        def finish(addresses: tuple[str, ...], error: Exception | None) -> None:
            for place in held:  # only now: the caller may have given up long ago
                place.release()
            if answer.done():
                return
            if error:
                answer.set_exception(error)
            else:
                answer.set_result(addresses)

        def work() -> None:
            addresses: tuple[str, ...] = ()
            error: Exception | None = None
            try:
                addresses = tuple(self._blocking(host, port))
            except Exception as caught:  # noqa: BLE001  raised where the answer is awaited
                error = caught
            with suppress(RuntimeError):  # the loop is closed: nobody is waiting any more
                loop.call_soon_threadsafe(finish, addresses, error)

        threading.Thread(target=work, name=f"look-up {host}", daemon=True).start()
        return answer


class JudgingBackend(httpcore.AsyncNetworkBackend):
    """Looks a name up once, has its addresses judged, and dials only those that pass."""

    def __init__(self, *, resolver: Resolver, judge: Judge, connect: Connect = dial) -> None:
        self._resolver = resolver
        self._judge = judge
        self._connect = connect

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's signature
        local_address: str | None = None,  # noqa: ARG002  httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002  httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """Open a connection to a host, if its addresses may be dialled.

        Raises:
            Fault: the name has no address, or is refused.
        """
        ends = None if timeout is None else time.monotonic() + timeout
        answers = await self._answers(host, port, timeout)
        allowed = _spread(self._judge(host, port, answers))[:_MOST_DIALLED]
        return await self._dial_one_of(allowed, port, ends)

    async def _answers(self, host: str, port: int, seconds: float | None) -> Sequence[str]:
        if parse_address(host) is not None:
            return (host,)
        try:
            async with asyncio.timeout(seconds):
                return await self._resolver(host, port)
        except (OSError, ValueError):  # TimeoutError is an OSError, UnicodeError a ValueError
            raise fault(Reason.DNS, host, retryable=True) from None

    async def _dial_one_of(
        self, addresses: Sequence[str], port: int, ends: float | None
    ) -> httpcore.AsyncNetworkStream:
        """The first connection that succeeds; each address gets a share of the remaining time."""
        for left in range(len(addresses), 1, -1):
            try:
                return await self._connect(addresses[-left], port, _share(ends, left))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._connect(addresses[-1], port, _share(ends, 1))

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002  httpcore's signature
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002  httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """Always refused: nothing that we fetch is behind a Unix socket."""
        raise fault(Reason.UNREACHABLE, "A Unix socket")

    async def sleep(self, seconds: float) -> None:
        """Sleep; only httpcore's own retries call this, and we do not use them."""
        await asyncio.sleep(seconds)


def _share(ends: float | None, parts: int) -> float | None:
    return None if ends is None else max(ends - time.monotonic(), 0) / parts


def _spread(addresses: Sequence[str]) -> list[str]:
    """IPv4 and IPv6 alternately, so that a broken IPv6 route costs one try instead of all."""
    first_is_v6 = ":" in addresses[0]
    same = [address for address in addresses if (":" in address) is first_is_v6]
    other = [address for address in addresses if (":" in address) is not first_is_v6]
    turns: list[str] = []
    for at in range(max(len(same), len(other))):
        turns += same[at : at + 1] + other[at : at + 1]
    return turns
