"""The network: two clients, opened in one place. Importing this package imports no HTTP library."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from talentimg.http.dial import Connect, LookUp
    from talentimg.http.interface import Api, Web
    from talentimg.http.retry import Retry


@dataclass(frozen=True, slots=True)
class Clients:
    """The two clients of a running program."""

    api: Api
    web: Web


@asynccontextmanager
async def open_clients(
    *,
    user_agent: str,
    allow_private: Sequence[str] = (),
    timeout_s: float = 20.0,
    picture_timeout_s: float = 30.0,
    max_picture_bytes: int = 10 * 1024 * 1024,
    max_body_bytes: int = 2 * 1024 * 1024,
    connections: int = 50,
    retry: Retry | None = None,
    look_up: LookUp | None = None,
    connect: Connect | None = None,
) -> AsyncIterator[Clients]:
    """Open both clients; their connections are closed on exit.

    Neither uses a proxy, a `.netrc` or a cookie from the environment; `SSL_CERT_FILE` and
    `SSL_CERT_DIR` are honoured by both.

    Args:
        user_agent: the User-Agent header that we send.
        allow_private: networks (CIDR) that the guarded client may connect to although they are not public.
        timeout_s: the total deadline for an API call, a document or a page.
        picture_timeout_s: the total deadline for a picture.
        max_picture_bytes: a larger picture is refused.
        max_body_bytes: a larger document is refused.
        connections: how many requests each client may have in flight at once.
        retry: how often to try, and how long to wait in between.
        look_up: replaces the system's resolver in tests.
        connect: replaces real sockets in tests.

    Raises:
        ConfigError: a network is not valid, or a certificate file cannot be read.
    """
    # Imported here: a command that makes no requests must not pay for loading an HTTP library.
    from talentimg.http import opening  # noqa: PLC0415  see above

    limits = opening.WebLimits(
        timeout_s=timeout_s,
        picture_timeout_s=picture_timeout_s,
        max_picture_bytes=max_picture_bytes,
        max_body_bytes=max_body_bytes,
    )
    guard = opening.make_guard(allow_private)
    async with AsyncExitStack() as stack:
        factory = opening.make_factory(
            stack, user_agent=user_agent, connections=connections, blocking=look_up, connect=connect
        )
        yield Clients(
            api=await opening.make_api(factory, limits, retry),
            web=await opening.make_web(factory, guard, limits, retry),
        )
