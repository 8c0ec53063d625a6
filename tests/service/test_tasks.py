"""Asynchronous work side by side: its results, and its ends."""

from __future__ import annotations

import asyncio

import pytest

from talentimg.errors import StoreUnavailable
from talentimg.service.tasks import all_of


async def after(steps: int, result: int) -> int:
    for _ in range(steps):
        await asyncio.sleep(0)
    return result


async def test_results_come_in_the_order_of_the_work() -> None:
    assert await all_of(after(9 - n, n) for n in range(9)) == list(range(9))
    assert await all_of([]) == []


async def test_nothing_is_left_running_after_an_error() -> None:
    ends: list[str] = []

    async def never() -> int:
        try:
            return await asyncio.Event().wait()
        finally:
            ends.append("cancelled")

    async def failing() -> int:
        await asyncio.sleep(0)
        raise StoreUnavailable("The store is away.")

    with pytest.raises(StoreUnavailable, match="away"):
        await all_of([never(), failing(), never()])
    assert ends == ["cancelled"] * 2


async def test_nothing_is_left_running_after_a_cancellation() -> None:
    ends: list[str] = []

    async def never() -> int:
        try:
            return await asyncio.Event().wait()
        finally:
            ends.append("cancelled")

    whole = asyncio.create_task(all_of([never(), never()]))
    await asyncio.sleep(0.01)
    whole.cancel()
    with pytest.raises(asyncio.CancelledError):
        await whole
    assert ends == ["cancelled"] * 2
