"""How the two clients are put together."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from talentimg.http.api import ApiClient
from talentimg.http.dial import JudgingBackend, Resolver, dial, look_up
from talentimg.http.guard import AddressPolicy, Guard, anywhere
from talentimg.http.sender import Sender
from talentimg.http.sharded import sharded
from talentimg.http.tls import make_ssl_context
from talentimg.http.web import WebClient, WebLimits

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence
    from contextlib import AsyncExitStack

    from talentimg.http.dial import Connect, Judge, LookUp
    from talentimg.http.retry import Retry
    from talentimg.http.sharded import ShardedTransport

__all__ = ["ClientFactory", "WebLimits", "make_api", "make_factory", "make_guard", "make_web"]


@dataclass(frozen=True, slots=True)
class ClientFactory:
    """Makes the senders of both clients from what they have in common.

    Only the certificates come from the environment, never a proxy. The guarded client must not use one,
    and a program of which only half reached the network would be hard to understand. Besides, a
    forgotten variable must not hand a platform's tokens to whoever runs that proxy.
    """

    stack: AsyncExitStack
    user_agent: str
    connections: int
    ssl_context: ssl.SSLContext
    resolver: Resolver
    connect: Connect

    async def api(self) -> Sender:
        """For platform APIs: connects to wherever it is told."""
        return Sender(
            await self._transport(anywhere),
            headers={
                "user-agent": self.user_agent,
                "accept": "application/json",
                "accept-encoding": "gzip",
            },
        )

    async def guarded(self, guard: Guard, *, keep_alive: bool) -> Sender:
        """For hosts that we do not trust: one transport with TLS and one without, both guarded."""
        return Sender(
            await self._transport(partial(guard.check_answers, plain=False), keep_alive=keep_alive),
            plain=await self._transport(partial(guard.check_answers, plain=True), keep_alive=keep_alive),
            headers={"user-agent": self.user_agent, "connection": "keep-alive" if keep_alive else "close"},
        )

    async def _transport(self, judge: Judge, *, keep_alive: bool = True) -> ShardedTransport:
        backend = JudgingBackend(resolver=self.resolver, judge=judge, connect=self.connect)
        return await self.stack.enter_async_context(
            sharded(self.connections, backend=backend, ssl_context=self.ssl_context, keep_alive=keep_alive)
        )


def make_factory(
    stack: AsyncExitStack,
    *,
    user_agent: str,
    connections: int,
    blocking: LookUp | None,
    connect: Connect | None,
) -> ClientFactory:
    """A factory with the environment's certificates; all that it opens is closed with the stack.

    Raises:
        ConfigError: a certificate file cannot be read.
    """
    return ClientFactory(
        stack=stack,
        user_agent=user_agent,
        connections=connections,
        ssl_context=make_ssl_context(os.environ),
        resolver=Resolver(blocking or look_up),
        connect=connect or dial,
    )


def make_guard(allow_private: Sequence[str]) -> Guard:
    """A guard that allows these networks in addition to the public internet.

    Raises:
        ConfigError: one of them is not a network.
    """
    return Guard(AddressPolicy.parse(allow_private))


async def make_api(factory: ClientFactory, limits: WebLimits, retry: Retry | None) -> ApiClient:
    """The client for platform APIs."""
    return ApiClient(
        await factory.api(),
        timeout_s=limits.timeout_s,
        max_body_bytes=limits.max_body_bytes,
        retry=retry,
    )


async def make_web(factory: ClientFactory, guard: Guard, limits: WebLimits, retry: Retry | None) -> WebClient:
    """The guarded client."""
    return WebClient(
        await factory.guarded(guard, keep_alive=True),
        await factory.guarded(guard, keep_alive=False),
        guard=guard,
        limits=limits,
        retry=retry,
    )
