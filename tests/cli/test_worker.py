"""The worker as a process, on the app's own Postgres and on a file: what the app writes is looked at."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from talentimg.repository import migrations
from tests.cli.test_postgres import at, crowd, vouch_for
from tests.held import HeldServer
from tests.postgres import Server, connect
from tests.waiting import TIME_LIMIT, wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from talentimg.demo.server import PlatformServer
    from tests.cli.conftest import Shell
    from tests.postgres import Databases

FLIP = b"""UPDATE "SocialAccountConnection" SET connected = %s WHERE "creatorId" = %s"""
SHOWN = b"""SELECT count(*) FROM "Talent" WHERE "profileImageUrl" IS NOT NULL"""
RUNS = b"SELECT count(*) FROM talentimg.runs"
LOOKED_AT = b"""SELECT count(*) FROM "Talent" WHERE "lastProfileImageSyncAt" IS NOT NULL"""
LEASES = b"SELECT count(DISTINCT holder) FROM talentimg.leases"
STILL_RUNNING = b"SELECT count(*) FROM talentimg.runs WHERE state = 'running'"
NEVER = {"TALENTIMG_SCHEDULE_AT": "never"}


@pytest.fixture
def platforms(request: pytest.FixtureRequest) -> Iterator[HeldServer]:
    """Those of twelve people, or of as many as a test wants."""
    with HeldServer(crowd(getattr(request, "param", 12))) as server:
        yield server


@pytest.fixture
def agency(online: Shell, platforms: PlatformServer, empty_database: str) -> Shell:
    shell = at(online, platforms, empty_database)
    migrations.upgrade(empty_database)
    vouch_for(empty_database)
    return shell


@contextmanager
def at_work(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def number(url: str, statement: bytes) -> int:
    with closing(connect(url)) as app:
        (found,) = app.execute(statement).fetchone() or (0,)
        return int(found)


def connected(url: str) -> int:
    return number(
        url,
        b"""SELECT count(DISTINCT "creatorId") FROM "SocialAccountConnection" WHERE connected""",
    )


@pytest.mark.parametrize("how", [["worker"], ["worker", "--notify"], ["worker", "--once"]])
def test_what_the_app_changes_is_looked_at(agency: Shell, empty_database: str, how: list[str]) -> None:
    with closing(connect(empty_database)) as app:
        people = [
            row[0]
            for row in app.execute(
                b"""SELECT DISTINCT "creatorId" FROM "SocialAccountConnection" WHERE connected"""
            )
        ]
        app.execute(b"""UPDATE "SocialAccountConnection" SET connected = false""")
        app.execute(b"DELETE FROM talentimg.wishes")
        if "--once" in how:
            app.execute(FLIP, (True, people[0]))
            done = agency(*how, **NEVER)
            assert done.code == 0, done.err
            assert number(empty_database, SHOWN) == 1
            return
        with at_work(agency.start(*how, **NEVER)) as worker:
            wait_until(lambda: number(empty_database, b"SELECT count(*) FROM talentimg.workers"))
            for one in people:
                app.execute(FLIP, (True, one))
            wait_until(lambda: number(empty_database, SHOWN) == len(people))
            app.execute(FLIP, (False, people[0]))
            wait_until(lambda: number(empty_database, SHOWN) == len(people) - 1)
            told = agency("workers", "--json").lines
            assert [(one["pid"], bool(one["listens_until"])) for one in told] == [
                (worker.pid, "--notify" in how)
            ]
            worker.send_signal(signal.SIGTERM)
            _, err = worker.communicate(timeout=TIME_LIMIT)
    assert worker.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in err
    assert number(empty_database, b"SELECT count(*) FROM talentimg.wishes") == 0
    assert number(empty_database, b"SELECT count(*) FROM talentimg.workers") == 0


def test_without_triggers_it_compares(agency: Shell, empty_database: str) -> None:
    assert agency("migrate", "--no-triggers").code == 0
    assert agency("sync-all", "--all").code in {0, 3}
    shown = number(empty_database, SHOWN)
    with closing(connect(empty_database)) as app, at_work(agency.start("worker", **NEVER)):
        (one,) = app.execute(
            b"""SELECT id FROM "Talent" WHERE "profileImageUrl" IS NOT NULL LIMIT 1"""
        ).fetchone()  # type: ignore[misc]
        app.execute(FLIP, (False, one))
        wait_until(lambda: number(empty_database, SHOWN) == shown - 1)
        assert agency("worker", "--status", "--json").json["is_told"] is False


def test_on_a_file_it_compares(online: Shell, platforms: PlatformServer) -> None:
    online.fill(platforms)
    assert online("sync-all", "--all").code in {0, 3}
    with closing(sqlite3.connect(online.data / "talentimg.db", timeout=60)) as app:

        def shown() -> int:
            statement = """SELECT count(*) FROM "Talent" WHERE "profileImageSource" <> 'initials'"""
            return int(app.execute(statement).fetchone()[0])

        before = shown()
        with at_work(online.start("worker", **NEVER)):
            (one,) = app.execute(
                """SELECT id FROM "Talent" WHERE "profileImageSource" <> 'initials' LIMIT 1"""
            ).fetchone()
            with app:
                app.execute(
                    """UPDATE "SocialAccountConnection" SET connected = 0 WHERE "creatorId" = ?""", [one]
                )
            wait_until(lambda: shown() == before - 1)


def test_three_that_come_up_together_do_one_night(agency: Shell, empty_database: str) -> None:
    with closing(connect(empty_database)) as app:
        app.execute(b"DELETE FROM talentimg.wishes")
    started = [agency.start("worker", "--once") for _ in range(3)]
    for worker in started:
        out, err = worker.communicate(timeout=TIME_LIMIT)
        assert worker.returncode in {0, 3}, (out, err)
    assert number(empty_database, RUNS) == 1
    assert number(empty_database, SHOWN) == connected(empty_database)
    status = agency("worker", "--status", "--json").json
    assert (status["is_night_due"], status["is_told"], status["workers"]) == (False, True, [])
    shown = agency("worker", "--status").out
    assert "Waiting: 0 wishes.\nUnder way: 0 wishes.\n" in shown
    assert "The next night begins at" in shown


@pytest.mark.parametrize("platforms", [40], indirect=True)
def test_others_take_part_in_the_night_and_its_limit_is_one_over_all(
    agency: Shell, platforms: HeldServer, empty_database: str
) -> None:
    agency.environment |= {"TALENTIMG_SYNC_CONCURRENCY": "1", "TALENTIMG_SYNC_LIMIT": "35"}
    agency.environment["TALENTIMG_SCHEDULE_AT"] = "00:00"
    with closing(connect(empty_database)) as app:
        app.execute(b"DELETE FROM talentimg.wishes")
    platforms.hold(after=2)
    with at_work(agency.start("worker")), at_work(agency.start("worker")):
        wait_until(lambda: number(empty_database, RUNS) == 2)
        assert number(empty_database, b"SELECT count(part_of) FROM talentimg.runs") == 1
        wait_until(lambda: number(empty_database, LEASES) == 2)  # each has begun with somebody
        platforms.let_go()
        wait_until(lambda: number(empty_database, STILL_RUNNING) == 0)
        runs = agency("runs", "--json").lines
    assert sum(run["looked_at"] for run in runs) == number(empty_database, LOOKED_AT) == 35
    assert all(run["looked_at"] for run in runs), "both"


def test_a_restart_of_the_server_loses_no_wish(
    online: Shell, platforms: PlatformServer, databases: Databases
) -> None:
    if databases.server is None:
        pytest.skip("restarts the server")
    server = Server(databases.server.binaries)
    try:
        with closing(connect(server.url("postgres"))) as admin:
            admin.execute(b"CREATE DATABASE agency")
        url = server.url("agency")
        agency = at(online, platforms, url)
        migrations.upgrade(url)
        vouch_for(url)
        with closing(connect(url)) as app:
            app.execute(b"DELETE FROM talentimg.wishes")
        with at_work(agency.start("worker", **NEVER)) as worker:
            wait_until(lambda: number(url, b"SELECT count(*) FROM talentimg.workers"))
            server.stop()
            server.start()
            with closing(connect(url)) as app:
                app.execute(b"""UPDATE "SocialAccountConnection" SET connected = NOT connected""")
                app.execute(b"""UPDATE "SocialAccountConnection" SET connected = NOT connected""")
            wait_until(lambda: number(url, SHOWN) == connected(url))
            assert worker.poll() is None
    finally:
        server.close()


def test_killed_while_it_looks_another_takes_its_wishes(agency: Shell, empty_database: str) -> None:
    with closing(connect(empty_database)) as app:
        app.execute(b"DELETE FROM talentimg.wishes")
        app.execute(b"""UPDATE "SocialAccountConnection" SET connected = NOT connected""")
        app.execute(b"""UPDATE "SocialAccountConnection" SET connected = NOT connected""")
        with at_work(agency.start("worker", **NEVER)) as worker:
            wait_until(
                lambda: (
                    number(empty_database, b"SELECT count(*) FROM talentimg.wishes WHERE holder IS NOT NULL")
                    or number(empty_database, SHOWN)
                )
            )
            worker.kill()
            worker.wait(TIME_LIMIT)
        app.execute(b"UPDATE talentimg.wishes SET due_at = '2000-01-01Z' WHERE due_at IS NOT NULL")
        app.execute(b"UPDATE talentimg.leases SET until = '2000-01-01Z'")
    assert agency("worker", "--once", **NEVER).code == 0
    assert number(empty_database, SHOWN) == connected(empty_database)
    assert number(empty_database, b"SELECT count(*) FROM talentimg.wishes") == 0


def test_systemd_and_probes_are_told(online: Shell, tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    health = tmp_path / "alive"
    heard: list[str] = []
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        listening.bind(path)
        with at_work(
            online.start("worker", "--health-file", str(health), NOTIFY_SOCKET=path, **NEVER)
        ) as worker:
            while len(heard) < 4:
                heard.append(listening.recv(4096).decode())
            assert health.exists()
            worker.send_signal(signal.SIGINT)
            worker.wait(TIME_LIMIT)
            listening.settimeout(0.1)
            while "STOPPING=1" not in heard:
                heard.append(listening.recv(4096).decode())
    assert heard[0] == "READY=1"
    assert any(line.startswith("WATCHDOG=1\nSTATUS=") for line in heard)
    assert worker.returncode == 128 + signal.SIGINT
    assert not health.exists()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--status", "--once"], 2, "--status does nothing else"),
        (["--once", "--notify"], 2, "--once waits for nobody"),
        (["--json"], 2, "--json works only with --status"),
        (["--health-file", "/no/such/folder/alive"], 73, "cannot be made: no such file or directory"),
    ],
)
def test_what_will_not_do_is_told(online: Shell, words: list[str], code: int, told: str) -> None:
    done = online("worker", *words)
    assert done.code == code
    assert told in " ".join(done.err.split())


def test_a_time_that_is_none_is_named(online: Shell) -> None:
    done = online("worker", "--once", TALENTIMG_SCHEDULE_AT="25:00")
    assert done.code == 78
    assert "a time of the day, or never" in done.err


def test_nobody_lives_and_how_to_change_that(online: Shell) -> None:
    assert "talentimg worker" in online("workers").out
    assert online("workers", "--json").out == ""
    found = json.loads(online("worker", "--status", "--json", **NEVER).out)
    assert found["wishes"] == {"waiting": 0, "under_way": 0, "oldest": None}
    assert found["next_night"] is None
