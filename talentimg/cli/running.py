"""Runs a command's asynchronous part, so that signals end it cleanly."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from talentimg.cli.errors import Stopped
from talentimg.service.loop import SteadyLoop

T = TypeVar("T")
ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""The signals that end a command: a terminal that is closed sends the first to what runs in it."""


def give_way(niceness: int) -> None:
    """Stand back behind other programs that want a processor, such as a server whom people wait for.

    Threads that are begun later do so too. Where the kernel first gives each service its share, it
    counts within that: https://man7.org/linux/man-pages/man7/sched.7.html (autogroup, cgroups)

    Args:
        niceness: 0 to 19. Whoever started the command may have asked for more.
    """
    if hasattr(os, "nice"):  # not on Windows
        os.nice(max(0, niceness - os.nice(0)))


@contextmanager
def ignoring_signals() -> Iterator[None]:
    """Ignore these signals while work that is ending anyway is finished."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """End plain work, which is all or nothing in its parts, as soon as a signal comes.

    Raises:
        Stopped: a signal ended it; carries the exit code 128 + signal.
    """

    def stop(number: int, _: object) -> None:
        raise Stopped(number)

    endings = [n for n in ENDING if not (n == signal.SIGHUP and signal.getsignal(n) == signal.SIG_IGN)]
    before = {number: signal.signal(number, stop) for number in endings}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


class Ending:
    """How to end the work: at once, unless it says what to do first."""

    def __init__(self) -> None:
        self.gently: Callable[[int], None] | None = None
        """Given the signal: starts nothing new; what it has begun may finish within the grace time."""
        self.is_over: Callable[[], bool] = lambda: False
        """Whether it is ending anyway, so that no signal changes anything."""


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end. A signal cancels it; what it has saved by then stays saved.

    Raises:
        Stopped: a signal ended it; carries the exit code 128 + signal.
    """
    return run_gently(lambda _: coroutine, grace_s=0)


def run_gently(work: Callable[[Ending], Coroutine[Any, Any, T]], *, grace_s: float) -> T:
    """Run to the end. After a signal, what was saved before it stays saved.

    The first signal ends it gently; a second one, or the end of the grace time, ends it at once.

    Args:
        work: the command's asynchronous part; it may say in the `Ending` how to end it gently.
        grace_s: seconds that it has for that.

    Raises:
        Stopped: a signal ended it; carries the exit code 128 + signal.
    """
    received: list[int] = []
    try:
        with asyncio.Runner(loop_factory=SteadyLoop) as runner:
            result = runner.run(_with_signals(work, received, grace_s))
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
        if ending.is_over():
            return
        received.append(number)
        if len(received) == 1 and ending.gently is not None:
            ending.gently(number)
            loop.call_later(grace_s, task.cancel)
        else:
            task.cancel()

    for number in ENDING:
        if not (number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN):  # started by nohup
            loop.add_signal_handler(number, stop, number)
    return await task
