"""Objects that no row names: of syncs that were killed, or of rows that are gone."""

from __future__ import annotations

import secrets
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.service.doctor.interface import Finding, Severity, counted
from talentimg.service.doctor.stored import StoredCheck
from talentimg.service.run.named import NamedObjects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime, timedelta

    from talentimg.repository.interface import Repository
    from talentimg.service.doctor.interface import Look
    from talentimg.service.run.sweep import Swept
    from talentimg.store.interface import ObjectStore

SAMPLE: Final = 1000
LISTED: Final = 5000
"""Objects that are listed before the time is asked for."""
ROWS: Final = 2000


class StraysCheck(StoredCheck):
    """Lists objects and asks which of them a row names. Those of late belong to a sync that is under way."""

    name: ClassVar = "strays"
    title: ClassVar = "Objects without a row"

    def __init__(
        self,
        repository: Callable[[], Repository],
        store: Callable[[], ObjectStore],
        sweep: Callable[[], Swept],
        now: Callable[[], datetime],
        *,
        grace: timedelta,
    ) -> None:
        """Checks a store by a roster.

        Args:
            repository: opens the roster.
            store: opens the store of pictures.
            sweep: removes what nobody needs.
            now: the time.
            grace: objects stay for so long whoever needs them.
        """
        super().__init__(repository, store)
        self._sweep = sweep
        self._now = now
        self._grace = grace

    def look(self, look: Look) -> Iterator[Finding]:
        """How many there are, of a sample or of all."""
        listed, strays = self._in_all(look) if look.deep else self._in_a_sample()
        extent = "all" if look.deep or listed < SAMPLE else "a sample: --deep looks at all"
        if strays:
            yield Finding(
                f"Of {counted(listed, 'object', 'objects')} ({extent}) {strays:,} have no row any more.",
                Severity.NOTE,
                "The sweep at the end of each sync-all removes them; so does talentimg doctor --fix.",
                can_fix=True,
            )
        else:
            yield Finding(f"{counted(listed, 'object is', 'objects are')} named by a row ({extent}).")

    def _in_a_sample(self) -> tuple[int, int]:
        """How many were listed, and how many of them have no row."""
        begin, store = secrets.token_hex(1), self._store()
        found = list(islice(store.listing(begin), SAMPLE))
        if len(found) < SAMPLE:
            before = (one for one in store.listing() if one.key <= begin)
            found += islice(before, SAMPLE - len(found))
        return len(found), len(self._stray([one.key for one in found if self._is_old(one.held.changed_at)]))

    def _in_all(self, look: Look) -> tuple[int, int]:
        listing, listed, strays = self._store().listing(), 0, 0
        named = NamedObjects(self._named())
        while page := list(islice(listing, LISTED)):
            listed += len(page)
            old = [one.key for one in page if self._is_old(one.held.changed_at) and one.key not in named]
            strays += len(self._stray(old))
            if not look.has_time():
                break
        return listed, strays

    def _stray(self, keys: Sequence[str]) -> set[str]:
        return set(keys) - self._repository().still_named(keys) if keys else set()

    def _is_old(self, changed_at: datetime) -> bool:
        return changed_at <= self._now() - self._grace

    def _named(self) -> Iterator[str]:
        repository = self._repository()
        page = repository.named_objects(after=None, limit=ROWS)
        while page.size:
            yield from page.keys
            page = repository.named_objects(after=page.last, limit=ROWS)

    def heal(self, found: Sequence[Finding], look: Look) -> Iterator[str]:
        """Sweep."""
        del found, look
        swept = self._sweep()
        yield f"Swept: {swept.removed:,} gone of what nobody needed."
