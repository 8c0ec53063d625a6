"""Runs something that may hang, for no longer than it may take."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def bounded(work: Callable[[], T], seconds: float) -> T:
    """What the work returns or raises.

    It has a thread of its own, which is left behind if it does not end: it keeps no process from ending.

    Raises:
        TimeoutError: it did not end in time.
    """
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001  it is raised where it is waited for
            failed.append(error)

    thread = Thread(target=run, name="check", daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise TimeoutError
    return done[0]
