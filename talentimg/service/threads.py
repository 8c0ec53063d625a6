"""The one border between asynchronous and plain code."""

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
    """Run plain code (repository, object store, image work) on asyncio's small thread pool.

    Work that has begun is seen through even when the waiting task is cancelled: half a
    write would be worse than a late one.
    """
    return await asyncio.shield(asyncio.to_thread(function, *args, **kwargs))


async def run_cpu_bound(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run heavy work (decoding and encoding) on as many threads as there are cores, apart from all else."""
    loop = asyncio.get_running_loop()
    return await asyncio.shield(loop.run_in_executor(_cpu_pool(), partial(function, *args, **kwargs)))


@cache
def _cpu_pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, "decode")
