"""Looks at some talents anew: what is lost or damaged of their pictures is fetched and written whole."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

from talentimg.service.doctor.interface import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from talentimg.models import Outcome
    from talentimg.service.doctor.interface import Look
    from talentimg.service.run.sync import Syncer

AT_ONCE: Final = 200
"""Talents that are looked at before the time is asked for."""


class Refetch(Protocol):
    """Looks at talents anew."""

    def __call__(self, talent_ids: Sequence[str], look: Look, /) -> Iterator[str]:
        """Look at them, and say in a sentence what came of it."""


class Refetching:
    """Looks at talents as `sync --force` does, with its safety valve."""

    def __init__(self, open_syncer: Callable[[], AbstractAsyncContextManager[Syncer]]) -> None:
        """Looks by what this opens."""
        self._open = open_syncer

    def __call__(self, talent_ids: Sequence[str], look: Look, /) -> Iterator[str]:
        """Look at them, each once, as long as there is time."""
        ids = list(dict.fromkeys(talent_ids))
        seen: list[Outcome] = []
        for start in range(0, len(ids), AT_ONCE):
            if not look.has_time():
                break
            seen += asyncio.run(self._look_at(ids[start : start + AT_ONCE]))
        if seen:
            yield f"{counted(len(seen), 'talent was', 'talents were')} looked at anew."

    async def _look_at(self, talent_ids: Sequence[str]) -> list[Outcome]:
        async with self._open() as syncer:
            return [outcome async for outcome in syncer.sync_many(talent_ids, force=True)]
