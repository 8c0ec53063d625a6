"""Tells a service that waits for runs that one has begun, or how it ended (https://healthchecks.io)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.errors import TalentimgError
from talentimg.http.links import host_in, split

if TYPE_CHECKING:
    from talentimg.http.interface import Reply

DEADLINE_S: Final = 10.0
"""Seconds that telling may take, tries included: the run does not wait for longer."""
OK_BUT: Final = {
    b"OK (not found)": "knows no check of this address",
    b"OK (rate limited)": "was told too often, and did not listen",
}
"""What healthchecks.io answers with the status 200 when it has ignored a ping."""
GOOD: Final = range(200, 300)


def ping(url: str, suffix: str, *, user_agent: str, seconds: float = DEADLINE_S) -> str | None:
    """Tell the service, and wait for its answer. Must not be called while a loop runs.

    The path of the address is a secret, so what comes back names the host only.

    Args:
        url: the address of the check. The suffix is added to its path; a query stays.
        suffix: `start`, or the exit status; with a slash before it or without.
        user_agent: how we introduce ourselves.
        seconds: the total deadline.

    Returns:
        One sentence on what went wrong, for a log line; None when all is well. Nothing is raised:
        a run is not worth less because nobody heard of it.
    """
    import asyncio  # noqa: PLC0415  start-up time

    suffix = suffix.strip("/")
    try:
        reply = asyncio.run(_get(_with_suffix(url, suffix), user_agent, seconds))
    except TalentimgError as error:
        return f"The ping ({suffix}) did not get through: {error.message}"
    except ValueError:
        return f"The ping ({suffix}) was not sent: ping_url is not an address of the web."
    trouble = _trouble_with(reply)
    return f"The ping ({suffix}) was refused: {host_in(url)} {trouble}." if trouble else None


def _with_suffix(url: str, suffix: str) -> str:
    parts = split(url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError
    return parts._replace(path=f"{parts.path.rstrip('/')}/{suffix}", fragment="").geturl()


async def _get(url: str, user_agent: str, seconds: float) -> Reply:
    from talentimg.http import open_clients  # noqa: PLC0415  start-up time

    async with open_clients(user_agent=user_agent, timeout_s=seconds, connections=1) as clients:
        return await clients.api.request("GET", url)


def _trouble_with(reply: Reply) -> str | None:
    if reply.status not in GOOD:
        return f"answered {reply.status}"
    return OK_BUT.get(reply.body.strip())
