"""The roster as those see it who look at it often: search, counts and a page of people, at once.

One small line of everybody is held in memory, and made anew when it is old and somebody asks. Whoever asks
meanwhile is told what was so before. The people of a page are always read anew.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from talentimg.errors import TalentimgError
from talentimg.service.people.lines import Search, cursor_of, line_of, place_of
from talentimg.service.people.listing import PAGE, Sort, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talentimg.models import TalentRecord
    from talentimg.repository.interface.roster import Roster
    from talentimg.service.people.lines import Facets, Line
    from talentimg.service.people.listing import Listed, Listing

log = logging.getLogger("talentimg.people")

FRESH_S: Final = 5.0
TIMES_ITS_COST: Final = 20
"""Lines are believed so many times as long as they took to be made: so they cost a twentieth of the time."""
ON_A_PAGE: Final = 50
MOST_ON_A_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """A page of the people who are wanted, as they are now, and how many there are of each kind."""

    rows: tuple[Listed, ...]
    facets: Facets
    next: str | None
    """Where the next page begins; None if this is the last."""


class Overview:
    """Searches, counts and pages. Several threads may call it; the first call waits for the lines."""

    def __init__(
        self, repository: Roster, listing: Listing, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """An overview of a roster.

        Args:
            repository: the roster.
            listing: says how somebody stands.
            clock: seconds, from any time on.
        """
        self._repository = repository
        self._listing = listing
        self._clock = clock
        self._lines: dict[str, Line] | None = None
        self._good_until = 0.0
        self._lock = threading.RLock()
        self._touched: set[str] = set()
        self._generation = 0
        self._making: Future[None] = Future()
        self._making.set_result(None)
        self._threads = ThreadPoolExecutor(1, "overview")
        self._is_closed = False

    # -- what is asked --------------------------------------------------------------------

    def page(
        self,
        wanted: Wanted | None = None,
        *,
        sort: Sort = Sort.NAME,
        after: str | None = None,
        limit: int = ON_A_PAGE,
    ) -> Seen:
        """A page of those who are wanted.

        Args:
            wanted: everybody by default.
            sort: in which order.
            after: `Seen.next` of the page before, in the same order.
            limit: the most of a page, at most `MOST_ON_A_PAGE`.

        Raises:
            UsageError: `after` is of no page of ours.
        """
        limit = max(1, min(limit, MOST_ON_A_PAGE))
        search = Search(self._current(), wanted or Wanted())
        lines = search.page(sort, place_of(after) if after else None, limit + 1)
        shown = lines[:limit]
        rows = tuple(map(self._listing.listed, self._read([line.talent_id for line in shown])))
        is_more = len(lines) > limit
        return Seen(rows, search.facets, cursor_of(shown[-1].place(sort)) if is_more else None)

    def facets(self, wanted: Wanted | None = None) -> Facets:
        """The counts alone."""
        return Search(self._current(), wanted or Wanted()).facets

    def next_after(self, talent_id: str, wanted: Wanted, sort: Sort = Sort.NAME) -> str | None:
        """Who comes after a talent of those who are wanted, from the first on again; None if nobody else."""
        lines = {line.talent_id: line for line in self._current()}
        search = Search((line for line in lines.values() if line.talent_id != talent_id), wanted)
        here = lines.get(talent_id)
        following = search.page(sort, here.place(sort), 1) if here else []
        return next((line.talent_id for line in following or search.page(sort, None, 1)), None)

    def touched(self, talent_id: str) -> None:
        """Somebody was changed: their line is read again, now or by whoever asks next."""
        with self._lock:
            self._touched.add(talent_id)  # for lines that are being made, and may have passed them
            if self._lines is None:
                return
            try:
                self._read([talent_id])
            except TalentimgError as error:  # the change itself is written
                log.warning("Who was changed could not be read for the overview: %s", error.message)
                self.anew()

    def anew(self) -> None:
        """Anybody may have been changed: whoever asks next waits for new lines."""
        with self._lock:
            self._lines = None
            self._generation += 1

    def close(self) -> None:
        """End what is under way."""
        self._is_closed = True
        self._threads.shutdown(wait=True, cancel_futures=True)

    # -- the lines ------------------------------------------------------------------------

    def _read(self, ids: list[str]) -> list[TalentRecord]:
        """Their records; their lines are those of today from now on."""
        with self._lock:  # from before they are read, or an older reading could come in later
            records = self._repository.load_many(ids)
            if self._lines is not None:
                gone = set(ids)
                for record in records:
                    gone.discard(record.talent.id)
                    self._lines[record.talent.id] = self._line(record)
                for talent_id in gone:
                    self._lines.pop(talent_id, None)
        return records

    def _line(self, record: TalentRecord) -> Line:
        return line_of(record, self._listing.standing(record))

    def _current(self) -> list[Line]:
        """Those that there are; if they are old, newer ones are begun."""
        with self._lock:
            if self._lines is None:
                self._make()
            elif self._clock() >= self._good_until and self._making.done() and not self._is_closed:
                self._touched.clear()
                self._making = self._threads.submit(self._make_beside)
            return list((self._lines or {}).values())

    def _make_beside(self) -> None:
        try:
            self._make()
        except TalentimgError as error:
            log.warning("The roster could not be read for the overview: %s", error.message)
            self._good_until = self._clock() + FRESH_S

    def _make(self) -> None:
        began, generation = self._clock(), self._generation
        lines = {record.talent.id: self._line(record) for record in self._records()}
        if self._is_closed:
            return
        with self._lock:
            if generation != self._generation:  # they may be of before; whoever asks next makes others
                return
            self._lines = lines
            self._read(sorted(self._touched))
            now = self._clock()
            self._good_until = now + max(FRESH_S, TIMES_ITS_COST * (now - began))

    def _records(self) -> Iterator[TalentRecord]:
        page = self._repository.records(limit=PAGE)
        while page and not self._is_closed:
            yield from page
            page = self._repository.records(after=page[-1].talent.id, limit=PAGE)
