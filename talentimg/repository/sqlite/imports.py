"""Reads and restores the rows of the roster in a SQLite file, and keeps what imports made of them.

The functions run in a transaction of the caller's.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from talentimg.repository.interface import NewAccount
from talentimg.repository.interface.entries import Present, Written
from talentimg.repository.interface.keeping import MOST_IMPORTS
from talentimg.repository.leftovers import OF_A_TALENT
from talentimg.repository.sqlite import policies, reads, results, roster
from talentimg.repository.stored import to_text
from talentimg.repository.stored_keeping import entries_from, import_from, import_row
from talentimg.repository.values import check_current, is_storable, normalise, nothing_to_undo

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from talentimg.repository.interface.entries import (
        Columns,
        EntryAccount,
        Follow,
        Import,
        Plan,
        Restored,
        RosterEntry,
    )
    from talentimg.repository.sqlite.database import Database

_PEOPLE = f"""
SELECT t.id, {reads.NAME}, t.name AS plain_name, t."displayName" AS display_name, u.email, u."avatarUrl"
FROM json_each(?) AS wanted
JOIN "Talent" AS t ON t.id = wanted.value LEFT JOIN "User" AS u ON u.id = t."userId"
"""  # noqa: S608  made of constants
_ACCOUNTS = """
SELECT a."creatorId", a.platform, a.handle, a."profileUrl", a.connected FROM json_each(?) AS wanted
JOIN "SocialAccountConnection" AS a ON a."creatorId" = wanted.value
ORDER BY a."creatorId", lower(a.platform), a.connected, a."updatedAt", a.id
"""
_IMPORTS = "SELECT * FROM talentimg_imports ORDER BY imported_at DESC, id DESC"
_FORGET_OLDER = f"""
DELETE FROM talentimg_imports WHERE id NOT IN (
    SELECT id FROM talentimg_imports ORDER BY imported_at DESC, id DESC LIMIT {MOST_IMPORTS}
)
"""  # noqa: S608  a number of our own
_SPOKEN_OF = """
SELECT DISTINCT talent_id FROM talentimg_audit
WHERE action <> 'import' AND talent_id IN (SELECT value FROM json_each(?))
"""
_SET_UNDONE = "UPDATE talentimg_imports SET undone_at = ? WHERE id = ?"
_SET_PROFILE = """
UPDATE "SocialAccountConnection" SET "profileUrl" = ?
WHERE "creatorId" = ? AND lower(platform) = ? AND connected
"""
_PUT_NAMES = 'UPDATE "Talent" SET name = :name, "displayName" = :display_name WHERE id = :id'
_OF_THE_USER = 'WHERE id = (SELECT "userId" FROM "Talent" WHERE id = :id)'
_PUT_EMAIL = f'UPDATE "User" SET email = :email {_OF_THE_USER}'  # noqa: S608  a constant
_PUT_AVATAR = f'UPDATE "User" SET "avatarUrl" = :avatar_url {_OF_THE_USER}'  # noqa: S608  a constant
_DELETE_ACCOUNT = """DELETE FROM "SocialAccountConnection" WHERE "creatorId" = ? AND lower(platform) = ?"""
_GONE = "(SELECT value FROM json_each(?))"
_OF_TALENTS = (
    f"""DELETE FROM talentimg_accounts WHERE account_id IN
    (SELECT id FROM "SocialAccountConnection" WHERE "creatorId" IN {_GONE})""",  # noqa: S608  our own names
    *(
        f"DELETE FROM talentimg_{table} WHERE talent_id IN {_GONE}"  # noqa: S608  our own names
        for table in OF_A_TALENT
    ),
    f'DELETE FROM "SocialAccountConnection" WHERE "creatorId" IN {_GONE}',  # noqa: S608  our own names
    f'DELETE FROM "Talent" WHERE id IN {_GONE}',  # noqa: S608  our own names
)
"""In the order of what refers to what."""
_USERS_OF = f'SELECT "userId" FROM "Talent" WHERE id IN {_GONE}'  # noqa: S608  our own names
# For each user that goes, SQLite looks for a talent of theirs: without an index, through all of them.
_INDEX_USERS = 'CREATE INDEX talentimg_users ON "Talent" ("userId")'
_DROP_INDEX = "DROP INDEX talentimg_users"
_DELETE_USERS = f"""
DELETE FROM "User" WHERE id IN {_GONE}
    AND NOT EXISTS (SELECT 1 FROM "Talent" AS t WHERE t."userId" = "User".id)
"""  # noqa: S608  our own names


@contextmanager
def followed(db: Database, talent_ids: Sequence[str], now: datetime, follow: Follow | None) -> Iterator[None]:
    """What is written about these talents meanwhile, and then what follows from it."""
    before = entries(db.conn, talent_ids) if follow else {}
    yield
    if follow is None:
        return
    written = Written(before, entries(db.conn, talent_ids), reads.records(db.conn, talent_ids))
    following = normalise(follow(written))
    check_current(following.changes, results.save(db, following.changes, now))
    policies.save_audit(db, following.audit)
    if following.imported:
        db.table("talentimg_imports").upsert(import_row(following.imported), pk="id")
        db.execute(_FORGET_OLDER)


def entries(connection: sqlite3.Connection, talent_ids: Iterable[str]) -> dict[str, RosterEntry]:
    """What the rows of these talents say."""
    wanted = json.dumps([talent_id for talent_id in dict.fromkeys(talent_ids) if is_storable(talent_id)])
    people = connection.execute(_PEOPLE, [wanted]).fetchall()
    return entries_from(people, connection.execute(_ACCOUNTS, [wanted]))


def present(connection: sqlite3.Connection, talent_ids: Sequence[str], *, is_own: bool) -> Present:
    """How these talents stand now."""
    spoken_of = connection.execute(_SPOKEN_OF, [json.dumps(list(talent_ids))])
    return Present(entries(connection, talent_ids), frozenset(row["talent_id"] for row in spoken_of), is_own)


def imports(connection: sqlite3.Connection) -> list[Import]:
    """The latest imports, newest first."""
    return [import_from(row) for row in connection.execute(_IMPORTS)]


def take_back(
    db: Database, import_id: str, now: datetime, plan: Plan, follow: Follow, *, is_own: bool
) -> None:
    """Undo an import."""
    found = next((i for i in imports(db.conn) if i.id == import_id and i.undone_at is None), None)
    if found is None:
        raise nothing_to_undo()
    ids = [change.after.talent_id for change in found.changed]
    restored = plan(present(db.conn, ids, is_own=is_own))
    with followed(db, [r.talent_id for r in restored], now, follow):
        _remove(db, [one.talent_id for one in restored if one.remove])
        for one in restored:
            if not one.remove:
                _restore(db, one, now)
    db.execute(_SET_UNDONE, [to_text(now), import_id])


def _restore(db: Database, one: Restored, now: datetime) -> None:
    if one.columns is None:
        roster.set_details(db, one.talent_id, one.name, one.email, one.avatar_url)
    else:
        _put_columns(db, one, one.columns)
    for platform in one.gone:
        roster.disconnect(db, one.talent_id, platform, now, by_person=False)
        db.execute(_DELETE_ACCOUNT, [one.talent_id, platform])
    for account in one.accounts:
        _put(db, one.talent_id, account, now)


def _put_columns(db: Database, one: Restored, columns: Columns) -> None:
    values = {"id": one.talent_id, **asdict(columns)}
    put = ((one.name, _PUT_NAMES), (one.email, _PUT_EMAIL), (one.avatar_url, _PUT_AVATAR))
    for value, statement in put:
        if value is not None:
            db.execute(statement, values)


def _put(db: Database, talent_id: str, account: EntryAccount, now: datetime) -> None:
    new = NewAccount(account.platform, account.handle, account.profile_url)
    roster.put(db, talent_id, new, now)
    db.execute(_SET_PROFILE, [account.profile_url, talent_id, account.platform])
    if not account.connected:
        roster.disconnect(db, talent_id, account.platform, now, by_person=False)


def _remove(db: Database, talent_ids: Sequence[str]) -> None:
    wanted = [json.dumps(list(talent_ids))]
    users = [row["userId"] for row in db.execute(_USERS_OF, wanted) if row["userId"] is not None]
    for statement in _OF_TALENTS:
        db.execute(statement, wanted)
    if users:
        db.execute(_INDEX_USERS)
        db.execute(_DELETE_USERS, [json.dumps(users)])
        db.execute(_DROP_INDEX)
