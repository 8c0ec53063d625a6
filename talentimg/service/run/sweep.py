"""Removes what nobody needs any more, once it has been so for a while. It may be stopped at any point.

Every step is complete in itself, and safe beside syncs: nothing is lost that they are about to name (see
`removing`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from talentimg.repository.interface import Page
from talentimg.service.run.named import NamedObjects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from talentimg.repository.interface import Repository
    from talentimg.service.run.removing import Remover
    from talentimg.store.interface import Listed, ObjectStore

PAGE: Final = 5_000
"""Rows that are looked through at a time: each page is asked for anew, of a store that may be far away."""
REMOVED: Final = 500
"""Talents and pictures that are removed at a time: others wait meanwhile."""
OBJECTS: Final = 20_000
"""Objects that are listed at a time."""
NAMING: Final = 2_000
"""Rows of pictures that are read at a time to learn which objects they name."""
STRAY: Final = 20_000
"""Objects that nobody seems to need, before all pictures are asked once more."""
AGED: Final = 5_000
"""Rows that are removed at a time because of their age."""
WRITING: Final = timedelta(hours=1)
"""No write takes longer. One that was begun before was interrupted, whatever the time of grace is."""
WALKS: Final = ("talents", "accounts", "pictures", "objects")
"""The parts that go on where the last sweep has stopped."""
NIGHTLY_SECONDS: Final = 20.0
"""How long the sweep at the end of a nightly run takes at most, but for the page that it is at."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How long what nobody needs is kept, and how long runs and history are."""

    grace: timedelta = timedelta(hours=24)
    runs: timedelta = timedelta(days=90)
    history: timedelta = timedelta(days=400)


@dataclass(slots=True)
class Swept:
    """What a sweep has removed. `waiting` are talents and pictures that are in their time of grace."""

    talents: int = 0
    accounts: int = 0
    pictures: int = 0
    files: int = 0
    runs: int = 0
    history: int = 0
    said: int = 0
    waiting: int = 0
    is_complete: bool = True
    """Whether it came to the end; else the next one goes on from where it stopped."""

    @property
    def removed(self) -> int:
        """All of it."""
        return (
            self.talents + self.accounts + self.pictures + self.files + self.runs + self.history + self.said
        )


class Sweeper:
    """Sweeps through rows and objects, page by page."""

    def __init__(
        self,
        repository: Repository,
        store: ObjectStore,
        remover: Remover,
        now: Callable[[], datetime],
        *,
        keep: Keep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: the rows.
            store: the objects.
            remover: removes objects.
            now: the time.
            keep: how long what is kept.
            clock: seconds, for a sweep that is bounded.
        """
        self._repository = repository
        self._store = store
        self._remover = remover
        self._now = now
        self._keep = keep
        self._clock = clock
        self._stopped = False
        self._places: Mapping[str, str] = {}

    def stop(self) -> None:
        """Finish the page that is under way, and no more."""
        self._stopped = True

    def sweep(self, *, seconds: float | None = None) -> Swept:
        """Remove what nobody needs, and what is too old.

        Args:
            seconds: how long it may take, but for the page that it is at; each part has its share.

        Raises:
            ObjectError: the store refused, or cannot be reached.
        """
        swept = Swept()
        self._places = self._repository.reached(WALKS)
        parts = (self._announced, self._aged, self._talents, self._accounts, self._pictures, self._objects)
        for part in parts:
            until = None if seconds is None else self._clock() + seconds / len(parts)
            part(swept, until)
        if swept.is_complete:
            self._store.tidy(self._now() - max(self._keep.grace, WRITING))
        return swept

    def _has_time(self, until: float | None) -> bool:
        return not self._stopped and (until is None or self._clock() < until)

    def _walk(
        self, part: str, size: int, swept: Swept, until: float | None, page_of: Callable[[str | None], Page]
    ) -> Iterator[Page]:
        """The pages of a part, from where the last sweep stopped, or from the beginning.

        One that is not full is the last. Of one with much to remove come as many as there is time for.
        """
        after, is_last = self._places.get(part), False
        while not is_last:
            page = page_of(after)
            for step in _steps(page):
                yield step
                after, is_last = step.last, step.last == page.last and page.size < size
                if not is_last and not self._has_time(until):
                    swept.is_complete = False
                    self._repository.save_reached(part, after, self._now())
                    return
        if part in self._places:
            self._repository.save_reached(part, None, self._now())

    def _old(self, page: Page, swept: Swept) -> list[str]:
        """Those that nobody has needed for long enough."""
        before = self._now() - self._keep.grace
        old = [name for name, since in page.unneeded.items() if since <= before]
        swept.waiting += len(page.unneeded) - len(old)
        return old

    # -- the parts -------------------------------------------------------------

    def _announced(self, swept: Swept, until: float | None) -> None:
        """What an earlier removal has left."""
        done = self._remover.finish(has_time=lambda: self._has_time(until))
        swept.files += done.gone
        swept.is_complete &= done.is_complete

    def _aged(self, swept: Swept, until: float | None) -> None:
        """Runs, history and words that are too old, and answers that are no longer kept."""
        is_over = False
        while not is_over:
            now = self._now()
            aged = self._repository.drop_aged(
                now, runs_before=now - self._keep.runs, history_before=now - self._keep.history, limit=AGED
            )
            swept.runs += aged.runs
            swept.history += aged.history
            swept.said += aged.audit
            is_over = max(aged.runs, aged.history, aged.audit, aged.answers) < AGED
            if not is_over and not self._has_time(until):
                swept.is_complete = False
                return

    def _talents(self, swept: Swept, until: float | None) -> None:
        """What is left of talents whom the app has removed."""

        def page_of(after: str | None) -> Page:
            return self._repository.missing_talents(self._now(), after=after, limit=PAGE)

        for page in self._walk("talents", PAGE, swept, until, page_of):
            if old := self._old(page, swept):
                erased = self._repository.erase_missing(old, self._now())
                swept.talents += erased.talents
                swept.pictures += erased.dropped.pictures
                swept.files += self._remover.remove(erased.dropped.keys).gone

    def _accounts(self, swept: Swept, until: float | None) -> None:
        """What was learnt of accounts that are no longer there."""

        def page_of(after: str | None) -> Page:
            return self._repository.drop_stray_accounts(after=after, limit=PAGE)

        for page in self._walk("accounts", PAGE, swept, until, page_of):
            swept.accounts += page.dropped

    def _pictures(self, swept: Swept, until: float | None) -> None:
        """Pictures that nobody shows, offers, waits for or could go back to."""

        def page_of(after: str | None) -> Page:
            return self._repository.unused_pictures(self._now(), after=after, limit=PAGE)

        for page in self._walk("pictures", PAGE, swept, until, page_of):
            if old := self._old(page, swept):
                dropped = self._repository.drop_pictures(old, self._now())
                swept.pictures += dropped.pictures
                swept.files += self._remover.remove(dropped.keys).gone

    def _objects(self, swept: Swept, until: float | None) -> None:
        """Objects that no picture names: of syncs that were killed, or of what an older version left.

        Pictures are read once, whatever number of objects there is. What was named since then is spared by
        the `Remover`, whose word is the last.
        """
        listed: Iterator[Listed] | None = None
        named: NamedObjects | None = None
        stray: list[str] = []

        def page_of(after: str | None) -> Page:
            nonlocal listed, named
            listed = self._store.listing(after or "") if listed is None else listed
            objects = list(islice(listed, OBJECTS))
            before = self._now() - self._keep.grace
            if old := [one.key for one in objects if one.held.changed_at <= before]:
                named = NamedObjects(self._named()) if named is None else named
                stray.extend(key for key in old if key not in named)
            return Page(len(objects), objects[-1].key if objects else None)

        for _ in self._walk("objects", OBJECTS, swept, until, page_of):
            if len(stray) >= STRAY:
                self._remove(stray, swept)
        self._remove(stray, swept)

    def _named(self) -> Iterator[str]:
        """Every object that a picture names."""
        page = self._repository.named_objects(after=None, limit=NAMING)
        while page.size:
            yield from page.keys
            page = self._repository.named_objects(after=page.last, limit=NAMING)

    def _remove(self, stray: list[str], swept: Swept) -> None:
        swept.files += self._remover.announce_and_remove(stray).gone
        stray.clear()


def _steps(page: Page) -> Iterator[Page]:
    """A page in parts of which each has at most so much to remove as others may wait for."""
    names = list(page.unneeded)
    while len(names) > REMOVED:
        some, names = names[:REMOVED], names[REMOVED:]
        yield replace(page, last=some[-1], unneeded={name: page.unneeded[name] for name in some})
    yield replace(page, unneeded={name: page.unneeded[name] for name in names})
