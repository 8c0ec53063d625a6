"""A store that fails again and again is not waited for by everybody in turn."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Final

from talentimg.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.errors import TalentimgError

FAILURES: Final = 5
"""After so many failures in a row, of any object and from any thread, nobody asks for a while."""
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

    def check(self) -> None:
        """Ask nothing of a store that keeps failing.

        Raises:
            StoreUnavailable: it does.
        """
        with self._lock:
            if self._last is None or self._failures < FAILURES:
                return
            if self._clock() - self._opened_at < PAUSE_S:
                raise StoreUnavailable(
                    f"The store of pictures has failed {FAILURES} times in a row. {self._last.message}",
                    hint=self._last.hint,
                )
            self._failures = FAILURES - 1

    def succeeded(self) -> None:
        """It works."""
        with self._lock:
            self._failures, self._last = 0, None

    def failed(self, error: TalentimgError) -> None:
        """It did not work, not even when tried again."""
        with self._lock:
            self._failures += 1
            self._opened_at, self._last = self._clock(), error
