"""A roster run on a Postgres that is far away: between run and server a proxy delays every byte."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from tests.bench.measure import ROOT
from tests.bench.stage import stage
from tests.distance import at_a_distance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.stage import Stage
    from tests.distance import DistantServer
    from tests.postgres import Databases

TALENTIMG: Final = str(Path(sys.executable).with_name("talentimg"))
SYNC: Final = (TALENTIMG, "sync-all", "--all", "--json")
LATENCY_S: Final = 0.05
"""Seconds that every answer of the platforms takes."""


def measure(
    server: Databases, talents: int, round_trips: Sequence[float], rounds: int
) -> list[dict[str, Any]]:
    """A row for each round trip: talents a second, first and again; rounds interleaved, medians."""
    found: dict[float, list[dict[str, float]]] = {each: [] for each in round_trips}
    for _ in range(rounds):
        for each in round_trips:
            found[each].append(_runs(server, talents, each))
    rows = [{"round_trip_ms": each} | _medians(runs) for each, runs in found.items()]
    for row in rows:
        for name in ("first", "again"):
            row[f"{name}_ratio"] = rows[0][f"{name}_per_s"] / row[f"{name}_per_s"]
    return rows


def _runs(server: Databases, talents: int, round_trip_ms: float) -> dict[str, float]:
    """A run over a roster that nobody has looked at, and one more with nothing changed."""
    assert server.server is not None
    near = server.url(server.create(template=server.migrated()))
    with (
        stage(talents, LATENCY_S, database_url=near) as at,
        at_a_distance("127.0.0.1", server.server.port, round_trip_ms / 1000) as distant,
    ):
        far = near.replace(f":{server.server.port}/", f":{distant.port}/")
        there = replace(at, environment={**at.environment, "TALENTIMG_DATABASE_URL": far})
        return _run(there, distant, "first") | _run(there, distant, "again", "--min-age", "0")


def _run(at: Stage, distant: DistantServer, name: str, *options: str) -> dict[str, float]:
    waits, began = distant.waits, time.monotonic()
    done = subprocess.run(
        [*SYNC, *options],
        env=at.environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    wall = time.monotonic() - began
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["looked_at"] == at.talents, summary
    return {
        f"{name}_per_s": at.talents / wall,
        f"{name}_waits_per_talent": (distant.waits - waits) / at.talents,
    }


def _medians(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: median(run[name] for run in runs) for name in runs[0]}
