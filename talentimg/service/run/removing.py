"""Removes objects so that none is lost that a sync beside it is about to name: see `Leftovers`."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from talentimg.repository.interface.values import REMOVED_WITHIN
from talentimg.service.processes import is_gone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from talentimg.repository.interface import Leftovers
    from talentimg.store.interface import ObjectStore

PAGE: Final = 500
"""Objects that are removed between two words to the repository."""


@dataclass(slots=True)
class Removed:
    """How many objects are gone, and how many stay because another picture has them too."""

    gone: int = 0
    spared: int = 0
    is_complete: bool = True
    """Whether nothing is left because there was no time."""

    def add(self, other: Removed) -> None:
        """Count these too."""
        self.gone += other.gone
        self.spared += other.spared
        self.is_complete &= other.is_complete


class Remover:
    """Removes announced objects. One thread of a process at a time."""

    def __init__(
        self,
        repository: Leftovers,
        store: ObjectStore,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Everything that it needs.

        Args:
            repository: where they are announced.
            store: where they are.
            now: the time.
            clock: seconds, to tell whether an announcement still holds.
        """
        self._repository = repository
        self._store = store
        self._now = now
        self._clock = clock
        self._lock = Lock()

    def finish(self, *, has_time: Callable[[], bool] = lambda: True) -> Removed:
        """Remove what was announced and not removed: by us, or by processes of this machine that are gone.

        Args:
            has_time: whether to go on after a page; what is left is taken over by the next.
        """
        here = socket.gethostname()
        with self._lock:
            began = self._clock()
            removers = self._repository.removers()
            if not removers:  # as nearly always
                return Removed()
            dead = [one for one in removers if one[0] == here and is_gone(one[1])]
            return self._remove(self._repository.take_over(dead, self._now()), began, has_time)

    def remove(self, keys: Sequence[str]) -> Removed:
        """Remove objects that were announced by us just now; what a picture names all the same is spared.

        Raises:
            ObjectError: the store refused, or cannot be reached. It can be finished later.
        """
        with self._lock:
            return self._remove(keys, self._clock())

    def announce_and_remove(self, keys: Sequence[str]) -> Removed:
        """Remove objects that no picture names.

        They are announced page by page, as nobody else can name a picture meanwhile.
        """
        with self._lock:
            began = self._clock()
            pages = [self._repository.announce(page, self._now()) for page in _pages(keys)]
            return self._remove([key for page in pages for key in page], began)

    def _remove(
        self, keys: Sequence[str], began: float, has_time: Callable[[], bool] = lambda: True
    ) -> Removed:
        """Remove announced objects.

        Args:
            keys: the objects.
            began: when the first of them was announced, or before; by our clock.
            has_time: whether to go on after a page.
        """
        done = Removed()
        for page in _pages(self._spared(keys, done)):
            if done.gone and not has_time():
                done.is_complete = False
                break
            if self._clock() - began > REMOVED_WITHIN.total_seconds() / 2:
                began = self._clock()
                page = self._spared(self._repository.announce(page, self._now()), done)  # noqa: PLW2901  what is still ours
            self._store.each(self._store.delete, page)
            self._repository.removed(page, (), self._now())
            done.gone += len(page)
        return done

    def _spared(self, keys: Sequence[str], done: Removed) -> Sequence[str]:
        """Those that no picture names; whoever names one from now on looks again."""
        named = self._repository.still_named(keys) if keys else set()
        if named:
            self._repository.removed((), sorted(named), self._now())
            done.spared += len(named)
        return [key for key in keys if key not in named]


def _pages(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), PAGE):
        yield keys[start : start + PAGE]
