"""Look-ups that wait at the same time share a call."""

from __future__ import annotations

import asyncio
from threading import Event
from typing import TYPE_CHECKING

import pytest

from talentimg.service.lookup.coalescing import CoalescingLookup

if TYPE_CHECKING:
    from collections.abc import Sequence


class Library:
    """A slow look-up: each call waits until it is let go."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.open = Event()

    def __call__(self, keys: Sequence[str]) -> dict[str, str]:
        self.calls.append(list(keys))
        self.open.wait()
        if "broken" in keys:
            raise LookupError("broken")
        return {key: key.upper() for key in keys if key != "unknown"}


@pytest.fixture
def library() -> Library:
    return Library()


async def _asked(lookup: CoalescingLookup[str, str], *keys: str) -> list[asyncio.Task[str | None]]:
    tasks = [asyncio.create_task(lookup.get(key)) for key in keys]
    await asyncio.sleep(0)
    return tasks


async def _begun(library: Library, calls: int) -> None:
    while len(library.calls) < calls:  # noqa: ASYNC110  it is called in a thread, which knows no event loop
        await asyncio.sleep(0.001)


async def test_look_ups_that_arrive_during_a_call_share_the_next(library: Library) -> None:
    lookup = CoalescingLookup(library)
    first = await _asked(lookup, "a")
    await _begun(library, 1)
    rest = await _asked(lookup, "b", "c", "b", "unknown")
    library.open.set()
    assert await asyncio.gather(*first, *rest) == ["A", "B", "C", "B", None]
    assert library.calls == [["a"], ["b", "c", "unknown"]]


async def test_an_error_reaches_everybody_who_shares_the_call_and_nobody_else(library: Library) -> None:
    lookup = CoalescingLookup(library)
    first = await _asked(lookup, "a")
    await _begun(library, 1)
    rest = await _asked(lookup, "b", "broken")
    library.open.set()
    assert await first[0] == "A"
    assert [type(each) for each in await asyncio.gather(*rest, return_exceptions=True)] == [LookupError] * 2
    assert await lookup.get("d") == "D"


async def test_cancelling_one_look_up_does_not_cancel_the_others(library: Library) -> None:
    lookup = CoalescingLookup(library)
    one, other = await _asked(lookup, "a", "a")
    await _begun(library, 1)
    one.cancel()
    library.open.set()
    assert await other == "A"
