"""Hears of the signal that ends the server when it comes.

The application is told of its end only when all answers are through, and a stream would never be.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

ENDING: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def told_of_signals(tell: Callable[[], None]) -> Iterator[None]:
    """Call this in the event loop when a signal comes; whoever listened to it before hears it too.

    Outside of the main thread, and where nobody listens to signals, none is heard.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: handler for number in ENDING if callable(handler := signal.getsignal(number))}

    def heard(number: int, frame: FrameType | None) -> None:
        before[signal.Signals(number)](number, frame)
        loop.call_soon_threadsafe(tell)

    for number in before:
        signal.signal(number, heard)
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is heard:
                signal.signal(number, handler)
