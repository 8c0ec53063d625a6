"""Platforms and hosts that are left alone for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from talentimg.service.doctor.interface import Check, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from talentimg.repository.interface import Politeness
    from talentimg.service.doctor.interface import Look


class CooldownsCheck(Check):
    """Tells each that has an end ahead. They end by themselves."""

    name: ClassVar = "cooldowns"
    title: ClassVar = "Cool-downs"
    needs: ClassVar = ("store",)

    def __init__(self, repository: Callable[[], Politeness], now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._now = now

    def look(self, look: Look) -> Iterator[Finding]:
        """Who is left alone, and until when."""
        del look
        now = self._now()
        resting = [one for one in self._repository().cooldowns(now) if one.until > now]
        for one in resting:
            platform, _, host = one.platform.partition(":")
            what = f"{host or platform} is left alone until {one.until:%Y-%m-%d %H:%M} UTC."
            yield Finding(f"{what} {one.detail or ''}".rstrip(), Severity.NOTE, "It ends by itself.")
        if not resting:
            yield Finding("No platform is left alone.")
