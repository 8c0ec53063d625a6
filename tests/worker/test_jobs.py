"""What stands between us and Procrastinate, on a real Postgres."""

from __future__ import annotations

import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import ConfigError, StoreUnavailable
from talentimg.repository import migrations
from talentimg.repository.postgres.beside import conninfo_in, ensure_schema
from talentimg.worker.on_procrastinate import jobs
from tests.postgres import connect
from tests.repository import app_schema
from tests.waiting import until

if TYPE_CHECKING:
    from procrastinate import App

    from tests.postgres import Databases

NOW = datetime.now(UTC)


class Duties:
    """Notes what the jobs ask for."""

    def __init__(self) -> None:
        self.more = [True, False]
        self.taken = 0
        self.places = 0
        self.looks: list[tuple[str, int]] = []
        self.again: list[datetime | None] = []

    async def take_part(self) -> bool:
        self.taken += 1
        return self.more.pop(0) if self.more else False

    async def parts(self) -> int:
        return self.places

    async def look(self, talent_id: str, tries: int) -> datetime | None:
        self.looks.append((talent_id, tries))
        return self.again.pop(0) if self.again else None


def made(url: str) -> bool:
    return ensure_schema(url, jobs.SCHEMA, jobs.TABLE, jobs.statements())


@pytest.fixture
def queue(empty_database: str) -> str:
    made(empty_database)
    return empty_database


def app_of(url: str, duties: Duties) -> App:
    return jobs.jobs_app(conninfo_in(url, jobs.SCHEMA), duties)


async def worked_off(app: App) -> None:
    """Until a worker finds nothing: one that ends at once does not see what its last jobs have added."""
    done = -1
    while done != (done := len(list(await app.job_manager.list_jobs_async(status="succeeded")))):
        await app.run_worker_async(wait=False, install_signal_handlers=False, concurrency=5)


def rows(url: str, statement: bytes) -> list[tuple[object, ...]]:
    with closing(connect(url)) as database:
        return database.execute(statement).fetchall()


def waiting(url: str, *tasks: str) -> list[tuple[object, ...]]:
    """The times of jobs of these kinds that are not done: those that come round each minute may wait too."""
    with closing(connect(url)) as database:
        return database.execute(
            b"SELECT scheduled_at FROM talentimg_queue.procrastinate_jobs"
            b" WHERE status IN ('todo', 'doing') AND task_name = ANY(%s)",
            [list(tasks)],
        ).fetchall()


async def test_its_tables_are_made_once_whoever_comes_at_the_same_time(empty_database: str) -> None:
    several = await asyncio.gather(*(asyncio.to_thread(made, empty_database) for _ in range(4)))
    assert sorted(several) == [False, False, False, True]


def test_ours_come_and_go_beside_them(empty_database: str) -> None:
    app_schema.make(empty_database)
    made(empty_database)
    migrations.upgrade(empty_database)
    migrations.downgrade(empty_database, "base")
    assert not made(empty_database)


def test_a_role_that_may_not_make_them_is_told_what_to_say(databases: Databases, empty_database: str) -> None:
    with closing(connect(empty_database)) as admin:
        admin.execute(b"DROP ROLE IF EXISTS plain_worker")
        admin.execute(b"CREATE ROLE plain_worker LOGIN")
    try:
        plain = empty_database.replace("://postgres@", "://plain_worker@")
        if plain == empty_database:
            pytest.skip("needs a server that asks for no password")
        with pytest.raises(ConfigError, match="may not make the schema") as caught:
            made(plain)
        assert "AUTHORIZATION" in (caught.value.hint or "")
    finally:
        with closing(connect(empty_database)) as admin:
            admin.execute(b"DROP ROLE plain_worker")


def test_a_database_that_is_away_is_told_as_ever(empty_database: str) -> None:
    away = empty_database.rpartition("@")[0] + "@127.0.0.1:1/agency"
    with pytest.raises(StoreUnavailable):
        made(away)


async def test_a_night_goes_on_until_there_is_no_more(queue: str) -> None:
    duties = Duties()
    async with app_of(queue, duties).open_async() as app:
        await jobs.defer_night(app, 0)
        await jobs.defer_night(app, 0)
        await worked_off(app)
    assert duties.taken == 2, "one that waits is enough"


async def test_a_look_waits_once_and_comes_before_the_night(queue: str) -> None:
    duties = Duties()
    async with app_of(queue, duties).open_async() as app:
        await jobs.defer_night(app, 0)
        for talent_id in ("ada", "bob", "ada"):
            await jobs.defer_look(app, talent_id)
    found = rows(queue, b"SELECT task_name, priority FROM talentimg_queue.procrastinate_jobs ORDER BY id")
    assert found == [(jobs.NIGHT, 0), (jobs.LOOK, jobs.SOON), (jobs.LOOK, jobs.SOON)]
    async with app_of(queue, duties).open_async() as app:
        await worked_off(app)
    assert sorted(duties.looks) == [("ada", 0), ("bob", 0)]


async def test_a_look_that_came_to_nothing_is_tried_again_when_it_says(queue: str) -> None:
    duties = Duties()
    duties.again = [NOW - timedelta(minutes=1), NOW + timedelta(hours=1)]
    async with app_of(queue, duties).open_async() as app:
        await jobs.defer_look(app, "ada")
        await worked_off(app)
    assert duties.looks == [("ada", 0), ("ada", 1)]
    assert waiting(queue, jobs.LOOK) == [(NOW + timedelta(hours=1),)]


DEAD = b"UPDATE talentimg_queue.procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"


async def test_what_a_worker_was_at_that_has_died_is_begun_again(queue: str) -> None:
    duties = Duties()
    async with app_of(queue, duties).open_async() as app:
        await jobs.defer_look(app, "ada")
        dead = await app.job_manager.register_worker()
        assert await app.job_manager.fetch_job(queues=None, worker_id=dead)
        await jobs.revive(app)
        await worked_off(app)
        assert duties.looks == [], "it may only be slow"
        rows_before = rows(queue, b"SELECT count(*) FROM talentimg_queue.procrastinate_workers")
        assert rows_before == [(1,)]
        with closing(connect(queue)) as database:
            database.execute(DEAD)
        await jobs.revive(app)
        await worked_off(app)
    assert duties.looks == [("ada", 0)]


async def test_so_is_one_of_which_another_waits_already(queue: str) -> None:
    """As the night's clock comes round, and the app changes again whom the dead one was looking at."""
    duties = Duties()
    duties.more = []
    async with app_of(queue, duties).open_async() as app:
        dead = await app.job_manager.register_worker()
        for _ in range(2):
            await jobs.defer_look(app, "ada")
            await jobs.defer_night(app, 0)
            await app.job_manager.fetch_job(queues=None, worker_id=dead)
            await app.job_manager.fetch_job(queues=None, worker_id=dead)
        with closing(connect(queue)) as database:
            database.execute(DEAD)
        await jobs.revive(app)
        await worked_off(app)
    assert (duties.looks[-1], duties.taken) == (("ada", 0), 1)
    assert waiting(queue, jobs.LOOK, jobs.NIGHT) == []


async def test_the_clock_begins_a_part_for_each_worker(queue: str) -> None:
    duties = Duties()
    duties.more, duties.places = [], 2
    async with app_of(queue, duties).open_async() as app:
        await app.configure_task(jobs.CLOCK).defer_async(timestamp=0)  # before a minute's own is
        working = asyncio.create_task(app.run_worker_async(install_signal_handlers=False, concurrency=5))
        try:
            await until(lambda: duties.taken >= 2)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
