"""A store that fails again and again is not waited for by everybody in turn."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from talentimg.errors import StoreUnavailable, TalentimgError
from talentimg.store.interface import ObjectStore
from talentimg.store.keys import check_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from talentimg.store.interface import Held, Listed, NewObject

P = ParamSpec("P")
A = TypeVar("A")
T = TypeVar("T")

FAILURES: Final = 8
"""After so many failures in a row, of any object and from any thread, nobody asks for a while.

A picture has up to five objects, which are read one by one, so one alone never stops the others.
"""
PAUSE_S: Final = 60.0
"""How long that is. Then a single failure more begins another pause."""


class Breaker:
    """Counts failures in a row, for all threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._opened_at = 0.0
        self._last: TalentimgError | None = None

    def call(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `act` returns, unless the store keeps failing.

        Raises:
            StoreUnavailable: it does, and was not asked.
        """
        self._check()
        try:
            result = act(*args, **kwargs)
        except TalentimgError as error:
            self._failed(error)
            raise
        self.succeeded()
        return result

    def _check(self) -> None:
        with self._lock:
            if self._last is None or self._failures < FAILURES:
                return
            if self._clock() - self._opened_at < PAUSE_S:
                raise StoreUnavailable(
                    f"The store of pictures has failed {FAILURES} times in a row. {self._last.message}",
                    hint=self._last.hint,
                )
            self._failures = FAILURES - 1

    @property
    def is_failing(self) -> bool:
        """Whether the last call failed."""
        return self._last is not None

    def succeeded(self) -> None:
        """It works."""
        with self._lock:
            self._failures, self._last = 0, None

    def _failed(self, error: TalentimgError) -> None:
        with self._lock:
            self._failures += 1
            self._opened_at, self._last = self._clock(), error


class GuardedStore(ObjectStore):
    """A store that is left alone while it keeps failing: with reading, with writing, or with both."""

    def __init__(self, inner: ObjectStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._inner = inner
        # Apart, as a bucket that is full can still be read.
        self._reading, self._writing = Breaker(clock), Breaker(clock)

    def check(self) -> None:
        """Ask it in any case; if it works again, nothing is held against it."""
        self._inner.check()
        self._reading.succeeded()
        self._writing.succeeded()

    def is_made(self) -> bool:
        return self._inner.is_made()

    def probe(self) -> bool:
        return self._inner.probe()

    @property
    def is_failing(self) -> bool:
        return self._reading.is_failing

    def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:
        check_key(key)  # a mistake of ours is no failure of the store
        return self._writing.call(self._inner.put, key, data, media_type, anew=anew)

    def put_all(self, objects: Sequence[NewObject], *, anew: bool = False) -> None:
        for one in objects:
            check_key(one.key)
        self._writing.call(self._inner.put_all, objects, anew=anew)

    def get(self, key: str) -> bytes | None:
        check_key(key)
        return self._reading.call(self._inner.get, key)

    def find(self, key: str) -> Held | None:
        check_key(key)
        return self._reading.call(self._inner.find, key)

    def each(self, ask: Callable[[A], T], of: Sequence[A]) -> list[T]:
        return self._inner.each(ask, of)

    def delete(self, key: str) -> None:
        check_key(key)
        self._writing.call(self._inner.delete, key)

    def listing(self, after: str = "") -> Iterator[Listed]:
        found = self._reading.call(self._inner.listing, after)
        while (one := self._reading.call(next, found, None)) is not None:
            yield one

    def tidy(self, before: datetime) -> int:
        return self._writing.call(self._inner.tidy, before)
