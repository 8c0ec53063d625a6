"""Behind a pooler, and where connections are few: a real PgBouncer, where the machine has one."""

from __future__ import annotations

from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import ConfigError, NoRunLock
from talentimg.repository import migrations
from talentimg.repository.postgres import lock
from talentimg.repository.postgres.beside import ensure_schema
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.registry import open_working
from talentimg.service.run.records import RunRecords
from tests.pooler import find_pooler, pooled
from tests.postgres import connect
from tests.repository import app_schema
from tests.repository.builders import HOUR, NOW, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.postgres import Databases

    Pooler = Callable[[str, int], str]


@pytest.fixture
def app(empty_database: str) -> str:
    app_schema.make(empty_database)
    return empty_database


@pytest.fixture
def pooler(databases: Databases, app: str) -> Iterator[Pooler]:
    """Starts a PgBouncer before the app's database in a mode, with a pool of some size; gives the URL."""
    if find_pooler() is None or databases.server is None:
        pytest.skip("needs PgBouncer, and a server of our own")
    with ExitStack() as started:
        yield lambda mode, size: started.enter_context(pooled(app, mode, size))


def test_a_night_works_with_a_pool_of_one(pooler: Pooler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LONGEST_WAIT", 0.5)
    url = pooler("transaction", 1)
    migrations.upgrade(url)
    with PostgresRepository.open(url) as repository:
        with pytest.raises(NoRunLock) as caught:
            repository.lock_run()
        assert "default_pool_size" in (caught.value.hint or "")
        run = RunRecords(repository, lambda: NOW).begin(join=False)
        assert run.joined, "others may take part, and claims keep them apart"
        assert repository.claim(NOW, before=None, limit=9, lease=HOUR) == ["ada", "bob"]
        repository.unlock_run()
        assert repository.load("ada").selection != shown()
    migrations.downgrade(url, "base")


def test_a_pool_of_two_keeps_a_second_run_out(pooler: Pooler) -> None:
    url = pooler("transaction", 2)
    migrations.upgrade(url)
    with PostgresRepository.open(url) as one, PostgresRepository.open(url) as other:
        assert one.lock_run()
        assert not other.lock_run()
        assert one.claim(NOW, before=None, limit=9, lease=HOUR) == ["ada", "bob"]


def test_a_form_of_times_is_set_behind_a_pooler_too(pooler: Pooler, app: str) -> None:
    migrations.upgrade(app)
    with connect(app) as admin:
        admin.execute(f"""ALTER DATABASE "{app.rpartition("/")[2]}" SET datestyle = 'German'""".encode())
    url = pooler("transaction", 2)
    with PostgresRepository.open(url) as one, PostgresRepository.open(url) as other:
        for repository in (one, other, one):
            assert repository.lock_run() in {True, False}
            assert repository.load("ada").talent.accounts[0].token


def test_a_migration_leaves_no_setting_with_a_connection_that_others_get(pooler: Pooler, app: str) -> None:
    with connect(app) as admin:
        admin.execute(f"""ALTER DATABASE "{app.rpartition("/")[2]}" SET statement_timeout = '77s'""".encode())
    url = pooler("transaction", 1)
    migrations.upgrade(url)
    with connect(url) as next_client:
        assert next_client.execute("SHOW statement_timeout").fetchone() == ("77s",)


def test_wishes_are_told_and_taken_behind_a_pooler(pooler: Pooler) -> None:
    url = pooler("transaction", 2)
    migrations.upgrade(url)
    with closing(open_working(url)) as one, closing(open_working(url)) as other, connect(url) as app:
        assert one.is_told()
        now = datetime.now(UTC) + HOUR
        app.execute(b"""UPDATE "SocialAccountConnection" SET connected = true WHERE id IN ('t1', 't2')""")
        with PostgresRepository.open(url) as repository:
            repository.disconnect("ada", "tiktok", NOW)
        taken = one.take(now, now + HOUR, limit=1)
        assert len(taken) == 1
        rest = other.take(now, now + HOUR, limit=9)
        assert {wish.talent_id for wish in (*taken, *rest)} == {"ada", "cid"}
        one.finish(taken)
        other.put_back(rest, now)
        assert one.take(now, now + HOUR, limit=9) != []
        assert not one.await_news(0.1), "nobody is called here, so it is asked"


def test_a_pool_in_statement_mode_is_named(pooler: Pooler, app: str) -> None:
    migrations.upgrade(app)
    url = pooler("statement", 2)
    with PostgresRepository.open(url) as repository:
        assert repository.load("ada").talent.accounts, "what is sent at once is one transaction even there"
        with pytest.raises(ConfigError, match="statement mode"):
            repository.lock_run()


def test_a_role_with_one_connection_works_without_the_lock(databases: Databases, app: str) -> None:
    if databases.server is None:
        pytest.skip("makes a role that another server may have")
    migrations.upgrade(app)
    with connect(app) as admin:
        admin.execute(
            b"""
            DO $$ BEGIN CREATE ROLE single LOGIN CONNECTION LIMIT 1;
            EXCEPTION WHEN duplicate_object THEN NULL; END $$;
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, talentimg TO single;
            GRANT USAGE ON SCHEMA talentimg TO single;
            """
        )
    with PostgresRepository.open(app.replace("postgres@", "single@")) as repository:
        with pytest.raises(NoRunLock):
            repository.lock_run()
        assert repository.claim(NOW, before=None, limit=9, lease=HOUR) == ["ada", "bob"]


def test_an_engine_of_jobs_is_told_to_go_past_it(pooler: Pooler) -> None:
    with pytest.raises(ConfigError, match="pooler") as caught:
        ensure_schema(pooler("transaction", 2), "queue", "jobs", "CREATE TABLE jobs (id int)")
    assert "direct_database_url" in (caught.value.hint or "")
