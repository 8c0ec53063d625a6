"""An event loop for which time in which its process was stopped does not pass.

A process may be stopped by SIGSTOP or Ctrl-Z, by a debugger, by a machine that is paused or busy with others.
When it goes on, every deadline would have passed at once, although the answers have been there all the time:
all talents who were being looked at would count as trouble until the next night.
"""

from __future__ import annotations

import asyncio
import time
from selectors import DefaultSelector
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

HICCUP_S: Final = 1.0
"""So much may pass between two looks at the clock, beyond what the loop meant to wait, and count as time."""


class SteadyLoop(asyncio.SelectorEventLoop):
    """Its `time()` leaves out what was longer than it could have been in a process that runs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """A loop by this clock, in seconds."""
        self._clock = clock
        self._seen_at = clock()
        self._left_out = 0.0
        self._meant_to_wait = 0.0
        super().__init__(_Waiting(self._wait_for))

    def time(self) -> float:
        """The clock, without the time in which the process was stopped."""
        now = self._clock()
        stopped = now - self._seen_at - self._meant_to_wait - HICCUP_S
        if stopped > 0:
            self._left_out += stopped
        self._seen_at, self._meant_to_wait = now, 0.0
        return now - self._left_out

    def _wait_for(self, seconds: float) -> None:
        self.time()
        self._meant_to_wait = seconds


class _Waiting(DefaultSelector):
    """A selector that says how long it is going to wait."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        super().__init__()
        self._tell = tell

    def select(self, timeout: float | None = None):  # type: ignore[no-untyped-def]  # noqa: ANN202  as it is
        self._tell(float("inf") if timeout is None else max(0.0, timeout))
        return super().select(timeout)
