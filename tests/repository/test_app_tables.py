"""What the app finds in its own tables after we wrote there, on both kinds of database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from talentimg.models import Token
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.repository.stored import from_text
from tests.repository.builders import DAY, HOUR, NOW, found, shown, talent
from tests.the_app import on_postgres, on_sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.models import Account
    from talentimg.repository.interface import Repository
    from tests.the_app import Tables

ACCOUNTS = "SocialAccountConnection"
BEFORE = "2026-01-01 10:00:00"
LATER = NOW + HOUR


@pytest.fixture(params=["sqlite", "postgres"])
def tables(request: pytest.FixtureRequest) -> Iterator[tuple[Repository, Tables]]:
    """A repository with ada on it, who has nothing yet, and the app at work on its own tables."""
    if request.param == "sqlite":
        path = request.getfixturevalue("new_store")
        with SqliteRepository.open(path) as repository, on_sqlite(path) as app:
            yield repository, app
    else:
        url = request.getfixturevalue("new_database")
        with PostgresRepository.open(url) as repository, on_postgres(url) as app:
            yield repository, app


@pytest.fixture
def repository(tables: tuple[Repository, Tables]) -> Repository:
    repository, _ = tables
    repository.add([NewTalent("ada", "Ada", "ada@example.org")], NOW)
    return repository


@pytest.fixture
def app(tables: tuple[Repository, Tables]) -> Tables:
    return tables[1]


def write_account(app: Tables, account_id: str, platform: str = "bluesky", **more: object) -> None:
    """An account of ada's, as the app keeps one that it has used for a while."""
    values = {
        "creatorId": "ada",
        "handle": f"{account_id}.example",
        "profileUrl": f"https://{account_id}.example",
        "connected": True,
        "accessToken": "access",
        "refreshToken": "refresh",
        "expiresAt": BEFORE,
        "lastSyncedAt": BEFORE,
        "syncStatus": "ERROR",
        "syncError": "It went wrong.",
        "createdAt": BEFORE,
        "updatedAt": BEFORE,
    }
    app.write(ACCOUNTS, id=account_id, platform=platform, **(values | more))


def account(app: Tables, account_id: str) -> dict[str, Any]:
    """What the app has of an account, with times as times."""
    times = ("expiresAt", "lastSyncedAt", "updatedAt")
    names = ("handle", "profileUrl", "connected", "accessToken", "refreshToken", "syncStatus", "syncError")
    columns = ", ".join(f'"{name}"' for name in (*names, *times))
    ((row),) = app.rows(f'SELECT {columns} FROM "{ACCOUNTS}" WHERE id = ?', account_id)
    values = dict(zip((*names, *times), row, strict=True))
    return (
        values | {name: from_text(values[name]) for name in times} | {"connected": bool(values["connected"])}
    )


def bluesky(repository: Repository) -> Account:
    found = repository.load("ada").talent.account("bluesky")
    assert found is not None
    return found


# -- accounts ---------------------------------------------------------------------------


def test_with_another_handle_a_row_keeps_nothing_of_the_old_one(repository: Repository, app: Tables) -> None:
    write_account(app, "a1")
    repository.connect("ada", NewAccount("bluesky", "new.example"), NOW)
    assert account(app, "a1") == {
        "handle": "new.example",
        "profileUrl": None,
        "connected": True,
        "accessToken": None,
        "refreshToken": None,
        "expiresAt": None,
        "lastSyncedAt": None,
        "syncStatus": None,
        "syncError": None,
        "updatedAt": NOW,
    }


def test_with_the_same_handle_the_row_keeps_all_but_the_time_of_the_change(
    repository: Repository, app: Tables
) -> None:
    write_account(app, "a1")
    before = account(app, "a1")
    repository.connect("ada", NewAccount("bluesky", "@A1.Example"), NOW)
    assert account(app, "a1") == before | {"handle": "@A1.Example", "updatedAt": NOW}


def test_a_row_that_is_disconnected_keeps_all_but_its_tokens_and_is_left_alone_then(
    repository: Repository, app: Tables
) -> None:
    write_account(app, "a1")
    gone = {"accessToken": None, "refreshToken": None, "expiresAt": None}
    after = account(app, "a1") | gone | {"connected": False, "updatedAt": NOW}
    assert repository.disconnect("ada", "bluesky", NOW)
    assert account(app, "a1") == after
    assert not repository.disconnect("ada", "bluesky", LATER)
    assert account(app, "a1") == after


def test_a_refreshed_token_is_no_change_of_the_account(repository: Repository, app: Tables) -> None:
    write_account(app, "a1")
    before = account(app, "a1")
    assert repository.save_token(bluesky(repository), Token("new", "newer", NOW + DAY))
    tokens = {"accessToken": "new", "refreshToken": "newer", "expiresAt": NOW + DAY}
    assert account(app, "a1") == before | tokens


def test_a_token_does_not_get_into_a_row_that_the_app_has_disconnected(
    repository: Repository, app: Tables
) -> None:
    write_account(app, "a1")
    read = bluesky(repository)
    app.change(ACCOUNTS, "a1", connected=False)
    before = account(app, "a1")
    assert repository.save_token(read, Token("late")) is None
    assert account(app, "a1") == before


@pytest.mark.parametrize(
    ("more", "kept"),
    [
        ({"connected": False, "updatedAt": "2026-03-01 10:00:00"}, "a1"),
        ({"updatedAt": "2026-03-01 10:00:00"}, "a2"),
        ({"updatedAt": "2025-03-01 10:00:00"}, "a1"),
        ({}, "a2"),
    ],
    ids=["connected", "newer", "older", "id"],
)
def test_of_several_rows_of_a_platform_it_is_the_one_that_is_read_that_is_connected(
    repository: Repository, app: Tables, more: dict[str, object], kept: str
) -> None:
    write_account(app, "a1", "BlueSky")
    write_account(app, "a2", "bluesky", **more)
    assert bluesky(repository).id == kept
    (other,) = {"a1", "a2"} - {kept}
    before = account(app, other)
    connected = repository.connect("ada", NewAccount("bluesky", "new.example"), NOW)
    assert (connected.id, connected.handle) == (kept, "new.example")
    assert (account(app, kept)["handle"], account(app, kept)["connected"]) == ("new.example", True)
    after = account(app, other)
    assert (after["handle"], after["connected"]) == (before["handle"], False)
    assert after["accessToken"] is None or not before["connected"]
    assert after["updatedAt"] == (NOW if before["connected"] else before["updatedAt"])


def test_every_row_of_a_platform_is_disconnected_and_remembered(repository: Repository, app: Tables) -> None:
    write_account(app, "a1", "BlueSky")
    write_account(app, "a2", "bluesky")
    write_account(app, "a3", "BLUESKY", connected=False)
    write_account(app, "g1", "github")
    before = account(app, "a3"), account(app, "g1")
    assert repository.disconnect("ada", "bluesky", NOW)
    assert [account(app, one)["connected"] for one in ("a1", "a2")] == [False, False]
    assert {one.handle for one in repository.disconnected(["ada"])} == {"a1.example", "a2.example"}
    assert (account(app, "a3"), account(app, "g1")) == before


# -- what a look found ------------------------------------------------------------------


def test_a_look_tells_the_account_and_no_more(repository: Repository, app: Tables) -> None:
    write_account(app, "a1")
    write_account(app, "g1", "github")
    before = account(app, "a1"), account(app, "g1")
    errors = (("a1", None), ("g1", "The token was refused."))
    repository.save([Change("ada", shown(), (found("ada"),), account_errors=errors)], LATER)
    well = {"lastSyncedAt": LATER, "syncStatus": "READY", "syncError": None}
    ill = {"lastSyncedAt": LATER, "syncStatus": "ERROR", "syncError": "The token was refused."}
    assert (account(app, "a1"), account(app, "g1")) == (before[0] | well, before[1] | ill)


@pytest.mark.parametrize("more", [{"connected": False}, {"creatorId": "bob"}], ids=["disconnected", "others"])
def test_a_look_tells_nothing_to_an_account_that_is_not_the_talents_any_more(
    repository: Repository, app: Tables, more: dict[str, object]
) -> None:
    repository.add([talent("bob")], NOW)
    write_account(app, "a1")
    app.change(ACCOUNTS, "a1", **more)
    before = account(app, "a1")
    late = Change("ada", shown("manual"), external_ids=(("a1", "late"),), account_errors=(("a1", None),))
    repository.save([late], LATER)
    assert account(app, "a1") == before
    app.change(ACCOUNTS, "a1", connected=True, creatorId="ada")
    assert bluesky(repository).external_id is None


def test_a_stable_id_is_renewed_with_the_handle_that_it_is_learnt_for(
    repository: Repository, app: Tables
) -> None:
    write_account(app, "a1")
    repository.save([Change("ada", shown(), external_ids=(("a1", "first"),))], NOW)
    app.change(ACCOUNTS, "a1", handle="new.example")
    assert bluesky(repository).external_id is None
    repository.save([Change("ada", shown(), external_ids=(("a1", "second"),))], NOW)
    assert bluesky(repository).external_id == "second"
    repository.save([Change("ada", shown(), external_ids=(("a1", "third"),))], NOW)
    assert bluesky(repository).external_id == "third"


# -- talents ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "after"), [(None, None), ("", ""), ("Ada Lovelace", "New")], ids=["none", "empty", "another"]
)
def test_a_name_that_the_app_does_not_show_is_not_made_up(
    repository: Repository, app: Tables, shown: str | None, after: str | None
) -> None:
    app.change("Talent", "ada", displayName=shown)
    repository.update([NewTalent("ada", "New")], NOW)
    assert app.rows("""SELECT name, "displayName" FROM "Talent" """) == [("New", after)]


def test_a_user_is_made_once_and_keeps_what_an_update_does_not_tell(
    repository: Repository, app: Tables
) -> None:
    query = """SELECT t.id, u.name, u.email, u."avatarUrl" FROM "User" AS u
        JOIN "Talent" AS t ON t."userId" = u.id ORDER BY t.id"""
    repository.add([talent("bob"), talent("cid")], NOW)
    assert [row[0] for row in app.rows(query)] == ["ada"], "who has neither needs none"
    repository.update([NewTalent("bob", "Bob", avatar_url="https://b.example")], NOW)
    repository.update([NewTalent("bob", "Bob", email="bob@example.org")], NOW)
    assert app.rows(query) == [
        ("ada", "Ada", "ada@example.org", None),
        ("bob", "Bob", "bob@example.org", "https://b.example"),
    ]
    assert app.rows('SELECT count(*) FROM "User"') == [(2,)]
