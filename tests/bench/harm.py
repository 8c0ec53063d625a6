"""What a night that workers share survives. It fails where anybody is passed over, or any picture is lost.

    uv run python -m tests.bench.harm [--people 400] [--engine procrastinate] [--only killed]

A real Postgres, the demo's platforms, two real workers each night: one of them is killed with SIGKILL at a
random moment and another one comes up, ten times; Postgres is restarted in the middle; it is behind PgBouncer
in transaction mode; it is 25 ms away. With an engine its jobs have to come to an end, too. Run by hand, as it
takes minutes. A killed process has counted what it did up to the last half second, so looks may seem to lack.
"""

from __future__ import annotations

import argparse
import random
import signal
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from talentimg.demo.server import PlatformServer
from talentimg.repository import migrations
from tests.bench.workers import LOOKED, NIGHT
from tests.cli.conftest import Shell
from tests.cli.test_one_judgement import STALE, a_day_later
from tests.cli.test_postgres import at, crowd, vouch_for
from tests.cli.test_worker import SHOWN, number
from tests.distance import DistantServer
from tests.pooler import find_pooler, pooled
from tests.postgres import Server, connect, find_binaries

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

KILLS = 10
WORKERS = 2
ROUND_TRIP_S = 0.025
LONGEST_S = 900
LEFT = b"SELECT count(*) FROM talentimg_queue.procrastinate_jobs WHERE status IN ('todo', 'doing')"
SETTINGS = {**NIGHT, "TALENTIMG_SYNC_LEASE_MINUTES": "1", "TALENTIMG_SYNC_CONCURRENCY": "2"}


class Agency:
    """A roster on Postgres, and the workers that look at it."""

    def __init__(self, people: int, engine: str | None, opened: ExitStack) -> None:
        binaries = find_binaries()
        assert binaries is not None, "no Postgres here"
        self.server = Server(binaries)
        opened.callback(self.server.close)
        with closing(connect(self.server.url("postgres"))) as admin:
            admin.execute(b"CREATE DATABASE agency")
        platforms = opened.enter_context(PlatformServer(crowd(people)))
        self.url = self.server.url("agency")
        self.shell = Shell(Path(tempfile.mkdtemp(prefix="timg-harm")))
        self.shell.point_at(platforms.url)
        at(self.shell, platforms, self.url)
        self.shell.environment["TALENTIMG_DIRECT_DATABASE_URL"] = self.url
        migrations.upgrade(self.url)
        vouch_for(self.url)
        assert self.shell("sync-all", "--all").code in {0, 3}
        self.engine = engine
        self.people = people
        self.shown = number(self.url, SHOWN)
        self.workers: list[subprocess.Popen[str]] = []

    def start(self) -> None:
        """One more worker."""
        engine = ("--engine", self.engine) if self.engine else ()
        self.workers.append(self.shell.start("--quiet", "worker", *engine, **SETTINGS))

    def night(self, name: str, harm: Callable[[Agency], None] = lambda _: None) -> None:
        """A night in which something happens; everybody is looked at all the same."""
        a_day_later(self.url)
        with closing(connect(self.url)) as admin:
            admin.execute(b"DELETE FROM talentimg.wishes")
        began, stale = time.monotonic(), number(self.url, STALE)
        for _ in range(WORKERS):
            self.start()
        self._until(lambda: number(self.url, STALE) < stale)
        harm(self)
        self._until(lambda: number(self.url, STALE) == 0)
        took = time.monotonic() - began
        self._end()
        shown, looks = number(self.url, SHOWN), number(self.url, LOOKED)
        assert shown == self.shown, f"{name}: {self.shown - shown} pictures are lost"
        print(f"{name}: {took:.0f} s, everybody looked at, {looks / self.people:.3f} times", flush=True)

    def settle(self) -> None:
        """No job of the engine is left over, whatever became of who was at it."""
        self.point_at(self.url)
        self.start()
        self._until(lambda: number(self.url, LEFT) == 0)
        self._end()
        print("no job is left", flush=True)

    def _end(self) -> None:
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
        for worker in self.workers:
            _, told = worker.communicate(timeout=60)
            assert "Traceback" not in told, told
        self.workers.clear()

    def _until(self, true: Callable[[], bool]) -> None:
        ends = time.monotonic() + LONGEST_S
        while not true():
            assert time.monotonic() < ends, "somebody was never looked at, or a job never done"
            assert any(worker.poll() is None for worker in self.workers), "no worker lives"
            time.sleep(0.1)

    def point_at(self, url: str) -> None:
        """The workers reach the database there from now on."""
        self.shell.environment["DATABASE_URL"] = f"{url}?schema=public"


def kill_one(agency: Agency) -> None:
    """SIGKILL to one of them, at a random moment; another one takes its place."""
    time.sleep(random.uniform(0, 2))
    victim = agency.workers.pop(random.randrange(WORKERS))
    victim.kill()
    victim.communicate()
    agency.start()


def restart(agency: Agency) -> None:
    """Postgres throws everybody out, and is there again."""
    agency.server.stop()
    agency.server.start()


def main() -> None:
    """Do all of it, or what was chosen."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--engine")
    parser.add_argument("--only", choices=["killed", "pooled", "distant", "restarted"])
    chosen = parser.parse_args()
    with ExitStack() as opened:
        agency = Agency(chosen.people, chosen.engine, opened)
        if chosen.only in {None, "killed"}:
            for attempt in range(KILLS):
                agency.night(f"killed, {attempt + 1} of {KILLS}", kill_one)
        if chosen.only in {None, "restarted"}:
            agency.night("restarted", restart)
        if chosen.only in {None, "pooled"} and find_pooler():
            with pooled(agency.url, "transaction", 8) as url:
                agency.point_at(url)
                agency.night("behind PgBouncer")
        if chosen.only in {None, "distant"}:
            far = DistantServer("127.0.0.1", agency.server.port, ROUND_TRIP_S)
            opened.callback(far.close)
            agency.point_at(agency.url.replace(f":{agency.server.port}/", f":{far.port}/"))
            agency.night("25 ms away")
        if chosen.engine:
            agency.settle()


if __name__ == "__main__":
    main()
