"""How the roster fares: how fresh it was each night, how platforms answered, and what needs a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from talentimg.models import OutcomeKind
from talentimg.service.decision.state import TalentState
from talentimg.service.lookup.gate import PICTURES
from talentimg.service.people.listing import Sort, Wanted
from talentimg.service.run.nights import MOST_RUNS, first_of, freshness_of, success_of
from talentimg.service.run.outages import OF_THE_PLATFORM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Cooldown, Outage, Run, RunTalent, Suspect
    from talentimg.repository.interface import Repository
    from talentimg.service.people.lines import Facets
    from talentimg.service.people.listing import Listed
    from talentimg.service.people.overview import Overview
    from talentimg.service.run.nights import FreshNight, PlatformNight
    from talentimg.service.run.platforms import Platforms, PlatformStanding
    from talentimg.service.run.records import RunRecords

NIGHTS: Final = 30
MOST_PEOPLE: Final = 8
_MOST_BESIDE: Final = 500
_WORST_FIRST: Final = (
    OutcomeKind.FAILED,
    OutcomeKind.RECONNECT,
    OutcomeKind.DEMOTED,
    OutcomeKind.KEPT,
)


@dataclass(frozen=True, slots=True)
class PlatformHealth:
    """How a platform answered, night by night; an answer is also that there is no picture.

    `standing` is None for what is no platform with a provider of ours, as people's own avatars are.
    """

    platform: str
    nights: Sequence[PlatformNight]
    """The oldest first."""
    last_trouble: int | None
    """How many looks had none in the latest run that asked it; None if no run did."""
    resting: Sequence[Cooldown]
    """The platform itself, or some of its hosts."""
    standing: PlatformStanding | None

    @property
    def answered(self) -> int:
        """Looks that were answered."""
        return sum(night.answered for night in self.nights)

    @property
    def asked(self) -> int:
        """All looks."""
        return sum(night.asked for night in self.nights)


@dataclass(frozen=True, slots=True)
class PastOutage:
    """A platform that answered nobody, from the first to the last run that said so.

    `talents` is the most that any of these runs had.
    """

    source: str
    since: datetime
    until: datetime
    talents: int


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All of it."""

    facets: Facets
    runs: Sequence[Run]
    """Of these nights, newest first."""
    nights: Sequence[FreshNight]
    """The oldest first."""
    outages: Sequence[PastOutage]
    """The latest first."""
    platforms: Sequence[PlatformHealth]
    needing: Sequence[Listed]
    """Some of those who need a person."""
    resting_hosts: Sequence[tuple[str, datetime]]
    """Hosts of pictures that are left alone, and until when."""
    suspects: Sequence[Suspect]
    """Pictures taken for placeholders that no person has judged."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run, those beside it, and of whom it has something to tell.

    `troubles` come worst first; those of platforms that answered nobody are told by `Run.outages` and counted
    in `by_outage`. `names` are of all who are named here, by id; who wants no picture is not in `new`.
    """

    run: Run
    earlier: str | None
    later: str | None
    names: Mapping[str, str]
    troubles: Sequence[RunTalent] = ()
    by_outage: int = 0
    more_troubles: int = 0
    """How many had trouble of whom the run does not tell."""
    new: Sequence[RunTalent] = ()
    more_new: int = 0


class Health:
    """Reads it."""

    def __init__(
        self,
        repository: Repository,
        runs: RunRecords,
        overview: Overview,
        platforms: Platforms,
        now: Callable[[], datetime],
    ) -> None:
        self._repository = repository
        self._runs = runs
        self._overview = overview
        self._standings = platforms.all
        self._now = now

    def report(self) -> HealthReport:
        """How the roster fares now."""
        now = self._now()
        runs = self._runs.since(first_of(now, NIGHTS), joined=True, at_most=MOST_RUNS)
        needs = Wanted(states=frozenset({TalentState.NEEDS_YOU}))
        resting = [one for one in self._repository.cooldowns(now) if one.until > now]
        suspects = [one for one in self._repository.suspects() if not one.is_allowed and not one.named_by]
        return HealthReport(
            self._overview.facets(),
            runs,
            freshness_of(runs, now, NIGHTS),
            _past_outages(runs),
            self._platforms(runs, resting, now),
            self._overview.page(needs, sort=Sort.NAME, limit=MOST_PEOPLE).rows,
            [(_host_of(one), one.until) for one in resting if _platform_of(one) == PICTURES],
            suspects,
        )

    def run(self, run_id: str) -> RunReport:
        """A run with what is worth knowing beside it.

        Raises:
            UsageError: there is no such run.
        """
        progress = self._runs.find(run_id)
        run, told = progress.run, self._runs.told_of(progress)
        ids = [one.id for one in self._runs.latest(limit=_MOST_BESIDE)]
        place = ids.index(run.id) if run.id in ids else len(ids)
        named = {*(one.talent_id for one in run.slowest), *(one.talent_id for one in told)}
        records = {one.talent.id: one for one in self._repository.load_many(sorted(named))}
        troubled = [one for one in told if one.is_trouble]
        new = [one for one in told if one.has_new_picture]
        alone = [one for one in troubled if not _is_of_an_outage(one, run.outages)]
        return RunReport(
            run,
            ids[place + 1] if place + 1 < len(ids) else None,
            ids[place - 1] if 0 < place < len(ids) else None,
            {talent_id: record.talent.name for talent_id, record in records.items()},
            sorted(alone, key=lambda one: _WORST_FIRST.index(one.kind)),
            len(troubled) - len(alone),
            max(0, sum(one.troubled for one in progress.taking_part) - len(troubled)),
            [one for one in new if one.talent_id in records and not records[one.talent_id].policy.opted_out],
            max(0, sum(one.new_pictures for one in progress.taking_part) - len(new)),
        )

    def _platforms(
        self, runs: Sequence[Run], resting: Sequence[Cooldown], now: datetime
    ) -> list[PlatformHealth]:
        """Those that were asked or rest: in order of priority, and then what is none of them by name."""
        standings = {one.platform: one for one in self._standings()}
        asked = {
            name
            for run in runs
            for name, count in run.platforms.items()
            if count.found + count.absent + count.trouble
        }
        names = asked | {_platform_of(one) for one in resting} - {PICTURES}
        ordered = [name for name in standings if name in names] + sorted(names - standings.keys())
        return [
            PlatformHealth(
                name,
                success_of(name, runs, now, NIGHTS),
                _last_trouble(name, runs),
                [one for one in resting if _platform_of(one) == name],
                standings.get(name),
            )
            for name in ordered
        ]


def _last_trouble(name: str, runs: Iterable[Run]) -> int | None:
    counts = (run.platforms[name] for run in runs if name in run.platforms)
    return next((count.trouble for count in counts if count.found + count.absent + count.trouble), None)


def _past_outages(runs: Sequence[Run]) -> list[PastOutage]:
    """Each platform and beginning once, whichever number of runs has told of it."""
    found: dict[tuple[str, datetime], PastOutage] = {}
    for run in reversed(runs):
        for one in run.outages:
            key = one.source, one.since
            talents = max(one.talents, found[key].talents if key in found else 0)
            found[key] = PastOutage(one.source, one.since, run.started_at, talents)
    return sorted(found.values(), key=lambda one: one.until, reverse=True)


def _is_of_an_outage(one: RunTalent, outages: Iterable[Outage]) -> bool:
    return one.reason in OF_THE_PLATFORM and any(one.source == outage.source for outage in outages)


def _platform_of(cooldown: Cooldown) -> str:
    return cooldown.platform.partition(":")[0]


def _host_of(cooldown: Cooldown) -> str:
    return cooldown.platform.partition(":")[2]
