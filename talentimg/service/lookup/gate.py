"""The gate that every request and every answer passes through."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from talentimg.http.interface import Exchange, Gate, is_failure
from talentimg.http.usage import pause_until
from talentimg.models import Reason
from talentimg.service.lookup.allowance import cooldown_error

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from talentimg.service.lookup.allowance import Allowance

PICTURES: Final = "pictures"
"""The prefix of the keys of picture hosts: `pictures:HOST`."""
NO_ANSWER: Final = frozenset(
    {Reason.DNS, Reason.TIMEOUT, Reason.UNREACHABLE, Reason.PROTOCOL, Reason.TLS, Reason.STATUS}
)


class PlatformGate(Gate):
    """Lets requests to one platform, or to the hosts of pictures, through or refuses them."""

    def __init__(
        self,
        allowance: Allowance,
        platform: str,
        *,
        label: str | None = None,
        per_host: bool = False,
    ) -> None:
        """The gate of a platform.

        Args:
            allowance: what the run may do, and what is known about the platform.
            platform: its name, or `PICTURES`.
            label: its name in a sentence; None for the name of the host.
            per_host: whether each host has its own limits.
        """
        self._allowance = allowance
        self._pacing = allowance.pacing
        self._platform = platform
        self._label = label
        self._per_host = per_host

    @asynccontextmanager
    async def passage(self, host: str) -> AsyncIterator[Exchange]:
        allowance, pacing, at_host = self._allowance, self._pacing, f"{self._platform}:{host}"
        keys = (at_host,) if self._per_host else (self._platform, at_host)
        for cooldown in await pacing.cooldowns(*keys):
            if allowance.blocks(cooldown):
                raise cooldown_error(cooldown, self._label or host)
        exchange = Exchange(host)
        try:
            yield exchange
        except Exception as error:
            reason = getattr(error, "reason", None)
            if exchange.status is None and reason in NO_ANSWER:
                await pacing.unanswered(at_host, reason, host)
            raise
        finally:
            allowance.count(self._platform, received=exchange.received)
        await self._judge(exchange, at_host)

    async def _judge(self, exchange: Exchange, at_host: str) -> None:
        status = exchange.status or 0
        if is_failure(status):
            await self._pacing.unanswered(at_host, Reason.STATUS, exchange.host)
            return
        await self._pacing.answered(at_host)
        until = pause_until(exchange.headers, self._pacing.now())
        if until is not None:
            await self._pacing.pause(at_host if self._per_host else self._platform, until)
