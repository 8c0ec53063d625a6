"""The client for what we tell others, at addresses that somebody has named: judged like any we do not trust.

A name that leads to the public internet today may lead into the operator's own network tomorrow, and whoever
may name a receiver need not be whoever may reach what is behind it.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from talentimg.errors import ProviderError
from talentimg.http.faults import fault, raising
from talentimg.http.interface import Posted, Poster
from talentimg.http.opening import make_factory, make_guard
from talentimg.http.sender import close
from talentimg.http.urls import host_of
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from talentimg.http._httpx import httpx
    from talentimg.http.dial import Connect, LookUp
    from talentimg.http.guard import Guard
    from talentimg.http.sender import Sender


class GuardedPoster(Poster):
    """Posts through the guard."""

    def __init__(self, sender: Sender, guard: Guard, timeout_s: float) -> None:
        self._sender = sender
        self._guard = guard
        self._timeout_s = timeout_s

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        with raising(ProviderError):
            at = self._guard.check_url(url)
            request = self._sender.request("POST", at, seconds=self._timeout_s, headers=headers, content=body)
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await self._send(request)
            except TimeoutError:
                raise fault(Reason.TIMEOUT, host_of(at)) from None

    async def _send(self, request: httpx.Request) -> Posted:
        response = await self._sender.send(request)
        await close(response)
        return Posted(response.status_code, {name.lower(): value for name, value in response.headers.items()})


@asynccontextmanager
async def open_poster(
    *,
    user_agent: str,
    allow_private: Sequence[str] = (),
    timeout_s: float = 15.0,
    look_up: LookUp | None = None,
    connect: Connect | None = None,
) -> AsyncIterator[Poster]:
    """Open the client; its connections are closed on exit.

    Args:
        user_agent: the User-Agent header that we send.
        allow_private: networks (CIDR) that it may connect to although they are not public.
        timeout_s: the total deadline for a post.
        look_up: replaces the system's resolver in tests.
        connect: replaces real sockets in tests.

    Raises:
        ConfigError: a network is not valid, or a certificate file cannot be read.
    """
    guard = make_guard(allow_private)
    async with AsyncExitStack() as stack:
        factory = make_factory(stack, user_agent=user_agent, connections=4, blocking=look_up, connect=connect)
        yield GuardedPoster(await factory.guarded(guard, keep_alive=False), guard, timeout_s)


def check_target(url: str, allow_private: Sequence[str]) -> None:
    """Judge an address before it is kept; its name is not looked up.

    Raises:
        ProviderError: nothing would ever be posted there; the sentence says why.
        ConfigError: a network is not valid.
    """
    with raising(ProviderError):
        make_guard(allow_private).check_url(url)
