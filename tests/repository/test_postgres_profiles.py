"""What is shown in the app's own Postgres: its columns, its names, several readers at once."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

import pytest

from talentimg.repository import migrations
from talentimg.repository.app_names import AppNames
from talentimg.repository.interface.profiles import AppUser
from talentimg.repository.postgres.profiles import open_profiles
from tests.postgres import connect
from tests.repository import app_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talentimg.repository.postgres.connection import Connection
    from talentimg.repository.postgres.profiles import PostgresProfiles
    from tests.postgres import Databases

MANY = """
INSERT INTO "User" ("id", "email", "updatedAt") SELECT 'u' || n, n || '@example.org', now()
FROM generate_series(1, 20000) AS n;
INSERT INTO "Talent" ("id", "userId", "name", "updatedAt") SELECT 't' || n, 'u' || n, 'T ' || n, now()
FROM generate_series(1, 20000) AS n;
INSERT INTO "SocialAccountConnection" ("id", "creatorId", "platform", "handle", "connected", "updatedAt")
SELECT 'c' || n, 't' || n, 'tiktok', 'h' || n, true, now() FROM generate_series(1, 20000) AS n;
ANALYZE;
"""


@pytest.fixture
def url(empty_database: str) -> str:
    """The app's database with its rows, and ours in it."""
    app_schema.make(empty_database)
    migrations.upgrade(empty_database)
    return empty_database


@pytest.fixture
def profiles(url: str) -> Iterator[PostgresProfiles]:
    with closing(open_profiles(url, AppNames())) as opened:
        yield opened


def test_what_the_app_has_of_its_own_is_told(profiles: PostgresProfiles) -> None:
    ada = profiles.profile("ada")
    assert ada is not None
    assert (ada.name, ada.display_name, ada.shown_name) == (
        "Augusta Ada King",
        "Ada Lovelace",
        "Ada Lovelace",
    )
    assert ada.facts == {"userId": "u1", "status": "ACTIVE", "categories": ["music", "a, b"]}
    assert ada.user == AppUser("u1", "ada@example.org", "Ada", None, "TALENT")
    told = [(a.platform, a.handle, a.connected) for a in ada.accounts]
    assert told == [("INSTAGRAM", "@Ada", True), ("tiktok", "ada", False), ("YouTube", "ada", True)]
    assert ada.accounts[0].created_at is not None
    assert "S3CRET" not in repr(ada)
    assert [p.shown_name for p in profiles.profiles()] == ["Cid", "Bob", "Ada Lovelace"]
    of_user = profiles.profile_of_user("u2")
    assert of_user is not None
    assert of_user.talent_id == "bob"
    user = profiles.user("u3")
    assert user is not None
    assert user.role == "AGENT"


def test_tables_and_columns_may_have_other_names(url: str) -> None:
    with connect(url) as app:
        app.execute('ALTER TABLE "Talent" RENAME TO people')
        app.execute('ALTER TABLE people RENAME COLUMN "userId" TO "user%id"')
        app.execute('ALTER TABLE "User" RENAME COLUMN "avatarUrl" TO avatar_url')
        app.execute('ALTER TABLE "SocialAccountConnection" RENAME COLUMN "creatorId" TO talent_id')
    columns = {"userId": "user%id", "avatarUrl": "avatar_url", "creatorId": "talent_id"}
    with closing(open_profiles(url, AppNames({"Talent": "people"}, columns))) as profiles:
        bob = profiles.profile("bob")
        assert bob is not None
        assert bob.user == AppUser("u2", "bob@example.org", "Bob", "https://a.example/bob.png", "TALENT")
        account = profiles.account("i1")
        assert account is not None
        assert account.talent_id == "ada"
        assert profiles.profile_of_user("u2") == bob


def test_a_column_that_this_role_may_not_read_is_left_out(url: str) -> None:
    with connect(url) as admin:
        admin.execute("""DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN END $$""")
        admin.execute("GRANT USAGE ON SCHEMA public, talentimg TO reader")
        admin.execute("GRANT SELECT ON ALL TABLES IN SCHEMA talentimg TO reader")
        admin.execute('GRANT SELECT ON "SocialAccountConnection" TO reader')
        admin.execute('GRANT SELECT ("id", "email", "avatarUrl") ON "User" TO reader')
        admin.execute("""GRANT SELECT ("id", "userId", "name", "displayName", "profileImageUrl",
            "profileImageSource", "lastProfileImageSyncAt") ON "Talent" TO reader""")
    as_reader = url.replace("postgres@", "reader@", 1)
    assert as_reader != url
    with closing(open_profiles(as_reader, AppNames())) as profiles:
        ada = profiles.profile("ada")
        assert ada is not None
        assert ada.facts == {"userId": "u1"}
        assert ada.user is not None
        assert ada.user.role is None
        assert len(profiles.profiles()) == 3


def test_readers_do_not_wait_for_one_another(profiles: PostgresProfiles, url: str) -> None:
    """Four ask for a row at the same time that nobody may read just now: all of them are asked for."""
    ready = threading.Barrier(5, timeout=30)

    def work(connection: Any) -> Any:
        ready.wait()
        return connection.execute("SELECT 1 AS one").fetchall()[0]["one"]

    with ThreadPoolExecutor(5) as threads:
        asked = [threads.submit(profiles._pool.read_once, work) for _ in range(4)]
        ready.wait()
        assert [one.result() for one in asked] == [1, 1, 1, 1]


def test_a_connection_that_was_lost_is_made_again(profiles: PostgresProfiles, url: str) -> None:
    assert profiles.profile("ada") is not None
    with connect(url) as app:
        app.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert profiles.profile("ada") is not None
    profiles.check()


class Watched:
    """A connection that remembers what it was asked."""

    def __init__(self, inner: Connection) -> None:
        self.inner: Any = inner
        self.asked: list[tuple[bytes, Any]] = []

    def execute(self, statement: bytes, values: Any = None) -> Any:
        self.asked.append((statement, values))
        return self.inner.execute(statement, values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def test_every_question_is_one_statement_that_uses_indexes(databases: Databases) -> None:
    def fill(url: str) -> None:
        app_schema.make(url, app_schema.SCHEMA)
        migrations.upgrade(url)
        with connect(url) as connection:
            connection.execute(MANY.encode())

    name = databases.create(template=databases.template("profiles", fill))
    with closing(open_profiles(databases.url(name), AppNames())) as profiles:
        profiles.check()
        holder = profiles._pool._all[-1]
        assert holder._connection is not None
        watched = Watched(holder._connection)
        asked = watched.asked
        holder._connection = cast("Connection", watched)
        questions: tuple[Callable[[], object], ...] = (
            lambda: profiles.profile("t77"),
            lambda: profiles.profile_of_user("u77"),
            lambda: profiles.profiles(before="t77", limit=50),
            lambda: profiles.account("c77"),
            lambda: profiles.user("u77"),
        )
        for number, question in enumerate(questions, start=1):
            assert question() is not None
            assert len(asked) == number
        for statement, values in list(asked):
            (row,) = watched.inner.execute(b"EXPLAIN (FORMAT JSON) " + statement, values)
            plan = row["QUERY PLAN"]
            plan = json.loads(plan) if isinstance(plan, str) else plan
            scanned = {n["Relation Name"] for n in nodes(plan[0]["Plan"]) if n["Node Type"] == "Seq Scan"}
            assert not scanned & {"Talent", "User", "SocialAccountConnection"}, (scanned, statement)
    databases.drop(name)
