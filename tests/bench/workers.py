"""What a night costs that workers share, with and without an engine, against `sync-all` alone and `--join`.

    uv run python -m tests.bench.workers [--people 20000] [--short] [--json]

A real Postgres, the demo's platforms, real processes: 20,000 talents (400 with `--short`) of whom nothing has
changed, each way one night; nothing is asserted. Wall time, CPU of ours and of Postgres for each, and how
often one was looked at; the platforms are another process's worth of work in here, so on few cores they slow
all of it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from talentimg.demo.server import PlatformServer
from talentimg.repository import migrations
from tests.cli.conftest import Shell
from tests.cli.test_one_judgement import STALE, a_day_later
from tests.cli.test_postgres import at, crowd, vouch_for
from tests.cli.test_worker import number
from tests.postgres import Server, connect, find_binaries

TICKS = os.sysconf("SC_CLK_TCK")
ANY_STALE = STALE.replace(b"count(*)", b"1", 1) + b" LIMIT 1"
"""Asked often, and so for one of them only: counting them all was a third of what Postgres did."""
LOOKED = (
    b"SELECT coalesce(sum(n), 0) FROM (SELECT (SELECT sum(v::int) FROM jsonb_each_text(report->'outcomes') "
)
LOOKED += b"AS o(k, v)) AS n FROM talentimg.runs WHERE started_at > now() - interval '20 hours') AS told"
NIGHT = {"TALENTIMG_SCHEDULE_AT": "00:00", "TALENTIMG_SYNC_LIMIT": "100000"}
ENGINE = ("worker", "--engine", "procrastinate")
WAYS = (
    ("sync-all", 1, ("sync-all", "--all")),
    ("sync-all --join", 4, ("sync-all", "--all", "--join")),
    ("worker", 1, ("worker",)),
    ("worker", 2, ("worker",)),
    ("worker", 4, ("worker",)),
    ("worker on Procrastinate", 1, ENGINE),
    ("worker on Procrastinate", 2, ENGINE),
    ("worker on Procrastinate", 4, ENGINE),
)


@dataclass(frozen=True)
class Night:
    """One way to do it. `times` is how often a talent was looked at on the average."""

    way: str
    processes: int
    wall_s: float
    ours_ms: float
    postgres_ms: float
    times: float


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    people = 400 if chosen.short else chosen.people
    binaries = find_binaries()
    assert binaries is not None, "no Postgres here"
    server = Server(binaries)
    try:
        with closing(connect(server.url("postgres"))) as admin:
            admin.execute(b"CREATE DATABASE agency")
        with PlatformServer(crowd(people)) as platforms:
            shell = Shell(Path(tempfile.mkdtemp(prefix="timg-workers")))
            shell.point_at(platforms.url)
            at(shell, platforms, server.url("agency"))
            shell.environment["TALENTIMG_SYNC_CONCURRENCY"] = "50"
            migrations.upgrade(server.url("agency"))
            vouch_for(server.url("agency"))
            assert shell("sync-all", "--all").code in {0, 3}
            if not chosen.json:
                print(f"{people} talents, load {os.getloadavg()[0]:.1f}")
            for way in WAYS:
                night = _night(shell, server, people, way)
                print(json.dumps(asdict(night)) if chosen.json else _told(night), flush=True)
    finally:
        server.close()


def _night(shell: Shell, server: Server, people: int, way: tuple[str, int, tuple[str, ...]]) -> Night:
    name, processes, command = way
    url = server.url("agency")
    a_day_later(url)
    with closing(connect(url)) as admin:
        admin.execute(b"DELETE FROM talentimg.wishes")
    talentimg = str(Path(sys.executable).with_name("talentimg"))
    before, began = _postgres_s(server), time.monotonic()
    started = [
        subprocess.Popen(
            [talentimg, "--quiet", *command],
            env=shell.env(**NIGHT),
            cwd=shell.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(processes)
    ]
    if stays := command[0] == "worker":
        with closing(connect(url)) as admin:
            while admin.execute(ANY_STALE).fetchone():
                time.sleep(0.2)
    wall = time.monotonic() - began
    for process in started if stays else ():
        process.send_signal(signal.SIGTERM)
    cpu = sum(_cpu_of(process) for process in started)
    wall = wall if stays else time.monotonic() - began
    postgres = _postgres_s(server) - before
    return Night(
        name,
        processes,
        round(wall, 1),
        round(1000 * cpu / people, 2),
        round(1000 * postgres / people, 2),
        round(number(url, LOOKED) / people, 3),
    )


def _cpu_of(process: subprocess.Popen[bytes]) -> float:
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def _postgres_s(server: Server) -> float:
    """CPU seconds of the server and its backends, those included that have ended."""
    main_pid = (server.folder / "data" / "postmaster.pid").read_text().split()[0]
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if stat.parent.name == main_pid:
            ticks += sum(map(int, fields[11:15]))
        elif fields[1] == main_pid:
            ticks += sum(map(int, fields[11:13]))
    return ticks / TICKS


def _told(night: Night) -> str:
    return (
        f"{night.processes} x {night.way}: {night.wall_s} s, {night.ours_ms} ms CPU a talent of ours and "
        f"{night.postgres_ms} ms of Postgres, each looked at {night.times} times"
    )


if __name__ == "__main__":
    main()
