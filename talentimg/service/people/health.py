"""How the roster fares: the latest runs, how platforms answered, who rests, and what needs a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from talentimg.service.decision.state import TalentState
from talentimg.service.lookup.gate import PICTURES
from talentimg.service.people.listing import Sort, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Cooldown, Run, Suspect
    from talentimg.repository.interface import Repository
    from talentimg.service.people.lines import Facets
    from talentimg.service.people.listing import Listed
    from talentimg.service.people.overview import Overview
    from talentimg.service.run.records import RunRecords

RUNS: Final = 30
MOST_RUNS: Final = 500
MOST_PEOPLE: Final = 8


@dataclass(frozen=True, slots=True)
class PlatformHealth:
    """How a platform answered. `answered` counts looks that found a picture, or that there is none."""

    platform: str
    answered: int
    trouble: int
    per_run: Sequence[tuple[Run, int, int]]
    """Each run that asked it, the oldest first, with answers and trouble."""
    resting: Sequence[Cooldown]
    """The platform itself, or some of its hosts."""

    @property
    def asked(self) -> int:
        """All looks."""
        return self.answered + self.trouble


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All of it."""

    facets: Facets
    runs: Sequence[Run]
    """Newest first."""
    platforms: Sequence[PlatformHealth]
    needing: Sequence[Listed]
    """Some of those who need a person."""
    resting_hosts: Sequence[tuple[str, datetime]]
    """Hosts of pictures that are left alone, and until when."""
    suspects: Sequence[Suspect]
    """Pictures taken for placeholders that no person has judged."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run, those beside it, and the names of those whom it names, by id."""

    run: Run
    earlier: str | None
    later: str | None
    names: Mapping[str, str]


class Health:
    """Reads it."""

    def __init__(
        self, repository: Repository, runs: RunRecords, overview: Overview, now: Callable[[], datetime]
    ) -> None:
        self._repository = repository
        self._runs = runs
        self._overview = overview
        self._now = now

    def report(self) -> HealthReport:
        """How the roster fares now."""
        runs = self._repository.runs(limit=RUNS)
        needs = Wanted(states=frozenset({TalentState.NEEDS_YOU}))
        now = self._now()
        resting = [one for one in self._repository.cooldowns(now) if one.until > now]
        suspects = [one for one in self._repository.suspects() if not one.is_allowed and not one.named_by]
        return HealthReport(
            self._overview.facets(),
            runs,
            _platforms(runs, resting),
            self._overview.page(needs, sort=Sort.NAME, limit=MOST_PEOPLE).rows,
            [(_host_of(one), one.until) for one in resting if _platform_of(one) == PICTURES],
            suspects,
        )

    def run(self, run_id: str) -> RunReport:
        """A run with what is worth knowing beside it.

        Raises:
            UsageError: there is no such run.
        """
        run = self._runs.find(run_id).run
        ids = [one.id for one in self._runs.latest(limit=MOST_RUNS)]
        place = ids.index(run.id) if run.id in ids else len(ids)
        slow = self._repository.load_many([one.talent_id for one in run.slowest])
        return RunReport(
            run,
            ids[place + 1] if place + 1 < len(ids) else None,
            ids[place - 1] if 0 < place < len(ids) else None,
            {record.talent.id: record.talent.name for record in slow},
        )


def _platforms(runs: Sequence[Run], resting: Sequence[Cooldown]) -> list[PlatformHealth]:
    """Those that were asked or rest, by name."""
    names = {
        name
        for run in runs
        for name, count in run.platforms.items()
        if count.found + count.absent + count.trouble
    }
    names |= {_platform_of(one) for one in resting} - {PICTURES}
    return [_platform(name, runs, resting) for name in sorted(names)]


def _platform(name: str, runs: Sequence[Run], resting: Sequence[Cooldown]) -> PlatformHealth:
    counted = [(run, run.platforms[name]) for run in reversed(runs) if name in run.platforms]
    per_run = [(run, count.found + count.absent, count.trouble) for run, count in counted]
    return PlatformHealth(
        name,
        sum(answered for _, answered, _ in per_run),
        sum(trouble for _, _, trouble in per_run),
        per_run,
        [one for one in resting if _platform_of(one) == name],
    )


def _platform_of(cooldown: Cooldown) -> str:
    return cooldown.platform.partition(":")[0]


def _host_of(cooldown: Cooldown) -> str:
    return cooldown.platform.partition(":")[2]
