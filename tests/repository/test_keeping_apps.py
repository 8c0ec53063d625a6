"""The rows of another app: read like our own, changed no further than was said, and never deleted."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import RowRefused
from talentimg.repository import migrations
from talentimg.repository.app_names import AppNames
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.interface.entries import (
    EntryAccount,
    EntryChange,
    Following,
    Import,
    Restored,
    RosterEntry,
)
from talentimg.repository.leftovers import OF_A_TALENT
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.repository.urls import sqlite_url
from talentimg.service.people.undo import undo_of
from tests.postgres import connect
from tests.repository import app_schema
from tests.repository.builders import NOW, found, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from talentimg.repository.interface.entries import (
        Written,
    )
    from tests.postgres import Databases


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    def fill(url: str) -> None:
        app_schema.make(url)
        migrations.upgrade(url)

    name = databases.create(template=databases.template("migrated app", fill))
    yield databases.url(name)
    databases.drop(name)


def remembered(written: Written) -> Following:
    changed = (EntryChange(written.before.get(i), after) for i, after in written.after.items())
    return Following(imported=Import("i1", NOW, "eve", "a.csv", tuple(changed)))


def test_another_apps_rows_are_not_our_own(url: str) -> None:
    with PostgresRepository.open(url) as repository:
        assert not repository.is_own()


def test_tables_of_other_names_are_never_our_own(new_database: str) -> None:
    with PostgresRepository.open(new_database) as repository:
        assert repository.is_own()
    with connect(new_database) as connection:
        connection.execute(b'ALTER TABLE "Talent" RENAME TO talents')
    with PostgresRepository.open(new_database, names=AppNames(tables={"Talent": "talents"})) as repository:
        assert not repository.is_own()


def test_a_file_of_another_program_is_not_our_own(tmp_path: Path, new_store: Path) -> None:
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(new_store)) as ours, closing(sqlite3.connect(path)) as theirs:
        for (sql,) in ours.execute("SELECT sql FROM sqlite_master WHERE tbl_name NOT LIKE 'talentimg%'"):
            if sql and "CREATE TABLE" in sql:
                theirs.execute(sql)
    migrations.upgrade(sqlite_url(path))
    with SqliteRepository.open(path) as repository:
        assert not repository.is_own()


def test_taking_back_deletes_no_row_of_the_apps(url: str) -> None:
    ada = NewTalent("kay", "Ada", "kay@example.net", accounts=(NewAccount("bluesky", "ada.example"),))
    with PostgresRepository.open(url) as repository:
        repository.add([ada], NOW)
        before = repository.entries(["kay"])["kay"]
        new = NewTalent(
            "kay", "Eve", accounts=(NewAccount("github", "eve"), NewAccount("bluesky", "eve.example"))
        )
        repository.update([new, NewTalent("lee", "Bob", "lee@example.net")], NOW, follow=remembered)
        assert not repository.present(["kay"]).is_own
        back = Restored("kay", "Ada", accounts=before.accounts, gone=("github",))
        repository.take_back("i1", NOW, lambda _: [back], lambda _: Following())
        off = EntryAccount("github", "eve", connected=False)
        assert repository.entries(["kay"])["kay"] == RosterEntry(
            "kay", "Ada", "kay@example.net", None, (before.accounts[0], off)
        )
        assert repository.disconnected(["kay"]) == set(), "no person disconnected it"
        assert repository.entries(["lee"])["lee"].name == "Bob"


OTHERWISE: tuple[tuple[str, str | None, str | None], ...] = (
    ("Zed", "Zeddy", None),
    ("Zed", None, ""),
    ("Zed", "", "https://a.example/z.png"),
)
"""Name, shown name and avatar as an app may have them."""


@pytest.mark.parametrize("imported", ["Eve", "Zeddy"])
@pytest.mark.parametrize("values", OTHERWISE)
def test_taking_back_leaves_in_the_columns_of_the_app_what_was_there(
    values: tuple[str, str | None, str | None], imported: str, url: str
) -> None:
    name, display_name, avatar = values

    def columns() -> list[object]:
        statement = b"""SELECT t.name, t."displayName", u.email, u."avatarUrl"
            FROM "Talent" AS t JOIN "User" AS u ON u.id = t."userId" WHERE t.id = 'bob'"""
        with connect(url) as connection:
            return list(connection.execute(statement).fetchall())

    with connect(url) as connection:
        set_names = b'UPDATE "Talent" SET name = %s, "displayName" = %s WHERE id = %s RETURNING "userId"'
        (user,) = connection.execute(set_names, [name, display_name, "bob"]).fetchall()
        connection.execute(b'UPDATE "User" SET "avatarUrl" = %s WHERE id = %s', [avatar, *user])
    before = columns()
    with PostgresRepository.open(url) as repository:
        new = NewTalent("bob", imported, "eve@example.net", "https://e.example/e.png")
        repository.update([new], NOW, follow=remembered)
        assert columns() != before
        (one,) = repository.imports()
        repository.take_back(one.id, NOW, lambda p: undo_of(one, p).steps, lambda _: Following())
    assert columns() == before


def test_an_import_that_the_app_refuses_in_its_last_part_has_changed_nothing(url: str) -> None:
    ada = NewTalent("kay", "Ada", "kay@example.net", accounts=(NewAccount("bluesky", "ada.example"),))
    with PostgresRepository.open(url) as repository:
        repository.add([ada], NOW)
        repository.save([Change("kay", shown(), (found("kay"),), read=repository.load("kay"))], NOW)
        with connect(url) as connection:
            connection.execute(
                b"""CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                CREATE TRIGGER no BEFORE UPDATE OF "profileImageUrl" ON "Talent"
                FOR EACH ROW EXECUTE FUNCTION no()
                """
            )
        before = repository.load("kay")

        def follow(written: Written) -> Following:
            return Following((Change("kay", shown("github"), read=written.records["kay"]),))

        new = NewTalent("kay", "Ada", accounts=(NewAccount("bluesky", "eve.example"),))
        with pytest.raises(RowRefused):
            repository.update([new], NOW, follow=follow)
        assert repository.load("kay") == before


def test_every_table_with_rows_of_a_talent_goes_with_them(new_store: Path, new_database: str) -> None:
    with closing(sqlite3.connect(new_store)) as file:
        tables = file.execute(
            "SELECT m.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c "
            "WHERE m.type = 'table' AND c.name = 'talent_id'"
        ).fetchall()
    assert {name.removeprefix("talentimg_") for (name,) in tables} == set(OF_A_TALENT)
    with connect(new_database) as connection:
        columns = connection.execute(
            b"""SELECT table_name FROM information_schema.columns
            WHERE table_schema = 'talentimg' AND column_name = 'talent_id'"""
        ).fetchall()
    assert {name for (name,) in columns} == set(OF_A_TALENT)
