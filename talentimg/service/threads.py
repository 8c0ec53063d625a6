"""The one place where asynchronous code calls blocking code."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run blocking code (repository, object store) on asyncio's thread pool.

    Work that has started is finished even if the waiting task is cancelled: half a write would be
    worse than a late one.
    """
    loop = asyncio.get_running_loop()
    return await _seen_through(loop.run_in_executor(None, partial(function, *args, **kwargs)))


class Lane:
    """Threads of its own for code that only reads, of which so much can be under way; the others queue.

    Where many wait for one connection, the threads of `in_thread` would all wait for its lock, and each that
    is woken takes the interpreter from the others: the slowest wait many times as long as in a queue. What is
    read for nobody any more need not be seen through.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, name)

    async def __call__(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it when it is its turn."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, partial(function, *args, **kwargs))

    def close(self) -> None:
        """End the threads when they are through."""
        self._pool.shutdown(wait=False, cancel_futures=True)


async def run_cpu_bound(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run CPU-bound work (decoding and encoding) on a pool of its own, with one thread for each core."""
    loop = asyncio.get_running_loop()
    return await _seen_through(loop.run_in_executor(_cpu_pool(), partial(function, *args, **kwargs)))


async def _seen_through(work: asyncio.Future[R]) -> R:
    """What the work returns. If it fails when nobody waits any more, asyncio is not alarmed."""
    work.add_done_callback(lambda done: done.cancelled() or done.exception())
    return await asyncio.shield(work)


@cache
def _cpu_pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, "decode")
