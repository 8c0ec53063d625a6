"""How runs go on, for any number of listeners: from the store, whichever process they run in.

Each state is a whole one, so that a listener who was slow, or away, misses nothing that counts.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from talentimg.errors import RunNotFound, TalentimgError
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

    from talentimg.models import RunProgress
    from talentimg.service.run.records import RunRecords

log = logging.getLogger("talentimg.run")

PAUSE_S: Final = 0.5
"""Between two questions to the store."""


class _Topic:
    """A run that somebody follows."""

    def __init__(self) -> None:
        self.listeners = 0
        self.latest: RunProgress | None = None
        self.is_gone = False
        """Whether its record was removed meanwhile."""
        self.news = asyncio.Event()

    def tell(self, progress: RunProgress | None) -> None:
        """Tell all listeners; None: there is no such run any more."""
        if progress is not None and self.latest is not None and progress.revision == self.latest.revision:
            return
        self.latest, self.is_gone = progress, progress is None
        self.wake()

    def wake(self) -> None:
        """Let every listener look."""
        self.news.set()
        self.news = asyncio.Event()


class Following:
    """The store is asked once for all listeners of this process, and only while there are any."""

    def __init__(
        self, records: Callable[[], RunRecords], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """All that it needs.

        Args:
            records: gives the records of runs, when they are needed first.
            sleep: waits some seconds.
        """
        self._records = records
        self._sleep = sleep
        self._topics: dict[str, _Topic] = {}
        self._asking: asyncio.Task[None] | None = None
        self._is_closed = False

    async def follow(
        self, run_id: str, *, known: int | None = None, silence_s: float | None = None
    ) -> AsyncGenerator[RunProgress | None, None]:
        """How a run goes on until it is over, or this is closed; use `contextlib.aclosing`.

        The first state comes at once. One of the revision that is known already is left out.

        Args:
            run_id: the run.
            known: the revision of the state that the listener has; None for none.
            silence_s: seconds without a new state after which None is yielded.

        Raises:
            RunNotFound: there is no such run.
            TalentimgError: the store cannot be reached. Later it is asked again and again.
        """
        progress = await self.now(run_id)
        async with self._listening(run_id) as topic:
            while True:
                if progress.revision != known:
                    yield progress
                known = progress.revision
                if progress.is_over:
                    return
                while (newer := await self._news(topic, known, silence_s)) is None:
                    if self._is_closed or topic.is_gone:
                        return
                    yield None
                progress = newer

    async def now(self, run_id: str) -> RunProgress:
        """How a run stands.

        Raises:
            RunNotFound: there is no such run.
        """
        return await in_thread(self._find, run_id)

    def close(self) -> None:
        """End what everybody follows."""
        self._is_closed = True
        for topic in self._topics.values():
            topic.wake()
        if self._asking is not None:
            self._asking.cancel()

    async def _news(self, topic: _Topic, known: int, silence_s: float | None) -> RunProgress | None:
        """The next state that is newer; None if there is none in time, or will be none."""
        with suppress(TimeoutError):
            async with asyncio.timeout(silence_s):
                while not (self._is_closed or topic.is_gone):
                    if topic.latest is not None and topic.latest.revision > known:
                        return topic.latest
                    await topic.news.wait()
        return None

    @asynccontextmanager
    async def _listening(self, run_id: str) -> AsyncIterator[_Topic]:
        topic = self._topics.setdefault(run_id, _Topic())
        topic.listeners += 1
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        try:
            yield topic
        finally:
            topic.listeners -= 1
            if not topic.listeners:
                del self._topics[run_id]

    async def _ask(self) -> None:
        while self._topics:
            await self._sleep(PAUSE_S)
            for run_id, topic in list(self._topics.items()):
                await self._ask_for(run_id, topic)

    async def _ask_for(self, run_id: str, topic: _Topic) -> None:
        try:
            topic.tell(await self.now(run_id))
        except RunNotFound:
            topic.tell(None)
        except TalentimgError as error:
            log.debug("How a run goes on could not be read: %s", error.message)
        except Exception:  # the listeners would wait for ever
            log.exception("An internal error kept a run from being followed.")

    def _find(self, run_id: str) -> RunProgress:
        return self._records().find(run_id)
