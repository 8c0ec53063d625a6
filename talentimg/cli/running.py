"""Runs a command's asynchronous part, so that signals end it cleanly."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from talentimg.cli.errors import Stopped

T = TypeVar("T")


class Ending:
    """How the work wants to be ended: at once, unless it says what to do first."""

    def __init__(self) -> None:
        self.gently: Callable[[], None] | None = None
        """Takes nothing new; what is under way may be finished within the grace time."""


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end. SIGINT and SIGTERM cancel it; what it kept until then stays kept.

    Raises:
        Stopped: a signal ended it; carries the exit code 128 + signal.
    """
    return run_gently(lambda _: coroutine, grace_s=0)


def run_gently(work: Callable[[Ending], Coroutine[Any, Any, T]], *, grace_s: float) -> T:
    """Run to the end; what it kept until a signal stays kept.

    The first SIGINT or SIGTERM ends it gently, the second one, or the end of the grace time, at once.

    Args:
        work: the command's asynchronous part; it may say in the `Ending` how to end it gently.
        grace_s: seconds that it then has.

    Raises:
        Stopped: a signal ended it; carries the exit code 128 + signal.
    """
    received: list[int] = []
    try:
        result = asyncio.run(_with_signals(work, received, grace_s))
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise Stopped(received[0] if received else signal.SIGINT) from None
    if received:
        raise Stopped(received[0])
    return result


async def _with_signals(
    work: Callable[[Ending], Coroutine[Any, Any, T]], received: list[int], grace_s: float
) -> T:
    ending = Ending()
    task = asyncio.ensure_future(work(ending))
    loop = asyncio.get_running_loop()

    def stop(number: int) -> None:
        received.append(number)
        if len(received) == 1 and ending.gently is not None:
            ending.gently()
            loop.call_later(grace_s, task.cancel)
        else:
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    return await task
