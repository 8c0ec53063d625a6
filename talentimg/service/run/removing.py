"""Removes objects so that none is lost that a sync beside it is about to name: see `Leftovers`."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from talentimg.repository.interface.values import REMOVED_WITHIN
from talentimg.service.run.records import is_gone

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

    def finish(self) -> Removed:
        """Remove what was announced and not removed: by us, or by processes of this machine that are gone."""
        here = socket.gethostname()
        with self._lock:
            dead = [one for one in self._repository.removers() if one[0] == here and is_gone(one[1])]
            return self._remove(self._repository.take_over(dead, self._now()))

    def remove(self, keys: Sequence[str]) -> Removed:
        """Remove objects that were announced by us; what a picture names all the same is spared.

        Raises:
            ObjectError: the store refused, or cannot be reached. It can be finished later.
        """
        with self._lock:
            return self._remove(keys)

    def announce_and_remove(self, keys: Sequence[str]) -> Removed:
        """Remove objects that no picture names."""
        with self._lock:
            return self._remove(self._repository.announce(keys, self._now())) if keys else Removed()

    def _remove(self, keys: Sequence[str]) -> Removed:
        done = Removed()
        if not keys:
            return done
        began = self._clock()
        named = self._repository.still_named(keys)  # whoever names one from now on looks again
        for page in _pages([key for key in keys if key not in named]):
            if self._clock() - began > REMOVED_WITHIN.total_seconds() / 2:
                page, began = self._repository.announce(page, self._now()), self._clock()  # noqa: PLW2901  what is still ours
            self._store.each(self._store.delete, page)
            self._repository.removed(page, (), self._now())
            done.gone += len(page)
        if named:
            self._repository.removed((), sorted(named), self._now())
        done.spared = len(named)
        return done


def _pages(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), PAGE):
        yield keys[start : start + PAGE]
