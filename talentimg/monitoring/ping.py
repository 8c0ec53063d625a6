"""Tells a service that monitors runs that one has started, or how it ended (https://healthchecks.io)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.errors import TalentimgError
from talentimg.http.links import host_in, split

if TYPE_CHECKING:
    from talentimg.http.interface import Reply

DEADLINE_S: Final = 10.0
"""Seconds that a ping may take, including retries: the run waits no longer."""
OK_BUT: Final = {
    b"OK (not found)": "does not know a check with this address",
    b"OK (rate limited)": "ignored it because there were too many pings",
}
"""What healthchecks.io answers with status 200 although it has ignored a ping."""
GOOD: Final = range(200, 300)


def ping(url: str, suffix: str, *, user_agent: str, seconds: float = DEADLINE_S) -> str | None:
    """Tell the service, and wait for its answer. Must not be called while an event loop is running.

    The path of the address is secret, so the result names only the host.

    Args:
        url: the address of the check. The suffix is added to its path; a query is kept.
        suffix: `start`, or the exit status, with or without a leading slash.
        user_agent: the User-Agent header that we send.
        seconds: the total deadline.

    Returns:
        One sentence about what went wrong, for a log line; None if all went well. Nothing is raised:
        a run is no less good because a ping failed.
    """
    import asyncio  # noqa: PLC0415  start-up time

    suffix = suffix.strip("/")
    try:
        reply = asyncio.run(_get(_with_suffix(url, suffix), user_agent, seconds))
    except TalentimgError as error:
        return f"The ping ({suffix}) did not get through: {error.message}"
    except ValueError:
        return f"The ping ({suffix}) was not sent: ping_url is not a web address."
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
        return f"answered with status {reply.status}"
    return OK_BUT.get(reply.body.strip())
