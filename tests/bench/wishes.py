"""How soon a worker shows what the app has changed, and what that costs the app. It asserts nothing.

    uv run python -m tests.bench.wishes [CHANGES]

A real Postgres, the demo's platforms, `talentimg worker` as a process: polling, and with `--notify`. The app
flips an account as Prisma does; the clock stops when another picture, or none, stands in its own column. Then
the app's write with the triggers and without, interleaved.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talentimg.demo.server import PlatformServer
from talentimg.repository import migrations
from tests.cli.conftest import Shell
from tests.cli.test_postgres import at, crowd, vouch_for
from tests.postgres import Server, connect, find_binaries
from tests.waiting import wait_until

if TYPE_CHECKING:
    import psycopg

    App = psycopg.Connection[tuple[Any, ...]]

PEOPLE = 50
FLIP = b"""
UPDATE "public"."SocialAccountConnection" SET "connected" = NOT "connected", "updatedAt" = now()
WHERE "creatorId" = %s RETURNING "id"
"""
OTHER = b"""UPDATE "SocialAccountConnection" SET "syncError" = %s WHERE "creatorId" = %s"""
SHOWN = b"""SELECT "profileImageUrl" IS NOT NULL FROM "Talent" WHERE id = %s"""
WRITES = 500


def main() -> None:
    """Measure, and print."""
    changes = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    binaries = find_binaries()
    assert binaries is not None, "no Postgres here"
    server = Server(binaries)
    home = Path(tempfile.mkdtemp(prefix="timg-wishes"))
    try:
        with closing(connect(server.url("postgres"))) as admin:
            admin.execute(b"CREATE DATABASE agency")
        url = server.url("agency")
        with PlatformServer(crowd(PEOPLE)) as platforms:
            shell = Shell(home)
            shell.point_at(platforms.url)
            at(shell, platforms, url)
            migrations.upgrade(url)
            vouch_for(url)
            assert shell("sync-all", "--all").code in {0, 3}
            print(f"load {os.getloadavg()[0]:.1f}, {changes} changes")
            for how in ([], ["--notify"]):
                latencies = _latencies(shell, url, how, changes)
                print(f"worker {' '.join(how) or '(polling)'}: {_told(latencies)}")
            _print_costs(url)
    finally:
        server.close()


def _latencies(shell: Shell, url: str, how: list[str], changes: int) -> list[float]:
    environment = shell.env(TALENTIMG_SCHEDULE_AT="never", TALENTIMG_SYNC_FLOOR_MINUTES="0")
    command = [str(Path(sys.executable).with_name("talentimg")), "--quiet", "worker", *how]
    found = []
    with closing(connect(url)) as app:
        people = [
            row[0] for row in app.execute(b"""SELECT id FROM "Talent" WHERE id LIKE 't0%%' ORDER BY 1""")
        ]
        worker = subprocess.Popen(command, env=environment, cwd=shell.home)
        try:
            wait_until(lambda: _one(app, b"SELECT count(*) FROM talentimg.workers", []))
            wait_until(lambda: not _one(app, b"SELECT count(*) FROM talentimg.wishes", []))
            for number in range(changes):
                talent_id = people[number % len(people)]
                before = _one(app, SHOWN, [talent_id])
                app.execute(FLIP, [talent_id])
                began = time.perf_counter()
                while _one(app, SHOWN, [talent_id]) == before:
                    time.sleep(0.005)
                found.append(time.perf_counter() - began)
                time.sleep((number * 37 % 100) / 200)  # at any moment of the worker's second
        finally:
            worker.terminate()
            worker.wait()
    return found


def _print_costs(url: str) -> None:
    costs: dict[str, list[float]] = {}
    with closing(connect(url)) as app:
        (one,) = app.execute(b"""SELECT id FROM "Talent" WHERE id LIKE 't0%%' LIMIT 1""").fetchone() or ("",)
        for _ in range(4):
            for named, triggers in (("with triggers", True), ("without", False)):
                migrations.upgrade(url, triggers=triggers)
                app.execute(b"DELETE FROM talentimg.wishes")
                costs.setdefault(f"flip, {named}", []).extend(_each(app, FLIP, [one]))
                costs.setdefault(f"other column, {named}", []).extend(_each(app, OTHER, ["x", one]))
    for named, values in costs.items():
        print(f"{named}: {_told(values)}")


def _each(app: App, statement: bytes, values: list[str]) -> list[float]:
    found = []
    for _ in range(WRITES):
        began = time.perf_counter()
        app.execute(statement, values)
        found.append(time.perf_counter() - began)
    return found


def _one(app: App, statement: bytes, values: list[str]) -> Any:
    row = app.execute(statement, values).fetchone()
    return row[0] if row else None


def _told(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    at_99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    return (
        f"median {statistics.median(ordered) * 1000:.2f} ms, 99th {at_99 * 1000:.2f} ms, "
        f"longest {ordered[-1] * 1000:.2f} ms"
    )


if __name__ == "__main__":
    main()
