"""The one border between asynchronous and plain code."""

from __future__ import annotations

import asyncio
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
