"""A roster run on a Postgres that is far away: talents a second at several round trips.

    uv run python -m tests.bench.distance [--talents N] [--round-trips MS,MS] [--rounds R] [--json]

One Postgres server for all, a database for each run, and between run and server a proxy that delays every
byte (tests/distance.py). The platforms answer in 0.05 s. Ratios are to the first of the round trips.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from tests import postgres
from tests.bench.measure import ROOT
from tests.bench.stage import stage
from tests.distance import at_a_distance

if TYPE_CHECKING:
    from collections.abc import Sequence

TALENTIMG: Final = str(Path(sys.executable).with_name("talentimg"))
LATENCY_S: Final = 0.05


def one_run(server: postgres.Databases, talents: int, round_trip_ms: float) -> dict[str, Any]:
    """One first run over a whole roster."""
    database = server.create(template=server.migrated())
    assert server.server is not None
    near = server.url(database)
    with (
        stage(talents, LATENCY_S, database_url=near) as at,
        at_a_distance("127.0.0.1", server.server.port, round_trip_ms / 1000) as distant,
    ):
        far = near.replace(f":{server.server.port}/", f":{distant.port}/")
        there = replace(at, environment={**at.environment, "TALENTIMG_DATABASE_URL": far})
        began = time.monotonic()
        done = subprocess.run(
            [TALENTIMG, "sync-all", "--all", "--json"],
            env=there.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=False,
        )
        wall = time.monotonic() - began
        summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["looked_at"] == talents, summary
    return {"talents_per_s": talents / wall, "waits_per_talent": distant.waits / talents}


def measure(talents: int, round_trips: Sequence[float], rounds: int) -> list[dict[str, Any]]:
    """A row for each round trip, rounds interleaved, medians."""
    found: dict[float, list[dict[str, Any]]] = {each: [] for each in round_trips}
    for server in postgres.databases():
        assert server is not None, "no Postgres here: see docs/contributing.md"
        for _ in range(rounds):
            for each in round_trips:
                found[each].append(one_run(server, talents, each))
    first = None
    rows = []
    for each, runs in found.items():
        speed = median(run["talents_per_s"] for run in runs)
        first = first or speed
        rows.append(
            {
                "round_trip_ms": each,
                "talents_per_s": round(speed, 1),
                "ratio": round(speed / first, 2),
                "waits_per_talent": round(median(r["waits_per_talent"] for r in runs), 2),
            }
        )
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--talents", type=int, default=1000)
    parser.add_argument("--round-trips", default="0,25,50", help="milliseconds, separated by commas")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    trips = [float(each) for each in arguments.round_trips.split(",")]
    rows = measure(arguments.talents, trips, arguments.rounds)
    if arguments.json:
        print(json.dumps({"talents": arguments.talents, "rows": rows}, indent=2))
        return
    print(f"{arguments.talents} talents")
    for row in rows:
        print("  ".join(f"{name.replace('_', ' ')} {value}" for name, value in row.items()))


if __name__ == "__main__":
    main()
