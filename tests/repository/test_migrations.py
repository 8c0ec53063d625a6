"""Going up adds what is missing and nothing else; going down removes that and nothing else."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from alembic.script import ScriptDirectory

from talentimg.errors import (
    ConfigError,
    SchemaOutdated,
    SchemaTooNew,
    StoreLocked,
    StoreNotFound,
    StoreUnreadable,
    UsageError,
)
from talentimg.models import Cooldown, Picture, Reason, Run
from talentimg.repository import migrations
from talentimg.repository.app_names import AppNames
from talentimg.repository.interface import Holder
from talentimg.repository.migrations import HEAD, REVISIONS
from talentimg.repository.migrations.runner import configuration
from talentimg.repository.migrations.sqlite_store import migrating, sqlite_engine, translated
from talentimg.repository.migrations.store import MigrationStatus
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.repository.urls import sqlite_url
from tests.repository.builders import HOUR, NOW, changed, talent
from tests.repository.processes import finish, run, start

if TYPE_CHECKING:
    from pathlib import Path

# A database as an app might have made it: columns and tables of its own, one of our three columns
# (as its own migration made it), an index of that name on it, and rows.
APP = """
CREATE TABLE "User" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "email" TEXT NOT NULL,
    "name" TEXT,
    "avatarUrl" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE "Talent" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "displayName" TEXT,
    "profileImageSource" TEXT DEFAULT 'initials',
    "tags" TEXT, -- a list
    CONSTRAINT "Talent_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE
);
CREATE INDEX "Talent_profileImageSource_idx" ON "Talent" ("profileImageSource");
CREATE TABLE "SocialAccountConnection" (
    "id" TEXT NOT NULL PRIMARY KEY, "creatorId" TEXT NOT NULL, "platform" TEXT NOT NULL, "handle" TEXT,
    "profileUrl" TEXT, "connected" BOOLEAN NOT NULL DEFAULT true, "connectionType" TEXT, "syncStatus" TEXT,
    "accessToken" TEXT, "refreshToken" TEXT, "expiresAt" DATETIME, "lastSyncedAt" DATETIME, "syncError" TEXT,
    "metadata" TEXT, "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, "updatedAt" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "SocialAccountConnection_creatorId_platform_key"
    ON "SocialAccountConnection" ("creatorId", "platform");
CREATE TABLE "Booking" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT, "talentId" TEXT REFERENCES "Talent" ("id"), "fee" REAL
);
CREATE TABLE "alembic_version" ("version_num" TEXT);
INSERT INTO "User" VALUES ('u1', 'ada@example.org', 'Ada', NULL, '2026-01-01 00:00:00');
INSERT INTO "Talent" VALUES ('t1', 'u1', 'Ada', NULL, 'instagram', '["a", "b"]');
INSERT INTO "SocialAccountConnection" ("id", "creatorId", "platform", "handle", "updatedAt")
    VALUES ('c1', 't1', 'INSTAGRAM', 'ada', '2026-01-01 00:00:00');
INSERT INTO "Booking" ("talentId", "fee") VALUES ('t1', 12.5);
INSERT INTO "alembic_version" VALUES ('theirs');
"""


@pytest.fixture
def app_store(tmp_path: Path) -> Path:
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(APP)
    return path


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def spaced(lines: list[str]) -> list[str]:
    """The lines with every white space alike: Alembic prints tabs as spaces."""
    return [" ".join(line.replace(";", " ;").split()) for line in lines]


def names(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE sql IS NOT NULL")}


def columns(path: Path, table: str) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]


# -- the history ------------------------------------------------------------


def test_the_versions_that_a_reader_knows_are_those_of_the_history() -> None:
    history = ScriptDirectory.from_config(configuration())
    assert history.get_heads() == [HEAD]
    assert tuple(step.revision for step in history.walk_revisions())[::-1] == REVISIONS


def test_every_step_says_what_it_does() -> None:
    history = ScriptDirectory.from_config(configuration())
    assert all(step.doc.endswith(".") for step in history.walk_revisions())


# -- up ---------------------------------------------------------------------


def test_an_empty_database_gets_what_a_roster_needs(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "roster.db"
    url = sqlite_url(path)
    pending = migrations.status(url).pending
    assert migrations.status(url) == MigrationStatus(None, HEAD, pending)
    assert [description.partition(": ")[0] for description in pending] == list(REVISIONS)
    assert not path.parent.exists(), "looking makes nothing"
    migrations.upgrade(url)
    assert migrations.status(url) == MigrationStatus(HEAD, HEAD, ())
    assert {"User", "Talent", "SocialAccountConnection", "talentimg_candidates"} <= names(path)
    assert {"Talent_lastProfileImageSyncAt_idx", "Talent_profileImageSource_idx"} <= names(path)
    assert {"profileImageUrl", "profileImageSource", "lastProfileImageSyncAt"} <= set(columns(path, "Talent"))
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    path = tmp_path / "roster.db"
    migrations.upgrade(sqlite_url(path))
    before = path.read_bytes()
    migrations.upgrade(sqlite_url(path))
    assert path.read_bytes() == before
    assert migrations.upgrade_sql(sqlite_url(path)) == ""


def test_an_apps_database_gets_only_what_is_missing(app_store: Path) -> None:
    before, had = dump(app_store), names(app_store)
    migrations.upgrade(sqlite_url(app_store))
    added = {name for name in names(app_store) - had if not name.startswith("talentimg_")}
    assert added == {"Talent_lastProfileImageSyncAt_idx"}
    assert columns(app_store, "Talent")[-2:] == ["profileImageUrl", "lastProfileImageSyncAt"]
    lines = {line for line in dump(app_store) if "talentimg" not in line}
    changed = [line for line in before if line not in lines]
    assert [line.split("(")[0] for line in changed] == [
        'CREATE TABLE "Talent" ',
        'INSERT INTO "Talent" VALUES',
    ]
    with SqliteRepository.open(app_store) as repository:
        record = repository.load("t1")
        assert record.selection.source == "instagram"
        assert record.talent.accounts[0].platform == "instagram"


@pytest.mark.parametrize("how", [{}, {"create": True}, {"read_only": True}])
def test_an_apps_database_is_never_migrated_unasked(app_store: Path, how: dict[str, bool]) -> None:
    before = app_store.read_bytes()
    with pytest.raises(SchemaOutdated, match="talentimg migrate"):
        SqliteRepository.open(app_store, **how)
    assert app_store.read_bytes() == before
    migrations.upgrade(sqlite_url(app_store))
    with SqliteRepository.open(app_store, **how) as repository:
        assert repository.due(NOW, before=NOW, limit=None) == ["t1"]


def test_one_of_ours_is_brought_up_to_date_by_who_writes_and_not_by_who_reads(tmp_path: Path) -> None:
    path = tmp_path / "roster.db"
    migrations.upgrade(sqlite_url(path), "0002")
    before = path.read_bytes()
    with pytest.raises(SchemaOutdated):
        SqliteRepository.open(path, read_only=True)
    assert path.read_bytes() == before
    SqliteRepository.open(path).close()
    assert migrations.status(sqlite_url(path)).current == HEAD


OLD_ROWS = """
INSERT INTO talentimg_platforms VALUES ('bluesky', '2026-11-24T03:00:00.123Z', 'throttled', 'Later.');
INSERT INTO talentimg_history VALUES
    (7, 't1', '2026-11-24T02:00:00.123Z', 'initials', NULL, 'bluesky', 'c0ffee', 'a new picture', 'sync');
INSERT INTO talentimg_candidates (talent_id, source, state, tries, content_hash, absent_count)
    VALUES ('t1', 'instagram', 'found', 1, 'c0ffee', 0), ('t1', 'github', 'trouble', 1, NULL, 0);
INSERT INTO talentimg_pictures VALUES
    ('c0ffee', 'feed', 640, 480, '[]', '2026-11-24T02:00:00.123Z');
INSERT INTO talentimg_leases VALUES ('t1', 'somebody', '2026-11-24T02:10:00.000Z');
"""


def test_a_store_of_the_version_before_keeps_every_row(app_store: Path) -> None:
    url = sqlite_url(app_store)
    migrations.upgrade(url, "0002")
    with closing(sqlite3.connect(app_store)) as connection:
        connection.executescript(OLD_ROWS)
    before = dump(app_store)
    with SqliteRepository.open(app_store) as repository:
        until = NOW + HOUR
        assert repository.cooldowns(NOW) == [Cooldown("bluesky", until, Reason.THROTTLED, "Later.")]
        assert repository.history("t1") == [changed("t1")]
        assert repository.holders(["c0ffee"]) == [Holder(repository.load("t1").candidates["instagram"])]
        assert repository.picture("c0ffee") == Picture("c0ffee", "feed", 640, 480, (), NOW)
        repository.spend("youtube", 1, NOW)
        repository.save_run(Run("r1", NOW, "night.example", 1))
    assert migrations.status(url).current == HEAD
    migrations.downgrade(url, "0002")
    assert dump(app_store) == before


# -- down -------------------------------------------------------------------


def test_names_that_an_app_on_postgres_uses_mean_nothing_to_a_file(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "roster.db")
    names = AppNames({"Talent": "people"}, {"userId": "user_id"})
    assert "people" not in migrations.upgrade_sql(url, "head", names)
    migrations.upgrade(url, "0007", names)
    migrations.upgrade(url, "head", names)
    assert migrations.status(url, names).pending == ()
    SqliteRepository.open(tmp_path / "roster.db").close()
    migrations.downgrade(url, "0001", names)
    migrations.downgrade(url, "base", names)
    assert migrations.status(url, names).current is None


def test_down_leaves_an_apps_database_as_it_was(app_store: Path) -> None:
    before = dump(app_store)
    url = sqlite_url(app_store)
    for _ in range(2):
        migrations.upgrade(url)
        assert dump(app_store) != before
        migrations.downgrade(url, "base")
        assert dump(app_store) == before


def test_down_takes_back_an_unused_store_whole(tmp_path: Path) -> None:
    path = tmp_path / "roster.db"
    for _ in range(2):
        migrations.upgrade(sqlite_url(path))
        migrations.downgrade(sqlite_url(path), "base")
        assert names(path) == set()


def test_down_keeps_the_roster_itself(tmp_path: Path) -> None:
    path = tmp_path / "roster.db"
    with SqliteRepository.open(path, create=True) as repository:
        repository.add([talent("ada", "bluesky")], NOW)
    migrations.downgrade(sqlite_url(path), "base")
    assert names(path) == {"User", "Talent", "SocialAccountConnection"}
    assert columns(path, "Talent") == ["id", "userId", "name", "displayName"]
    migrations.upgrade(sqlite_url(path))
    with SqliteRepository.open(path) as repository:
        assert repository.load("ada").talent.accounts[0].handle == "ada.on.bluesky"


def test_down_drops_the_tables_that_we_made_and_nobody_used(tmp_path: Path) -> None:
    path = tmp_path / "roster.db"
    with SqliteRepository.open(path, create=True) as repository:
        repository.add([talent("ada")], NOW)
    migrations.downgrade(sqlite_url(path), "base")
    assert names(path) == {"User", "Talent"}, "a talent refers to users"


def test_down_forgives_what_somebody_else_took_back_before(tmp_path: Path) -> None:
    path = tmp_path / "roster.db"
    migrations.upgrade(sqlite_url(path))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute('DROP INDEX "Talent_profileImageSource_idx"')
        connection.execute('ALTER TABLE "Talent" DROP COLUMN "profileImageSource"')
        connection.execute('DROP TABLE "SocialAccountConnection"')
    migrations.downgrade(sqlite_url(path), "base")
    assert names(path) == set()


def test_down_from_the_bottom_does_nothing(app_store: Path) -> None:
    before = app_store.read_bytes()
    migrations.downgrade(sqlite_url(app_store), "base")
    assert migrations.downgrade_sql(sqlite_url(app_store), "base") == ""
    assert app_store.read_bytes() == before


def test_a_step_that_fails_leaves_everything_as_it_was(app_store: Path) -> None:
    with closing(sqlite3.connect(app_store)) as connection:
        connection.execute("CREATE TABLE talentimg_platforms (theirs)")
    before = dump(app_store)
    with pytest.raises(Exception, match="already exists"):
        migrations.upgrade(sqlite_url(app_store))
    assert dump(app_store) == before


# -- printing ---------------------------------------------------------------


@pytest.mark.parametrize("store", ["empty", "app"])
def test_what_is_printed_is_what_would_run(store: str, app_store: Path, tmp_path: Path) -> None:
    real, played = tmp_path / "real.db", tmp_path / "played.db"
    for path in (real, played):
        if store == "app":
            shutil.copy(app_store, path)
        else:
            path.touch()
    url = sqlite_url(real)

    def play(script: str) -> None:
        with closing(sqlite3.connect(played)) as connection:
            connection.executescript(script)

    up = migrations.upgrade_sql(url)
    assert up.startswith("BEGIN IMMEDIATE;")
    assert up.endswith("COMMIT;\n")
    assert ('CREATE TABLE "Talent"' in up) == (store == "empty")
    play(up)
    migrations.upgrade(url)
    assert spaced(dump(played)) == spaced(dump(real))
    play(migrations.downgrade_sql(url, "base"))
    migrations.downgrade(url, "base")
    assert spaced(dump(played)) == spaced(dump(real))


def test_printing_does_nothing(app_store: Path) -> None:
    url = sqlite_url(app_store)
    folder = app_store.parent

    def state() -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}

    before = state()
    assert migrations.upgrade_sql(url, HEAD)
    assert state() == before
    migrations.upgrade(url)
    before = state()
    assert migrations.downgrade_sql(url, "base")
    assert state() == before
    none = sqlite_url(folder / "none" / "roster.db")
    assert migrations.upgrade_sql(none)
    assert not (folder / "none").exists()


# -- refusals ---------------------------------------------------------------


def test_a_version_that_does_not_exist_is_refused(new_store: Path) -> None:
    for ask in (migrations.upgrade, migrations.downgrade, migrations.upgrade_sql, migrations.downgrade_sql):
        with pytest.raises(UsageError, match="'nonsense'"):
            ask(sqlite_url(new_store), "nonsense")


@pytest.mark.parametrize(("kind", "named"), [("INTEGER", "integer"), ("BIGINT", "bigint"), ("", "none")])
def test_a_file_whose_ids_are_numbers_is_refused_before_anything_is_changed(
    tmp_path: Path, kind: str, named: str
) -> None:
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as app:
        app.execute(f'CREATE TABLE "Talent" ("id" {kind} PRIMARY KEY, "userId" TEXT, "name" TEXT)')
    before = path.read_bytes()
    told = f'The column "id" of the table "Talent" is of the type {named}, and has to be text'
    with pytest.raises(ConfigError, match=told):
        migrations.upgrade(sqlite_url(path))
    assert told in " ".join(migrations.status(sqlite_url(path)).problems)
    assert path.read_bytes() == before


def test_a_newer_store_is_refused(new_store: Path) -> None:
    with closing(sqlite3.connect(new_store)) as connection, connection:
        connection.execute("UPDATE talentimg_version SET version_num = '9999'")
    url = sqlite_url(new_store)
    assert migrations.status(url) == MigrationStatus("9999", HEAD, ())
    for ask in (migrations.upgrade, migrations.upgrade_sql):
        with pytest.raises(SchemaTooNew, match="9999"):
            ask(url)
    for back in (migrations.downgrade, migrations.downgrade_sql):
        with pytest.raises(SchemaTooNew, match="9999"):
            back(url, "base")


def test_there_is_no_way_down_from_nothing(tmp_path: Path) -> None:
    for back in (migrations.downgrade, migrations.downgrade_sql):
        with pytest.raises(StoreNotFound):
            back(sqlite_url(tmp_path / "roster.db"), "base")
    assert not (tmp_path / "roster.db").exists()


def test_up_to_the_bottom_makes_nothing(tmp_path: Path) -> None:
    migrations.upgrade(sqlite_url(tmp_path / "roster.db"), "base")
    assert migrations.upgrade_sql(sqlite_url(tmp_path / "roster.db"), "base") == ""
    assert not (tmp_path / "roster.db").exists()


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cookies.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE cookies (name)")
    for ask in (migrations.status, migrations.upgrade, migrations.upgrade_sql):
        with pytest.raises(StoreUnreadable):
            ask(sqlite_url(path))
    assert names(path) == {"cookies"}


def test_only_databases_have_a_schema() -> None:
    for ask in (migrations.status, migrations.upgrade, migrations.upgrade_sql):
        for url in ("memory:", "mysql://u:S3CRET@h/db"):
            with pytest.raises(ConfigError) as caught:
                ask(url)
            assert "S3CRET" not in str(caught.value)


def test_a_lock_that_is_held_too_long_is_told_in_a_sentence(new_store: Path) -> None:
    engine = sqlite_engine(new_store, lock_timeout=0.05)
    with closing(sqlite3.connect(new_store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked), translated(new_store), migrating(engine):
            pass


# -- processes --------------------------------------------------------------

UPGRADE = "import sys; from talentimg.repository import migrations; migrations.upgrade(sys.argv[1])"


@pytest.mark.parametrize("store", ["new", "app"])
def test_four_processes_may_upgrade_at_once(store: str, app_store: Path, tmp_path: Path) -> None:
    path = app_store if store == "app" else tmp_path / "roster.db"
    for process in [start(UPGRADE, sqlite_url(path)) for _ in range(4)]:
        finish(process)
    assert migrations.status(sqlite_url(path)).current == HEAD
    with SqliteRepository.open(path) as repository:
        assert repository.count() == (store == "app")


def test_alembic_is_loaded_only_when_a_store_is_behind(new_store: Path, tmp_path: Path) -> None:
    script = """
import sys
from talentimg.repository.registry import open_repository
open_repository("sqlite:///" + sys.argv[1], create=True).close()
print("alembic" in sys.modules, "sqlalchemy" in sys.modules)
"""
    assert run(script, new_store).split() == ["False", "False"]
    assert run(script, tmp_path / "other.db").split() == ["True", "True"]
