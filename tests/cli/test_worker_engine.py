"""Workers on Procrastinate, as processes: the night and what the app changes are jobs, done once."""

from __future__ import annotations

import signal
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from talentimg.repository import migrations
from tests.cli.test_worker import (
    FLIP,
    SHOWN,
    STILL_RUNNING,
    agency,
    at_work,
    connected,
    number,
    platforms,
)
from tests.postgres import connect
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.cli.conftest import Shell
    from tests.held import HeldServer

__all__ = ["agency", "platforms"]

ENGINE = ("worker", "--engine", "procrastinate")
DONE = (
    b"SELECT count(*) FROM talentimg_queue.procrastinate_jobs WHERE task_name = %s AND status = 'succeeded'"
)
LEFT = b"SELECT count(*) FROM talentimg_queue.procrastinate_jobs WHERE status IN ('todo', 'doing')"
WISHED = b"SELECT count(*) FROM talentimg.wishes"
TAKEN = b"SELECT count(*) FROM talentimg.wishes WHERE holder <> ''"
DOING = b"SELECT count(*) FROM talentimg_queue.procrastinate_jobs WHERE status = 'doing' AND task_name = %s"


def jobs(url: str, statement: bytes, task: str) -> int:
    with closing(connect(url)) as queue:
        (found,) = queue.execute(statement, [task]).fetchone() or (0,)
        return int(found)


def test_two_workers_do_the_night_and_look_at_what_the_app_changes(
    agency: Shell, platforms: HeldServer, empty_database: str
) -> None:
    agency.environment["TALENTIMG_SCHEDULE_AT"] = "00:00"
    with ExitStack() as working:
        first, second = (working.enter_context(at_work(agency.start(*ENGINE))) for _ in range(2))
        wait_until(lambda: number(empty_database, SHOWN) == connected(empty_database))
        wait_until(lambda: number(empty_database, STILL_RUNNING) == 0)
        with closing(connect(empty_database)) as app:
            (person,) = app.execute(
                b"""SELECT "creatorId" FROM "SocialAccountConnection" WHERE connected LIMIT 1"""
            ).fetchone() or ("",)
            app.execute(FLIP, (False, person))
        wait_until(lambda: number(empty_database, SHOWN) == connected(empty_database))
        wait_until(lambda: jobs(empty_database, DONE, "talentimg.look") == 1)
        assert jobs(empty_database, DONE, "talentimg.night") >= 1
        for worker in (first, second):
            worker.send_signal(signal.SIGTERM)
        for worker in (first, second):
            _, err = worker.communicate(timeout=60)
            assert (worker.returncode, "Traceback" in err) == (143, False), err
    assert migrations.status(empty_database).current == migrations.HEAD


def test_a_wish_that_could_not_become_a_job_is_given_back(
    agency: Shell, platforms: HeldServer, empty_database: str
) -> None:
    """Whoever took it would else hold it for ten minutes."""
    with at_work(agency.start(*ENGINE)), closing(connect(empty_database)) as app:
        wait_until(lambda: number(empty_database, SHOWN) == connected(empty_database))
        wait_until(lambda: number(empty_database, STILL_RUNNING) == 0)
        app.execute(b"ALTER TABLE talentimg_queue.procrastinate_jobs RENAME TO away")
        (person,) = app.execute(
            b"""SELECT "creatorId" FROM "SocialAccountConnection" WHERE connected LIMIT 1"""
        ).fetchone() or ("",)
        app.execute(FLIP, (False, person))
        wait_until(lambda: number(empty_database, TAKEN) == 1)
        app.execute(b"ALTER TABLE talentimg_queue.away RENAME TO procrastinate_jobs")
        wait_until(lambda: number(empty_database, SHOWN) == connected(empty_database))
        assert number(empty_database, WISHED) == 0


def test_it_wants_postgres(shell: Shell) -> None:
    assert shell("add", "Ada").code == 0
    done = shell(*ENGINE)
    assert (done.code, done.out) == (2, "")
    assert "needs the roster on Postgres" in done.err
