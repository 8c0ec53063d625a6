"""The roster as a list: who is wanted, how everybody stands, and in which order."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from talentimg.errors import UsageError
from talentimg.repository.interface import RosterRow
from talentimg.service.decision.said import marks
from talentimg.service.decision.state import TalentState, state_of
from talentimg.service.people.reconnecting import Reconnecting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Roster as RosterPort
    from talentimg.service.decision.chain import Rules
    from talentimg.service.decision.due import Schedule
    from talentimg.service.decision.state import Standing
    from talentimg.service.people.reconnecting import Reconnect

PAGE: Final = 500
AGE: Final = r"\s*([0-9]{1,5})\s*([mhdwMHDW])\s*"
"""What an age looks like."""
_MINUTES: Final = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}
LONG_AGO: Final = datetime(1, 1, 1, tzinfo=UTC)
UNDECOMPOSED: Final = str.maketrans(
    {"\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u00f0": "d", "\u00fe": "th", "\u0131": "i", "\u0127": "h"}
    | {"\u00e6": "ae", "\u0153": "oe"}
)
"""Letters whose stroke is no accent to Unicode, and that people type without it all the same."""


class Sort(StrEnum):
    """In which order a list comes. Within it, and by default, by id."""

    ID = "id"
    NAME = "name"
    AGE = "age"
    """Who was never looked at first, then the oldest look."""
    STATE = "state"
    """Who needs somebody first."""
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list: a row of the roster, and how the talent stands."""

    row: RosterRow
    standing: Standing
    marks: tuple[str, ...] = ()
    """What a person decided, each in a word or two."""
    reconnect: tuple[Reconnect, ...] = ()
    """The accounts that the talent has to connect again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Talents of a list: those for whom everything holds that is asked for.

    `words` all occur in the id, the name or a handle, whatever their case and accents. `platforms` all have a
    connected account. `sources` are where the picture that is shown may come from, `states` how they may
    stand. Of those last looked at before `looked_before`, who was never looked at is one.
    """

    words: tuple[str, ...] = ()
    platforms: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    never_looked_at: bool = False
    states: frozenset[TalentState] = frozenset()
    looked_before: datetime | None = None

    def takes(self, one: Listed) -> bool:
        """Whether somebody belongs to the list."""
        row = one.row
        return (
            self.platforms <= set(row.platforms)
            and (not self.sources or row.source in self.sources)
            and (not self.states or one.standing.state in self.states)
            and not (self.never_looked_at and row.synced_at)
            and (self.looked_before is None or (row.synced_at or LONG_AGO) < self.looked_before)
            and self._names(row)
        )

    def _names(self, row: RosterRow) -> bool:
        if not self.words:
            return True
        text = "\n".join(map(plain, (row.talent_id, row.name, *(a.handle for a in row.accounts))))
        return all(plain(word) in text for word in self.words)


class Listing:
    """Lists the roster. Pages are read as they are taken, so that memory does not grow with it.

    In another order than by id everybody has to be known before the first line: of each only the id and what
    is sorted by is held, and pages are read anew in that order.
    """

    def __init__(
        self,
        repository: RosterPort,
        rules: Rules,
        schedule: Schedule,
        now: Callable[[], datetime],
        connect_url: str = "",
    ) -> None:
        """A listing of a roster.

        Args:
            repository: the roster.
            rules: the operator's order and grace time.
            schedule: says who is due when.
            now: the clock.
            connect_url: where talents connect accounts again, as `Reconnecting` takes it.
        """
        self._repository = repository
        self._reconnecting = Reconnecting(connect_url, rules, now)
        self._rules = rules
        self._schedule = schedule
        self._now = now

    def rows(self, wanted: Wanted | None = None, sort: Sort = Sort.ID) -> Iterator[Listed]:
        """Everybody who is wanted.

        Args:
            wanted: everybody by default.
            sort: in which order.
        """
        found = filter(wanted.takes, self._by_id()) if wanted else self._by_id()
        return found if sort is Sort.ID else self._sorted(found, sort)

    def _by_id(self) -> Iterator[Listed]:
        page = self._repository.records(limit=PAGE)
        while page:
            yield from map(self.listed, page)
            page = self._repository.records(after=page[-1].talent.id, limit=PAGE)

    def _sorted(self, found: Iterable[Listed], sort: Sort) -> Iterator[Listed]:
        keys = sorted((_key(one, sort), one.row.talent_id) for one in found)
        for begin in range(0, len(keys), PAGE):
            ids = [talent_id for _, talent_id in keys[begin : begin + PAGE]]
            yield from map(self.listed, self._repository.load_many(ids))

    def listed(self, record: TalentRecord) -> Listed:
        """The line of a talent."""
        standing = self.standing(record)
        needs_somebody = standing.state is TalentState.NEEDS_YOU
        reconnect = self._reconnecting.of(record) if needs_somebody else ()
        return Listed(row_of(record), standing, marks(record.policy, self._now()), reconnect)

    def standing(self, record: TalentRecord) -> Standing:
        """How a talent stands now."""
        return state_of(record, self._rules, self._now(), looked_since=self._schedule.looked_since())


def _key(one: Listed, sort: Sort) -> str:
    match sort:
        case Sort.NAME:
            return plain(one.row.name)
        case Sort.AGE:
            return (one.row.synced_at or LONG_AGO).isoformat()
        case Sort.STATE:
            return str(list(TalentState).index(one.standing.state))
        case Sort.SOURCE:
            return one.row.source
        case Sort.ID:
            return ""


def row_of(record: TalentRecord) -> RosterRow:
    """The line of the roster that a record is about."""
    talent, shown = record.talent, record.selection
    return RosterRow(
        talent.id,
        talent.name,
        tuple(account.platform for account in talent.accounts),
        shown.source,
        shown.url,
        shown.synced_at,
        talent.accounts,
        record.policy,
    )


def plain(text: str) -> str:
    """What all spellings of a text have in common, whatever their case, form and accents."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char for char in apart if unicodedata.category(char) != "Mn").translate(UNDECOMPOSED)


def age_of(typed: str, option: str) -> timedelta:
    """An age such as `3d`.

    Args:
        typed: the age.
        option: what it was given for, in the words of whoever gave it.

    Raises:
        UsageError: it is none.
    """
    match = re.fullmatch(AGE, typed)
    if match is None:
        raise UsageError(
            f"{option} {typed!r} is no age.",
            hint="A number and m, h, d or w (minutes, hours, days, weeks): 3d.",
        )
    return timedelta(minutes=int(match[1]) * _MINUTES[match[2].lower()])
