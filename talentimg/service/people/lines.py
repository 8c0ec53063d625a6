"""What is held of everybody to search, count and sort them at once: one small line a talent. Pure."""

from __future__ import annotations

import base64
import heapq
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from talentimg.errors import UsageError
from talentimg.service.decision.state import TalentState
from talentimg.service.people.listing import LONG_AGO, Sort, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.service.decision.state import Standing
    from talentimg.service.people.listing import Wanted

Place = tuple[str, str]
"""What a line is sorted by, and its id."""


class Line(NamedTuple):
    """What is held of a talent. `text` is what `Wanted.words` are looked for in."""

    talent_id: str
    name: str
    text: str
    platforms: tuple[str, ...]
    source: str
    state: TalentState
    in_review: bool
    synced_at: datetime | None

    def place(self, sort: Sort) -> Place:
        """Where it stands in a list."""
        return _KEYS[sort](self), self.talent_id


_RANKS: Final = {state: str(rank) for rank, state in enumerate(TalentState)}
_KEYS: Final[Mapping[Sort, Callable[[Line], str]]] = {
    Sort.ID: lambda _: "",
    Sort.NAME: lambda line: line.name,
    Sort.AGE: lambda line: (line.synced_at or LONG_AGO).isoformat(),
    Sort.STATE: lambda line: _RANKS[line.state],
    Sort.SOURCE: lambda line: line.source,
}


@dataclass(frozen=True, slots=True)
class Facets:
    """How many there are of each kind.

    Those of a state are counted among whoever is wanted but for their state, and so with sources: they are
    what one would see if one chose it instead. Those of a platform have it besides all that is wanted.
    """

    everybody: int
    """On the roster."""
    found: int
    """Who is wanted."""
    in_review: int
    """On the roster, with a picture that waits for a person."""
    states: Mapping[TalentState, int]
    platforms: Mapping[str, int]
    sources: Mapping[str, int]


def line_of(record: TalentRecord, standing: Standing) -> Line:
    """The line of a talent."""
    talent, shown = record.talent, record.selection
    return Line(
        talent.id,
        plain(talent.name),
        "\n".join(map(plain, (talent.id, talent.name, *(account.handle for account in talent.accounts)))),
        tuple(account.platform for account in talent.accounts),
        shown.source,
        standing.state,
        record.in_review is not None,
        shown.synced_at,
    )


class Search:
    """One search: who of these lines is wanted."""

    def __init__(self, lines: Iterable[Line], wanted: Wanted) -> None:
        """Look through all of them once."""
        self._wanted = wanted
        words = [plain(word) for word in wanted.words]
        self.found: list[Line] = []
        states: Counter[str] = Counter()
        sources: Counter[str] = Counter()
        platforms: Counter[str] = Counter()
        everybody = in_review = 0
        for line in lines:
            everybody += 1
            in_review += line.in_review
            if not all(word in line.text for word in words) or not self._may_be(line):
                continue
            is_state = not wanted.states or line.state in wanted.states
            is_source = not wanted.sources or line.source in wanted.sources
            states[line.state] += is_source
            sources[line.source] += is_state
            if is_state and is_source:
                platforms.update(line.platforms)
                self.found.append(line)
        self.facets = Facets(
            everybody,
            len(self.found),
            in_review,
            {state: states[state] for state in TalentState},
            _largest_first(platforms, wanted.platforms),
            _largest_first(sources, wanted.sources),
        )

    def _may_be(self, line: Line) -> bool:
        wanted = self._wanted
        return (
            wanted.platforms <= set(line.platforms)
            and not (wanted.never_looked_at and line.synced_at)
            and (wanted.looked_before is None or (line.synced_at or LONG_AGO) < wanted.looked_before)
        )

    def page(self, sort: Sort, after: Place | None, limit: int) -> list[Line]:
        """The next of those found, in this order."""
        places = ((line.place(sort), line) for line in self.found)
        return [
            line for _, line in heapq.nsmallest(limit, (p for p in places if after is None or p[0] > after))
        ]


def _largest_first(counts: Counter[str], asked: Collection[str]) -> dict[str, int]:
    """Without those that nobody has, but for what is asked for: a choice has to stay in sight."""
    shown = {name: counts[name] for name in {*asked, *(name for name, number in counts.items() if number)}}
    return dict(sorted(shown.items(), key=lambda pair: (-pair[1], pair[0])))


def cursor_of(place: Place) -> str:
    """A place as an address can hold it."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_of(cursor: str) -> Place:
    """The place that a cursor tells.

    Raises:
        UsageError: none of ours.
    """
    try:
        key, talent_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(key, str) and isinstance(talent_id, str):
            return key, talent_id
    except (ValueError, TypeError, RecursionError):
        pass
    raise UsageError("This is no place in the list.", hint="Begin again with the first page.")
