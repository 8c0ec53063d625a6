"""Runs a command's asynchronous part, so that signals end it cleanly."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from talentimg.cli.errors import Stopped

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end. SIGINT and SIGTERM cancel it; what it kept until then stays kept.

    Raises:
        Stopped: a signal ended it; carries the exit code 128 + signal.
    """
    received: list[int] = []
    try:
        return asyncio.run(_with_signals(coroutine, received))
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise Stopped(received[0] if received else signal.SIGINT) from None


async def _with_signals(coroutine: Coroutine[Any, Any, T], received: list[int]) -> T:
    task = asyncio.ensure_future(coroutine)
    loop = asyncio.get_running_loop()

    def stop(number: int) -> None:
        received.append(number)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    return await task
