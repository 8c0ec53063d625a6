"""Whoever is forgotten on the app's own database stays so, whatever the app does with its rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Action, AuditEntry, Lock, Policy
from talentimg.repository import migrations
from talentimg.repository.interface import Change, NewAccount
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.repository.urls import sqlite_url
from tests.postgres import connect
from tests.repository import app_schema
from tests.repository.builders import DAY, NOW, found, picture, shown
from tests.the_app import on_postgres, on_sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from talentimg.repository.interface import Repository
    from tests.postgres import Databases
    from tests.the_app import Tables

WHEN = "2026-11-20 10:00:00"


def _strict(ours: sqlite3.Connection) -> str:
    named = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'SocialAccountConnection'"
    ((sql,),) = ours.execute(named)
    column = '"syncStatus" TEXT'
    assert column in sql
    return str(sql).replace(column, f"{column} NOT NULL")


def _a_file(new_store: Path, path: Path) -> Path:
    with closing(sqlite3.connect(new_store)) as ours, closing(sqlite3.connect(path)) as theirs:
        for (sql,) in ours.execute("SELECT sql FROM sqlite_master WHERE tbl_name NOT LIKE 'talentimg%'"):
            if sql and "CREATE TABLE" in sql:
                theirs.execute(sql)
        # As strict as an app may be: a word is needed, and none is known.
        theirs.execute('DROP TABLE "SocialAccountConnection"')
        theirs.execute(_strict(ours))
        for table in ("User", "Talent"):
            theirs.execute(f'ALTER TABLE "{table}" ADD COLUMN "updatedAt" TEXT')
    migrations.upgrade(sqlite_url(path))
    return path


def _a_database(url: str) -> None:
    app_schema.make(url)
    with connect(url) as app:
        app.execute(b'ALTER TABLE "SocialAccountConnection" ALTER COLUMN "syncStatus" DROP DEFAULT')
    migrations.upgrade(url)


@pytest.fixture(params=["sqlite", "postgres"])
def apps(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Repository, Tables]]:
    """A repository on the app's own database, and the app."""
    if request.param == "sqlite":
        path = _a_file(request.getfixturevalue("new_store"), tmp_path / "app.db")
        with SqliteRepository.open(path) as opened, on_sqlite(str(path)) as app:
            yield opened, app
        return
    databases: Databases = request.getfixturevalue("databases")
    name = databases.create(template=databases.template("strict app", _a_database))
    with PostgresRepository.open(databases.url(name)) as repository, on_postgres(databases.url(name)) as app:
        yield repository, app
    databases.drop(name)


def comes(app: Tables, talent_id: str = "kay") -> None:
    """The app adds a talent with an account."""
    if not app.rows('SELECT 1 FROM "User" WHERE id = ?', talent_id):
        app.write("User", id=talent_id, email=f"{talent_id}@example.net", updatedAt=WHEN)
    app.write("Talent", id=talent_id, userId=talent_id, name=talent_id.title(), updatedAt=WHEN)
    app.write(
        "SocialAccountConnection",
        id=f"b-{talent_id}",
        creatorId=talent_id,
        platform="bluesky",
        handle=f"{talent_id}.example",
        connected=True,
        syncStatus="NEW",
        createdAt=WHEN,
        updatedAt=WHEN,
    )


def swept(repository: Repository) -> list[str]:
    """Sweep away whoever the app has removed."""
    later = NOW + 2 * DAY
    missing = list(repository.missing_talents(later, after=None, limit=100).unneeded)
    for talent_id in missing:
        repository.erase(talent_id, later)
    return missing


def test_whoever_comes_back_in_the_app_is_left_alone(apps: tuple[Repository, Tables]) -> None:
    repository, app = apps
    comes(app)
    change = Change("kay", shown(), candidates=(found("kay"),), picture=picture())
    repository.save([change], NOW)
    repository.erase("kay", NOW, platform="github", forgotten_by="eve")
    repository.erase("kay", NOW, forgotten_by="eve")
    app.remove("kay")
    swept(repository)  # where the database tells us of the app's changes, it has told of this one
    assert swept(repository) == []
    repository.save_audit([AuditEntry("kay", NOW, Action.SET, "eve")])
    assert swept(repository) == ["kay"]
    assert swept(repository) == []
    comes(app)
    assert repository.load("kay").policy.is_forgotten
    assert repository.traces("kay").keys() <= {"wishes"}  # of what the app has written just now
    everything = [("kay", None), ("kay", "github")]
    repository.remember(everything, NOW, AuditEntry("kay", NOW, Action.REMEMBER, "eve"))
    assert repository.load("kay").policy == Policy()


@pytest.mark.parametrize("platform", [None, "bluesky"])
def test_whoever_the_app_had_removed_before_is_left_alone(
    apps: tuple[Repository, Tables], platform: str | None
) -> None:
    repository, app = apps
    comes(app)
    repository.save_audit([AuditEntry("kay", NOW, Action.SET, "eve")])
    app.remove("kay")
    repository.erase("kay", NOW, platform=platform, forgotten_by="eve")
    swept(repository)
    comes(app)
    assert repository.load("kay").policy.refuses(platform)


def test_other_words_about_whoever_is_gone_are_swept_away(apps: tuple[Repository, Tables]) -> None:
    repository, app = apps
    for policy in (Policy(Lock("eve", NOW)), Policy()):
        comes(app)
        repository.save_policy("kay", policy)
        app.remove("kay")
        swept(repository)
        assert swept(repository) == []
        comes(app)
        assert repository.load("kay").policy == Policy()
        app.remove("kay")


def test_a_word_that_the_app_needs_stays_where_it_names_no_other(apps: tuple[Repository, Tables]) -> None:
    repository, app = apps
    for other in ("github", None):
        comes(app)
        change = Change("kay", shown(), candidates=(found("kay"),), account_errors=(("b-kay", "No."),))
        assert repository.save([change], NOW) == []
        if other:
            repository.connect("kay", NewAccount("bluesky", "other.example"), NOW)
        else:
            repository.erase("kay", NOW, forgotten_by="eve")
        query = 'SELECT "syncStatus", "syncError" FROM "SocialAccountConnection" WHERE id = ?'
        assert [tuple(row) for row in app.rows(query, "b-kay")] == [("ERROR", None)]
        app.remove("kay")
