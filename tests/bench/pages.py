"""A page of the due on rosters of which many were never looked at, have no account, or are due early."""

from __future__ import annotations

import time
from statistics import quantiles
from typing import TYPE_CHECKING, Any, Final

from talentimg.models import Selection
from talentimg.repository.interface import Change
from tests.crowds import DAY, HOUR, NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from tests.crowds import Crowd

    Stores = dict[str, Callable[[], AbstractContextManager[Crowd]]]

PAGE: Final = 100
PAGES: Final = 21
OTHERS: Final = 20_000
"""Talents who were looked at an hour ago: the rest of the roster."""
DUE: Final = PAGE * (PAGES + 2)


def _never_looked_at(crowd: Crowd, number: int) -> None:
    crowd.add(number)


def _without_accounts(crowd: Crowd, number: int) -> None:
    crowd.add(number // 2, accounts=False)
    crowd.add(number // 2, accounts=False, synced=NOW - 5 * DAY)


def _due_early(crowd: Crowd, number: int) -> None:
    crowd.add(number, synced=NOW - HOUR, due=NOW - 2 * HOUR)


KINDS: Final[dict[str, Callable[[Crowd, int], None]]] = {
    "never looked at": _never_looked_at,
    "without accounts": _without_accounts,
    "due early": _due_early,
}


def measure(stores: Stores, sizes: Sequence[int]) -> list[dict[str, Any]]:
    """A row for each store, kind and size: milliseconds for the first page, and for one after it."""
    rows = []
    for store, opened in stores.items():
        for kind in KINDS:
            own: list[dict[str, Any]] = [
                {"store": store, "who": kind, "number": n} | _pages(opened, kind, n) for n in sizes
            ]
            for row in own:
                row["page_ratio"] = row["page_ms"] / own[0]["page_ms"]
            rows += own
    return rows


def _pages(opened: Callable[[], AbstractContextManager[Crowd]], kind: str, number: int) -> dict[str, float]:
    with opened() as crowd:
        crowd.add(OTHERS, synced=NOW - HOUR)
        KINDS[kind](crowd, number)
        crowd.add(DUE, synced=NOW - 2 * DAY)
        crowd.finish()
        first, *pages = [_page(crowd) for _ in range(PAGES)]
    # The lower quartile, as somebody else may be using the machine.
    return {"first_ms": 1000 * first, "page_ms": 1000 * quantiles(pages)[0]}


def _page(crowd: Crowd) -> float:
    """The seconds that a page takes; then the talents in it have been looked at."""
    began = time.perf_counter()
    found = crowd.repository.claim(NOW, before=NOW - DAY, limit=PAGE, lease=HOUR, unless_since=NOW)
    seconds = time.perf_counter() - began
    assert len(found) == PAGE
    crowd.repository.save([Change(i, Selection(synced_at=NOW), drop=("bluesky",)) for i in found], NOW)
    return seconds
