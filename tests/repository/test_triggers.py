"""The app's own statements are noted, as Prisma writes them; and nothing of ours breaks or delays one."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from talentimg.repository import migrations
from talentimg.repository.app_names import AppNames
from talentimg.repository.interface import NewAccount
from talentimg.repository.migrations.store import Triggers, TriggerState
from talentimg.repository.migrations.triggers import statements
from talentimg.repository.postgres.repository import PostgresRepository
from tests.postgres import connect
from tests.repository import app_schema
from tests.repository.builders import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.postgres import Databases

    Plain = psycopg.Connection[tuple[Any, ...]]

ROLE = """
DO $$ BEGIN CREATE ROLE the_app LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT USAGE ON SCHEMA public TO the_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "User", "Talent", "SocialAccountConnection", "SocialProfile"
    TO the_app;
"""
FLIP = """
UPDATE "public"."SocialAccountConnection" SET "connected" = NOT "connected", "updatedAt" = now()
WHERE ("public"."SocialAccountConnection"."id" = %s AND 1 = 1) RETURNING "id", "connected"
"""
INSERT = """
INSERT INTO "public"."SocialAccountConnection"
    ("id", "creatorId", "platform", "handle", "connected", "updatedAt")
VALUES (%s, %s, %s, %s, %s, now()) RETURNING "public"."SocialAccountConnection"."id"
"""
UPSERT = """
INSERT INTO "SocialAccountConnection" ("id", "creatorId", "platform", "handle", "connected", "updatedAt")
VALUES (%s, %s, %s, %s, true, now()) ON CONFLICT ("creatorId", "platform")
DO UPDATE SET "handle" = excluded."handle", "connected" = true RETURNING "id"
"""
TAKE = """
DELETE FROM talentimg.wishes WHERE id IN (SELECT id FROM talentimg.wishes FOR UPDATE SKIP LOCKED)
RETURNING talent_id
"""


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    if databases.server is None:
        pytest.skip("makes a role that another server may have")

    def fill(url: str) -> None:
        app_schema.make(url)
        with closing(connect(url)) as admin:
            admin.execute(ROLE.encode())
        migrations.upgrade(url)

    name = databases.create(template=databases.template("app that is told", fill))
    yield databases.url(name)
    databases.drop(name)


@pytest.fixture
def admin(url: str) -> Iterator[Plain]:
    with closing(connect(url)) as connection:
        yield connection


@pytest.fixture
def app(url: str) -> Iterator[Plain]:
    """The app, as a role that knows nothing of ours."""
    with closing(connect(url.replace("postgres@", "the_app@"))) as connection:
        yield connection


@pytest.fixture
def noted(admin: Plain) -> Callable[[], list[str]]:
    """Whom the app has changed since this was asked last."""
    return lambda: sorted(
        row[0] for row in admin.execute(b"DELETE FROM talentimg.wishes RETURNING talent_id")
    )


def test_what_changes_who_is_shown_is_noted(app: Plain, noted: Callable[[], list[str]]) -> None:
    app.execute(INSERT.encode(), ("n1", "bob", "INSTAGRAM", "bob", True))
    assert noted() == ["bob"]
    app.execute(FLIP.encode(), ("i1",))
    assert noted() == ["ada"], "disconnected"
    app.execute(b"""UPDATE "SocialAccountConnection" SET connected = true, handle = 'new' WHERE id = 'i1'""")
    assert noted() == ["ada"], "connected again, with another handle"
    app.execute(UPSERT.encode(), ("x", "ada", "INSTAGRAM", "third"))
    assert noted() == ["ada"]
    app.execute(b"""UPDATE "SocialAccountConnection" SET "creatorId" = 'cid' WHERE id = 'y1'""")
    assert noted() == ["ada", "cid"], "moved to somebody else"
    app.execute(b"""UPDATE "SocialAccountConnection" SET id = 'y9' WHERE id = 'y1'""")
    assert noted() == ["cid"], "a new row as far as anybody can tell"
    app.execute(b"""DELETE FROM "SocialAccountConnection" WHERE id = 'y9'""")
    assert noted() == ["cid"]
    app.execute(b"""UPDATE "User" SET "avatarUrl" = 'https://a.example/new.png' WHERE id = 'u1'""")
    assert noted() == ["ada"]
    app.execute(b"""DELETE FROM "Talent" WHERE id = 'bob'""")
    assert noted() == ["bob"], "with their accounts"


def test_nothing_else_is_noted(app: Plain, noted: Callable[[], list[str]]) -> None:
    app.execute(INSERT.encode(), ("n1", "bob", "INSTAGRAM", "bob", False))
    app.execute(b"""UPDATE "SocialAccountConnection" SET handle = 'other' WHERE id = 'n1'""")
    app.execute(b"""DELETE FROM "SocialAccountConnection" WHERE id = 'n1'""")
    app.execute(
        b"""UPDATE "SocialAccountConnection" SET "syncStatus" = 'READY', "lastSyncedAt" = now(),
        "accessToken" = 'new', connected = true, handle = upper(handle) WHERE id = 'i1'"""
    )
    app.execute(b"""UPDATE "User" SET name = 'Somebody', "avatarUrl" = "avatarUrl" """)
    app.execute(b"""UPDATE "User" SET "avatarUrl" = 'https://a.example/x.png' WHERE false""")
    app.execute(b"""UPDATE "Talent" SET name = 'Somebody'""")
    with app.transaction(force_rollback=True):
        app.execute(FLIP.encode(), ("i1",))
    assert noted() == []


def test_what_we_write_ourselves_is_no_news(url: str, noted: Callable[[], list[str]]) -> None:
    with PostgresRepository.open(url) as repository:
        repository.connect("bob", NewAccount("tiktok", "bob"), NOW)
        repository.disconnect("bob", "tiktok", NOW)
    assert noted() == []


def test_many_changes_of_one_talent_are_one_wish(app: Plain, noted: Callable[[], list[str]]) -> None:
    for _ in range(31):
        app.execute(FLIP.encode(), ("i1",))
    app.execute(b"""UPDATE "SocialAccountConnection" SET connected = true""")
    assert noted() == ["ada", "cid"]


@pytest.mark.parametrize("first", ["one", "all"])
def test_few_and_many_are_noted_whatever_came_first(
    app: Plain, admin: Plain, noted: Callable[[], list[str]], first: str
) -> None:
    admin.execute(
        b"""
        INSERT INTO "User" (id, email, "updatedAt")
            SELECT 'v' || n, n || '@example.org', now() FROM generate_series(1, 3000) AS n;
        INSERT INTO "Talent" (id, "userId", name, "updatedAt")
            SELECT 'v' || n, 'v' || n, 'V', now() FROM generate_series(1, 3000) AS n;
        """
    )
    one = b"""UPDATE "User" SET "avatarUrl" = 'https://a.example/' || random() WHERE id = 'v1'"""
    many = b"""UPDATE "User" SET "avatarUrl" = 'https://a.example/' || random()"""
    for statement in (one, many, one) if first == "one" else (many, one, many):
        app.execute(statement)
        assert len(noted()) == (1 if statement is one else 3003)


def test_the_app_may_not_look_at_what_is_noted(app: Plain) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(b"SELECT FROM talentimg.wishes")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(b"SELECT talentimg.wish('{ada}')")


BREAKS = {
    "the table is gone": "DROP TABLE talentimg.wishes",
    "a column is gone": "ALTER TABLE talentimg.wishes DROP COLUMN due_at",
    "it takes no row": "ALTER TABLE talentimg.wishes ADD CONSTRAINT no CHECK (false) NOT VALID",
    "it may not be written": "ALTER FUNCTION talentimg.account_changed() OWNER TO the_app;"
    "ALTER FUNCTION talentimg.avatar_changed() OWNER TO the_app",
    "the function that it calls is gone": "DROP FUNCTION talentimg.wish(text[])",
    "the other table is gone": "DROP TABLE talentimg.workers",
    "a trigger of its own raises": """
        CREATE FUNCTION talentimg.no() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN RAISE EXCEPTION ''no''; END';
        CREATE TRIGGER no BEFORE INSERT ON talentimg.wishes FOR EACH ROW EXECUTE FUNCTION talentimg.no()""",
    "the app's column is called otherwise": 'ALTER TABLE "User" RENAME COLUMN "avatarUrl" TO avatar;'
    'ALTER TABLE "SocialAccountConnection" RENAME COLUMN handle TO name',
    "the whole schema is gone": "DROP SCHEMA talentimg CASCADE",
}


@pytest.mark.parametrize("how", list(BREAKS))
def test_whatever_is_broken_of_ours_the_app_writes(app: Plain, admin: Plain, how: str) -> None:
    admin.execute(BREAKS[how].encode())
    assert app.execute(FLIP.encode(), ("i1",)).fetchall() == [("i1", False)]
    app.execute(b"""DELETE FROM "SocialAccountConnection" WHERE id = 'y1'""")
    app.execute(b"""UPDATE "User" SET name = 'x'""")
    with app.transaction():
        app.execute(FLIP.encode(), ("i1",))
        app.execute(FLIP.encode(), ("i1",))
    (left,) = app.execute(b"""SELECT count(*) FROM "SocialAccountConnection" WHERE "creatorId" = 'ada'""")
    assert left == (2,)


def test_a_table_that_somebody_has_locked_is_not_waited_for(app: Plain, admin: Plain, url: str) -> None:
    with closing(connect(url)) as other, other.transaction():
        other.execute(b"LOCK TABLE talentimg.wishes IN ACCESS EXCLUSIVE MODE")
        app.execute(FLIP.encode(), ("i1",))  # it would wait for ever
    assert admin.execute(b"SELECT count(*) FROM talentimg.wishes").fetchone() == (0,)


@contextmanager
def transaction(url: str, level: psycopg.IsolationLevel | None = None) -> Iterator[Plain]:
    with closing(connect(url)) as connection:
        connection.isolation_level = level
        with connection.transaction():
            yield connection


def test_a_wish_of_a_transaction_that_rolls_back_is_not_relied_on(
    app: Plain, url: str, noted: Callable[[], list[str]]
) -> None:
    with closing(connect(url)) as other:
        with other.transaction(force_rollback=True):
            other.execute(b"INSERT INTO talentimg.wishes (talent_id) VALUES ('ada')")
            app.execute(FLIP.encode(), ("i1",))
        assert noted() == ["ada"]


def test_nobody_takes_a_wish_before_all_that_it_stands_for_is_to_be_seen(
    app: Plain, admin: Plain, noted: Callable[[], list[str]]
) -> None:
    app.execute(FLIP.encode(), ("i1",))
    with app.transaction():
        app.execute(FLIP.encode(), ("i1",))
        assert admin.execute(TAKE.encode()).fetchall() == []
    assert noted() == ["ada"]


def test_what_changes_while_a_wish_is_taken_is_another_wish(
    app: Plain, url: str, noted: Callable[[], list[str]]
) -> None:
    app.execute(FLIP.encode(), ("i1",))
    with transaction(url) as worker:
        assert worker.execute(TAKE.encode()).fetchall() == [("ada",)]
        app.execute(FLIP.encode(), ("i1",))
    assert noted() == ["ada"]


@pytest.mark.parametrize("level", list(psycopg.IsolationLevel))
def test_at_every_level_of_isolation_it_is_noted(
    app: Plain, url: str, noted: Callable[[], list[str]], level: psycopg.IsolationLevel
) -> None:
    app.execute(FLIP.encode(), ("i1",))
    with transaction(url.replace("postgres@", "the_app@"), level) as other:
        other.execute(b'SELECT count(*) FROM "User"')
        assert noted() == ["ada"]
        other.execute(FLIP.encode(), ("i1",))
    assert noted() == ["ada"]


def test_opposite_orders_in_two_transactions_do_not_deadlock(
    admin: Plain, url: str, noted: Callable[[], list[str]]
) -> None:
    for number in range(4):
        admin.execute(INSERT.encode(), (f"n{number}", "bob", f"p{number}", "bob", True))
    wrong: list[BaseException] = []

    def write(own: str) -> None:
        try:
            with closing(connect(url.replace("postgres@", "the_app@"))) as one:
                for _ in range(20):
                    with one.transaction():
                        one.execute(FLIP.encode(), (own,))
        except BaseException as error:  # noqa: BLE001  of another thread
            wrong.append(error)

    writers = [threading.Thread(target=write, args=(f"n{number}",)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert wrong == []
    assert set(noted()) == {"bob"}


def test_nobody_is_notified_unless_a_worker_asks(app: Plain, admin: Plain) -> None:
    admin.execute(b"LISTEN talentimg_wishes")
    app.execute(FLIP.encode(), ("i1",))
    assert list(admin.notifies(timeout=0.2)) == []
    admin.execute(
        b"""INSERT INTO talentimg.workers (id, host, pid, started_at, seen_at, doing, listens_until)
        VALUES ('w', 'h', 1, now(), now(), '', now() + interval '1 hour')"""
    )
    app.execute(FLIP.encode(), ("i1",))
    assert len(list(admin.notifies(timeout=60, stop_after=1))) == 1


# -- made, and taken away ---------------------------------------------------


def test_they_are_optional(url: str, app: Plain, noted: Callable[[], list[str]]) -> None:
    assert migrations.status(url).triggers == Triggers(TriggerState.MADE)
    migrations.upgrade(url, triggers=False)
    assert migrations.status(url).triggers == Triggers(TriggerState.MISSING)
    assert "TRIGGER" not in migrations.upgrade_sql(url, triggers=False)
    app.execute(FLIP.encode(), ("i1",))
    assert noted() == []
    run_script_whole(url, migrations.upgrade_sql(url))
    assert migrations.status(url).triggers == Triggers(TriggerState.MADE)
    app.execute(FLIP.encode(), ("i1",))
    assert noted() == ["ada"]


def run_script_whole(url: str, script: str) -> None:
    with closing(connect(url)) as connection:
        connection.execute(script.encode())


def test_what_the_app_took_away_comes_back(url: str, admin: Plain) -> None:
    admin.execute(b'DROP TRIGGER talentimg_account_added ON "SocialAccountConnection"')
    assert migrations.status(url).triggers == Triggers(TriggerState.MISSING)
    migrations.upgrade(url)
    assert migrations.status(url).triggers == Triggers(TriggerState.MADE)
    admin.execute(b'ALTER TABLE "User" DISABLE TRIGGER talentimg_avatar_changed')
    assert migrations.status(url).triggers == Triggers(TriggerState.MISSING)


def test_a_role_that_may_not_make_them_goes_on_and_is_told_what_to_say(
    databases: Databases, url: str
) -> None:
    weak = url.replace("postgres@", "the_app@")
    migrations.downgrade(url, "base")
    with connect(url) as admin:
        admin.execute(b"""GRANT CREATE ON DATABASE %s TO the_app""" % url.rpartition("/")[2].encode())
        admin.execute(b'ALTER TABLE "Talent" OWNER TO the_app; GRANT CREATE ON SCHEMA public TO the_app')
    migrations.upgrade(weak)
    found = migrations.status(weak)
    assert (found.current, found.pending) == (migrations.HEAD, ())
    assert found.triggers is not None
    assert found.triggers.state is TriggerState.CLOSED
    with connect(url) as admin:
        admin.execute((found.triggers.grant or "").encode())
    assert migrations.status(weak).triggers == Triggers(TriggerState.MISSING)
    migrations.upgrade(weak)
    assert migrations.status(weak).triggers == Triggers(TriggerState.MADE)
    with connect(weak) as app, connect(url) as admin:
        app.execute(FLIP.encode(), ("i1",))
        app.execute(b"""UPDATE "User" SET "avatarUrl" = 'https://a.example/x.png' WHERE id = 'u2'""")
        noted = admin.execute(b"SELECT talent_id FROM talentimg.wishes ORDER BY 1").fetchall()
        assert noted == [("ada",), ("bob",)], "by a role that is no superuser"
    migrations.downgrade(weak, "base")


IDS = {
    "integer": ("integer", ["1", "2"]),
    "uuid": ("uuid", ["5d9c0f6e-0000-4000-8000-000000000001", "5d9c0f6e-0000-4000-8000-000000000002"]),
}


@pytest.mark.parametrize("kind", list(IDS))
def test_other_names_and_ids_of_other_types_are_honoured(url: str, kind: str) -> None:
    made, (one, two) = IDS[kind]
    names = AppNames(
        {"Talent": "tal'ents", "User": "us{ers", "SocialAccountConnection": 'my "%accounts'},
        {"userId": "user_id", "creatorId": "creator_id", "avatarUrl": "avatar:url"},
    )
    with closing(connect(url)) as admin:
        admin.execute(
            f"""
            CREATE SCHEMA other; SET search_path = other;
            CREATE TYPE platform AS ENUM ('INSTAGRAM', 'TIKTOK');
            CREATE TABLE "us{{ers" (id {made} PRIMARY KEY, "avatar:url" text);
            CREATE TABLE "tal'ents" (id {made} PRIMARY KEY, user_id {made});
            CREATE TABLE "my ""%accounts" (id {made} PRIMARY KEY, creator_id {made}, platform platform,
                handle varchar(50), connected boolean);
            INSERT INTO "us{{ers" (id) VALUES ('{one}');
            INSERT INTO "tal'ents" (id, user_id) VALUES ('{two}', '{one}');
            """.encode()
        )
        for statement in statements("other", names):
            admin.execute(statement.encode())
        admin.execute(
            f"""INSERT INTO "my ""%accounts" VALUES ('{one}', '{two}', 'INSTAGRAM', 'ada', true)""".encode()
        )
        assert admin.execute(TAKE.encode()).fetchall() == [(two,)]
        admin.execute(b"""UPDATE "my ""%accounts" SET platform = 'TIKTOK'""")
        assert admin.execute(TAKE.encode()).fetchall() == [(two,)]
        admin.execute(b"""UPDATE "us{ers" SET "avatar:url" = 'https://a.example/x.png'""")
        assert admin.execute(TAKE.encode()).fetchall() == [(two,)]
        migrations.downgrade(url, "base")
        admin.execute(b"""DELETE FROM "my ""%accounts" """)
