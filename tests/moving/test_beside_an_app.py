"""A roster comes beside the talents of an app, of which nothing changes that is not ours."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import Contradicted
from talentimg.models import Lock, Policy, Token
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.migrations import upgrade
from talentimg.repository.registry import open_repository
from talentimg.service.moving.beside import Missing
from tests import postgres
from tests.conftest import NOW
from tests.moving.copying import copy
from tests.moving.filling import of
from tests.repository import app_schema
from tests.repository.builders import changed, found, picture, shown

if TYPE_CHECKING:
    from pathlib import Path

    from talentimg.repository.interface import Repository

ROWS = """
INSERT INTO "User" ("id", "email", "name", "updatedAt") VALUES
    ('u1', 'ada@app.example', 'Ada of the app', now()), ('u2', 'bob@app.example', 'Bob', now()),
    ('u3', 'staff@app.example', 'No talent', now());
INSERT INTO "Talent" ("id", "userId", "name", "categories", "updatedAt") VALUES
    ('ada', 'u1', 'Ada of the app', ARRAY['model'], '2026-01-01'),
    ('bob', 'u2', 'Bob of the app', NULL, '2026-01-01');
INSERT INTO "SocialAccountConnection"
    ("id", "creatorId", "platform", "handle", "connected", "accessToken", "updatedAt") VALUES
    ('app-1', 'ada', 'BLUESKY', 'ada.on.bluesky', true, NULL, '2026-01-01'),
    ('app-2', 'bob', 'bluesky', 'another', true, 'of the app', '2026-01-01');
"""
UNTOUCHED = (
    'SELECT id, email, name, role, "createdAt", "updatedAt" FROM "User" ORDER BY id',
    """SELECT id, "userId", name, categories, rates, status, "createdAt", "updatedAt"
        FROM "Talent" ORDER BY id""",
    """SELECT id, "creatorId", platform, handle, connected, "createdAt", "updatedAt", scopes
        FROM "SocialAccountConnection" ORDER BY id""",
)


@pytest.fixture
def app(empty_database: str) -> str:
    app_schema.make(empty_database, app_schema.SCHEMA + ROWS)
    upgrade(empty_database)
    return empty_database


@pytest.fixture
def roster(new_store: Path) -> str:
    """Ada and Bob as the app has them, and Eve, whom it has not; all of them looked at."""
    token = Token("ours", "refresh")
    with open_repository(of(new_store)) as repository:
        talents = [
            NewTalent(one, one.title(), email=f"{one}@x.example", accounts=_accounts(one, token))
            for one in ("ada", "bob", "eve")
        ]
        repository.add(talents, NOW)
        for one in ("ada", "bob", "eve"):
            change = Change(
                one,
                shown(),
                candidates=(found(one),),
                picture=picture(),
                history=changed(one),
                policy=Policy(lock=Lock("mia", NOW, "hers")),
                external_ids=((repository.load(one).talent.accounts[0].id, f"did:{one}"),),
            )
            assert not repository.save([change], NOW)
    return of(new_store)


def _accounts(talent: str, token: Token) -> tuple[NewAccount, ...]:
    return (NewAccount("bluesky", f"{talent}.on.bluesky", token=token),)


def rows(url: str, statement: str) -> list[Any]:
    with postgres.connect(url) as database:
        return database.execute(statement.encode()).fetchall()


def untouched(url: str) -> list[list[Any]]:
    return [rows(url, statement) for statement in UNTOUCHED]


def ids(repository: Repository) -> list[str]:
    return [row.talent_id for row in repository.roster(after=None, limit=9)]


def test_nobody_is_added_or_left_out_unasked(roster: str, app: str) -> None:
    before = postgres.dumped(app)
    with pytest.raises(Contradicted, match="it lacks eve") as refused:
        copy(roster, app)
    assert "--missing add" in (refused.value.hint or "")
    assert rows(app, "SELECT count(*) FROM talentimg.history") == [(0,)]
    assert len(postgres.dumped(app)) == len(before)


def test_whom_the_app_has_gets_what_is_ours_and_nothing_else_changes(roster: str, app: str) -> None:
    before = untouched(app)
    assert copy(roster, app, missing=Missing.SKIP).left_out == 1
    assert untouched(app) == before
    with open_repository(roster) as one, open_repository(app) as other:
        for talent in ("ada", "bob"):
            ours, its = one.load(talent), other.load(talent)
            assert (its.selection, its.policy, its.candidates) == (
                ours.selection,
                ours.policy,
                ours.candidates,
            )
            assert other.history(talent) == one.history(talent)
        (account,) = other.load("ada").talent.accounts
        assert (account.id, account.external_id) == ("app-1", "did:ada")
        assert account.token == Token("ours", "refresh")
        (account,) = other.load("bob").talent.accounts
        assert (account.handle, account.external_id) == ("another", None)
        assert account.token == Token("of the app")
        assert ids(other) == ["ada", "bob"]
    assert rows(app, "SELECT DISTINCT talent_id FROM talentimg.history ORDER BY 1") == [("ada",), ("bob",)]


@pytest.mark.parametrize("steps", [2, 20, 45, None])
def test_whom_the_app_lacks_is_added_when_somebody_says_so(steps: int | None, roster: str, app: str) -> None:
    """Also when the first call was killed."""
    copy(roster, app, missing=Missing.ADD, steps=steps)
    copy(roster, app, missing=Missing.ADD, replace=steps in {45, None})
    with open_repository(roster) as one, open_repository(app) as other:
        assert ids(other) == ["ada", "bob", "eve"]
        ours, its = one.load("eve"), other.load("eve")
        assert (its.selection, its.policy, its.talent.email) == (ours.selection, ours.policy, "eve@x.example")
        assert [a.external_id for a in its.talent.accounts] == ["did:eve"]
    assert len(rows(app, 'SELECT 1 FROM "User"')) == 4


def test_from_the_app_comes_the_roster_and_no_more(roster: str, app: str, tmp_path: Path) -> None:
    copy(roster, app, missing=Missing.ADD)
    with postgres.connect(app) as database:
        database.execute(b"""INSERT INTO "SocialAccountConnection"
            ("id", "creatorId", "platform", "handle", "connected", "updatedAt")
            VALUES ('twice', 'ada', 'Bluesky', 'old', false, '2020-01-01')""")
    back = of(tmp_path / "back.db")
    copy(app, back)
    with open_repository(app) as one, open_repository(back) as other:
        for talent in ("ada", "bob", "eve"):
            assert other.load(talent) == one.load(talent)
            assert other.history(talent) == one.history(talent)
    with closing(sqlite3.connect(tmp_path / "back.db")) as file:
        assert file.execute('SELECT count(*) FROM "User"').fetchone() == (3,)
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
