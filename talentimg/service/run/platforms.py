"""How every platform stands: whether it is left alone, until when, and how much of its quota is used."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from talentimg.service.run.nights import WEEK, first_of, rate_of, success_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Cooldown, Run
    from talentimg.providers.interface import Provider
    from talentimg.repository.interface.politeness import Politeness
    from talentimg.service.run.nights import PlatformNight


class PlatformState(StrEnum):
    """Whether a platform is asked."""

    READY = "ready"
    RESTING = "resting"
    """It is left alone until a time."""


@dataclass(frozen=True, slots=True)
class RestingHost:
    """A host of a platform that is left alone, where each has a pace of its own."""

    host: str
    until: datetime
    why: str | None


@dataclass(frozen=True, slots=True)
class PlatformStanding:
    """A platform, in its place in the chain. Which credentials it has is never told, only whether.

    `concurrency` is how many calls may be in progress at once, `per_minute` and `per_day` how many may be
    made; None is no limit. `used_today` is None where nothing is counted.
    """

    platform: str
    label: str
    needs: str
    has_credentials: bool
    state: PlatformState
    until: datetime | None
    why: str | None
    hosts: tuple[RestingHost, ...]
    concurrency: int
    per_minute: int | None
    per_day: int | None
    used_today: int | None
    quota_resets_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlatformReport:
    """How a platform stands, and how it answered on the latest nights, the oldest first."""

    standing: PlatformStanding
    nights: tuple[PlatformNight, ...]

    @property
    def success(self) -> float | None:
        """The share of looks that were answered, from 0 to 1; None if there were none."""
        return rate_of(self.nights)


class Platforms:
    """Tells how they stand. None is asked."""

    def __init__(
        self,
        repository: Politeness,
        providers: Callable[[], Iterable[tuple[type[Provider], Mapping[str, str | None]]]],
        now: Callable[[], datetime],
        runs_since: Callable[[datetime], Iterable[Run]] = lambda _: (),
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: knows who is left alone, and what is used of quotas.
            providers: all of them in order of priority, each with all its settings.
            now: the clock.
            runs_since: gives the runs that began since a time.
        """
        self._repository = repository
        self._providers = providers
        self._now = now
        self._runs_since = runs_since

    def report(self) -> list[PlatformReport]:
        """Every platform, with how it answered on the latest nights."""
        now = self._now()
        runs = list(self._runs_since(first_of(now, WEEK)))
        return [PlatformReport(one, success_of(one.platform, runs, now)) for one in self.all()]

    def all(self) -> list[PlatformStanding]:
        """Every platform."""
        now = self._now()
        resting = [one for one in self._repository.cooldowns(now) if one.until > now]
        return [self._standing(provider, settings, resting) for provider, settings in self._providers()]

    def _standing(
        self, provider: type[Provider], settings: Mapping[str, str | None], resting: Sequence[Cooldown]
    ) -> PlatformStanding:
        info = provider.info
        own = next((one for one in resting if one.platform == info.name), None)
        per_day = int(settings.get("per_day") or 0)
        resets = provider.quota_resets_at(self._now()) if per_day else None
        return PlatformStanding(
            platform=info.name,
            label=info.label,
            needs=info.needs,
            has_credentials=any(one.secret and settings.get(one.key) for one in info.settings),
            state=PlatformState.RESTING if own else PlatformState.READY,
            until=own.until if own else None,
            why=own.detail if own else None,
            hosts=tuple(_hosts(info.name, resting)),
            concurrency=int(settings["concurrency"] or 1),
            per_minute=int(settings["per_minute"] or 0) or None,
            per_day=per_day or None,
            used_today=self._repository.spend(info.name, 0, resets) if resets else None,
            quota_resets_at=resets,
        )


def _hosts(platform: str, resting: Sequence[Cooldown]) -> Iterable[RestingHost]:
    for one in resting:
        name, colon, host = one.platform.partition(":")
        if colon and name == platform:
            yield RestingHost(host, one.until, one.detail)
