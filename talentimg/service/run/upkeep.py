"""What is done at the end of a run, and by workers now and then: none of it may make a run fail."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from talentimg.errors import TalentimgError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger("talentimg.run")

RENEW_S: Final = 60.0
"""Between two questions whether it is time to renew tokens, as the store knows."""
DELIVER_S: Final = 5.0
"""Between two looks for what is to be delivered."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Renews tokens that end soon, and delivers to webhooks; None where that is not to be done."""

    renew: Callable[[], Awaitable[object]] | None = None
    deliver: Callable[[], Awaitable[object]] | None = None

    async def before_the_end(self) -> str | None:
        """Before a run is recorded; what went wrong, as a sentence."""
        if self.renew is None:
            return None
        try:
            await self.renew()
        except TalentimgError as error:
            return f"Tokens that end soon could not be renewed. {error.message}"
        return None

    async def once(self) -> None:
        """Both, for whoever comes now and then."""
        await self._renew()
        await self.afterwards()

    async def go_on(self) -> None:
        """Both again and again, side by side, until it is cancelled."""
        await asyncio.gather(_again(self._renew, RENEW_S), _again(self.afterwards, DELIVER_S))

    async def _renew(self) -> None:
        if warning := await self.before_the_end():
            log.warning("%s", warning)

    async def afterwards(self) -> None:
        """Once it is on record."""
        if self.deliver is None:
            return
        try:
            await self.deliver()
        except TalentimgError as error:
            log.warning("What happened could not be delivered to webhooks. %s", error.message)


async def _again(work: Callable[[], Awaitable[None]], seconds: float) -> None:
    while True:
        try:
            await work()
        except Exception:
            log.exception("An internal error in talentimg, which goes on.")
        await asyncio.sleep(seconds)
