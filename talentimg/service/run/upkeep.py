"""What is done at the end of a run, and by workers now and then: none of it may make a run fail."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from talentimg.errors import TalentimgError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger("talentimg.run")


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

    async def afterwards(self) -> None:
        """Once it is on record."""
        if self.deliver is None:
            return
        try:
            await self.deliver()
        except TalentimgError as error:
            log.warning("What happened could not be delivered to webhooks. %s", error.message)
