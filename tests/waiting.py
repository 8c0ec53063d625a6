"""Waiting for what another process, thread or task does: as long as that takes, but not for ever."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

TIME_LIMIT: Final = 600
"""Seconds after which a test fails instead of hanging: nothing that goes well comes near it, however busy the
machine is. No test says with it how fast anything is."""


def wait_until(true: Callable[[], object]) -> None:
    """Look again and again until something is so."""
    ends = time.monotonic() + TIME_LIMIT
    while not true():
        assert time.monotonic() < ends, "it never came true"
        time.sleep(0.01)


async def until(true: Callable[[], object]) -> None:
    """The same among tasks, which go on meanwhile."""
    async with asyncio.timeout(TIME_LIMIT):
        while not true():  # noqa: ASYNC110  what comes true sets no event
            await asyncio.sleep(0.001)
