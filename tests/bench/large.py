"""Counts and lists of a very large roster against those of a smaller one: seconds, and memory."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from talentimg.models import MOST_COUNTED
from tests.bench.measure import measured
from tests.crowds import DAY, NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.pages import Stores
    from tests.crowds import Crowd

TALENTIMG: Final = str(Path(sys.executable).with_name("talentimg"))


def measure(stores: Stores, sizes: Sequence[int]) -> list[dict[str, Any]]:
    """A row for each store and size, all of whom are due."""
    rows = []
    for store, opened in stores.items():
        own: list[dict[str, Any]] = []
        for number in sizes:
            with opened() as crowd:
                crowd.add(number // 2)
                crowd.add(number - number // 2, synced=NOW - 2 * DAY)
                crowd.finish()
                own.append({"store": store, "number": number} | _count(crowd) | _list(crowd, number))
        for row in own:
            row |= {
                "count_ratio": row["count_ms"] / own[0]["count_ms"],
                "list_ratio": row["list_us_each"] / own[0]["list_us_each"],
                "memory_ratio": row["list_mib"] / own[0]["list_mib"],
            }
        rows += own
    return rows


def _count(crowd: Crowd) -> dict[str, Any]:
    began = time.perf_counter()
    found = crowd.repository.count_due(NOW, before=NOW - DAY, at_most=MOST_COUNTED)
    return {"counted": found, "count_ms": 1000 * (time.perf_counter() - began)}


def _list(crowd: Crowd, number: int) -> dict[str, Any]:
    """The command, as a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TALENTIMG_")}
    run = measured((TALENTIMG, "list", "--json"), kept | {"TALENTIMG_DATABASE_URL": crowd.url})
    return {"list_s": run.wall_s, "list_us_each": 1e6 * run.wall_s / number, "list_mib": run.peak_mib}
