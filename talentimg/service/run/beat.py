"""A run's own word on how far it has come, for whoever watches. With it, it hears who wants it to stop."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING, Final

from talentimg.errors import TalentimgError
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from talentimg.models import Run, StopRequest
    from talentimg.service.run.records import RunRecords

log = logging.getLogger("talentimg.run")

PAUSE_S: Final = 0.5
"""Between two writes, at least."""
UNCHANGED: Final = 4
"""A run of which nothing is new writes only every so many pauses: it has to hear of a stop all the same."""
PAUSE_PER_WRITE: Final = 9
"""It waits this many times as long as the last write took, if that is longer: a distant store is left alone
nine tenths of the time."""
LONGEST_PAUSE_S: Final = 10.0


class Beat:
    """Writes until it is cancelled. A store that does not answer is told the next time."""

    def __init__(
        self,
        records: RunRecords,
        so_far: Callable[[], Run],
        on_stop: Callable[[StopRequest], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        also: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """All that it needs.

        Args:
            records: where it writes.
            so_far: the run as it stands.
            on_stop: called each time that it hears that a stop was asked for.
            sleep: waits some seconds.
            also: writes what belongs to the run besides, and does not raise.
        """
        self._records = records
        self._so_far = so_far
        self._on_stop = on_stop
        self._sleep = sleep
        self._also = also

    async def go_on(self) -> None:
        """Write every now and then."""
        told: Run | None = None
        passed_over, pause_s = 0, PAUSE_S
        while True:
            await self._sleep(pause_s)
            run = self._so_far()
            if run == told and passed_over + 1 < UNCHANGED:
                passed_over += 1
                continue
            began = monotonic()
            if await self._write(run):
                told, passed_over = run, 0
            pause_s = min(max(PAUSE_S, PAUSE_PER_WRITE * (monotonic() - began)), LONGEST_PAUSE_S)

    async def _write(self, run: Run) -> bool:
        """Whether it is written."""
        try:
            if self._also is not None:
                await self._also()
            request = await in_thread(self._records.write_progress, run)
        except TalentimgError as error:
            log.debug("The progress of a run could not be written: %s", error.message)
            return False
        except Exception:  # nobody may be watching, and the run is more important
            log.exception("An internal error kept the progress of a run from being written.")
            return False
        if request is not None:
            self._on_stop(request)
        return True
