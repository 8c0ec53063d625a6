"""Reads and restores the rows of the roster on Postgres, and keeps what imports made of them.

The functions run in a transaction of the caller's.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from talentimg.repository.app_names import ACCOUNT, TALENT, USER
from talentimg.repository.interface import NewAccount
from talentimg.repository.interface.entries import Present, Written
from talentimg.repository.interface.keeping import MOST_IMPORTS
from talentimg.repository.leftovers import OF_A_TALENT
from talentimg.repository.postgres import policies, reads, results, roster
from talentimg.repository.postgres.tables import quoted
from talentimg.repository.stored import from_json, to_text
from talentimg.repository.stored_keeping import entries_from, import_from, import_row
from talentimg.repository.values import check_current, is_storable, normalise, nothing_to_undo

if TYPE_CHECKING:
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
    from talentimg.repository.postgres.database import Database

_PEOPLE: Final = f"""
SELECT t.id, {reads.NAME}, t.name AS plain_name, t."displayName" AS display_name, u.email, u."avatarUrl"
FROM @Talent AS t LEFT JOIN @User AS u ON u.id = t."userId"
WHERE t.id = ANY(%(ids)s)
"""  # noqa: S608  made of constants
_ACCOUNTS: Final = """
SELECT a."creatorId", a.platform::text AS platform, coalesce(a.handle, '') AS handle, a."profileUrl",
    a.connected IS TRUE AS connected
FROM @SocialAccountConnection AS a WHERE a."creatorId" = ANY(%(ids)s)
ORDER BY a."creatorId", lower(a.platform::text), a.connected IS TRUE, a."updatedAt", a.id
"""
_IMPORTS: Final = "SELECT * FROM talentimg.imports ORDER BY imported_at DESC, id DESC"
_FORGET_OLDER: Final = f"""
DELETE FROM talentimg.imports WHERE id NOT IN (
    SELECT id FROM talentimg.imports ORDER BY imported_at DESC, id DESC LIMIT {MOST_IMPORTS}
)
"""  # noqa: S608  a number of our own
_SPOKEN_OF: Final = """
SELECT DISTINCT talent_id FROM talentimg.audit WHERE action <> 'import' AND talent_id = ANY(%(ids)s)
"""
_LOCK_IMPORT: Final = "SELECT id FROM talentimg.imports WHERE id = %(id)s FOR UPDATE"
_SET_UNDONE: Final = "UPDATE talentimg.imports SET undone_at = %(now)s WHERE id = %(id)s"
_SET_PROFILE: Final = """
UPDATE @SocialAccountConnection SET "profileUrl" = %(profile_url)s
WHERE "creatorId" = %(id)s AND lower(platform::text) = %(platform)s AND connected
"""
_PUT_NAMES: Final = 'UPDATE @Talent SET name = %(name)s, "displayName" = %(display_name)s WHERE id = %(id)s'
_OF_THE_USER: Final = 'WHERE id = (SELECT "userId" FROM @Talent WHERE id = %(id)s)'
_PUT_EMAIL: Final = f"UPDATE @User SET email = %(email)s {_OF_THE_USER}"  # noqa: S608  a constant
_PUT_AVATAR: Final = f'UPDATE @User SET "avatarUrl" = %(avatar_url)s {_OF_THE_USER}'  # noqa: S608  a constant
_DELETE_ACCOUNT: Final = """
DELETE FROM @SocialAccountConnection WHERE "creatorId" = %(id)s AND lower(platform::text) = %(platform)s
"""
_OF_TALENTS: Final = (
    """DELETE FROM talentimg.accounts WHERE account_id IN
    (SELECT id FROM @SocialAccountConnection WHERE "creatorId" = ANY(%(ids)s))""",
    *(
        f"DELETE FROM talentimg.{table} WHERE talent_id = ANY(%(ids)s)"  # noqa: S608  names of our own
        for table in OF_A_TALENT
    ),
    'DELETE FROM @SocialAccountConnection WHERE "creatorId" = ANY(%(ids)s)',
    "DELETE FROM @Talent WHERE id = ANY(%(ids)s)",
)
"""In the order of what refers to what."""
_USERS_OF: Final = 'SELECT "userId" FROM @Talent WHERE id = ANY(%(ids)s)'
# For each user that goes, Postgres looks for a talent of theirs: without an index, through all of them.
_INDEX_USERS: Final = 'CREATE INDEX talentimg_users ON @Talent ("userId")'
MANY_USERS: Final = 100
"""From here on an index is made for it; whoever removes a few need not own the table."""
_DELETE_USERS: Final = """
DELETE FROM @User AS u
WHERE u.id = ANY(%(ids)s) AND NOT EXISTS (SELECT FROM @Talent AS t WHERE t."userId" = u.id)
"""


@contextmanager
def followed(db: Database, talent_ids: Sequence[str], now: datetime, follow: Follow | None) -> Iterator[None]:
    """What is written about these talents meanwhile, and then what follows from it."""
    if follow is None:
        yield
        return
    db.lock_talents([talent_id for talent_id in talent_ids if is_storable(talent_id)])
    before = entries(db, talent_ids)
    yield
    written = Written(before, entries(db, talent_ids), reads.records(db, talent_ids))
    following = normalise(follow(written))
    check_current(following.changes, results.save(db, following.changes, now))
    policies.save_audit(db, following.audit)
    if following.imported:
        _save(db, following.imported)
        db.execute(_FORGET_OLDER)


def entries(db: Database, talent_ids: Iterable[str]) -> dict[str, RosterEntry]:
    """What the rows of these talents say."""
    wanted = [talent_id for talent_id in dict.fromkeys(talent_ids) if is_storable(talent_id)]
    people, accounts = (db.execute(statement, ids=wanted) for statement in (_PEOPLE, _ACCOUNTS))
    return entries_from(people.fetchall(), accounts.fetchall())


def present(db: Database, talent_ids: Sequence[str], *, is_own: bool) -> Present:
    """How these talents stand now."""
    spoken_of = db.execute(_SPOKEN_OF, ids=list(talent_ids)).fetchall()
    return Present(entries(db, talent_ids), frozenset(row["talent_id"] for row in spoken_of), is_own)


def imports(db: Database) -> list[Import]:
    """The latest imports, newest first."""
    return [import_from(row) for row in db.execute(_IMPORTS).fetchall()]


def _save(db: Database, one: Import) -> None:
    row = import_row(one)
    db.upsert("imports", [row | {"before": from_json(row["before"])}], ("id",))


def take_back(
    db: Database, import_id: str, now: datetime, plan: Plan, follow: Follow, *, is_own: bool
) -> None:
    """Undo an import."""
    db.execute(_LOCK_IMPORT, id=import_id)
    found = next((i for i in imports(db) if i.id == import_id and i.undone_at is None), None)
    if found is None:
        raise nothing_to_undo()
    ids = [change.after.talent_id for change in found.changed]
    db.lock_talents(ids)
    restored = plan(present(db, ids, is_own=is_own))
    with followed(db, [r.talent_id for r in restored], now, follow):
        _remove(db, [one.talent_id for one in restored if one.remove])
        for one in restored:
            if not one.remove:
                _restore(db, one, now, is_own=is_own)
    db.execute(_SET_UNDONE, now=to_text(now), id=import_id)


def _restore(db: Database, one: Restored, now: datetime, *, is_own: bool) -> None:
    if one.columns is None:
        roster.set_details(db, one.talent_id, (one.name, one.email, one.avatar_url), now)
    else:
        _put_columns(db, one, one.columns)
    for platform in one.gone:
        roster.disconnect(db, one.talent_id, platform, now, by_person=False)
        if is_own:
            db.execute(_DELETE_ACCOUNT, id=one.talent_id, platform=platform)
    for account in one.accounts:
        _put(db, one.talent_id, account, now)


def _put_columns(db: Database, one: Restored, columns: Columns) -> None:
    talent_id = one.talent_id
    if one.name is not None:
        db.change(TALENT, _PUT_NAMES, id=talent_id, name=columns.name, display_name=columns.display_name)
    if one.email is not None:
        db.change(USER, _PUT_EMAIL, id=talent_id, email=columns.email)
    if one.avatar_url is not None:
        db.change(USER, _PUT_AVATAR, id=talent_id, avatar_url=columns.avatar_url)


def _put(db: Database, talent_id: str, account: EntryAccount, now: datetime) -> None:
    platform, profile_url = account.platform, account.profile_url
    roster.put(db, talent_id, NewAccount(platform, account.handle, profile_url), now)
    db.change(ACCOUNT, _SET_PROFILE, id=talent_id, platform=platform, profile_url=profile_url)
    if not account.connected:
        roster.disconnect(db, talent_id, platform, now, by_person=False)


def _remove(db: Database, talent_ids: Sequence[str]) -> None:
    ids = list(talent_ids)
    if ids:  # a role that may delete nothing needs no right to it where nothing is to be deleted
        users = [row["userId"] for row in db.execute(_USERS_OF, ids=ids).fetchall()]
        for statement in _OF_TALENTS:
            db.execute(statement, ids=ids)
        _remove_users(db, [user for user in users if user is not None])


def _remove_users(db: Database, user_ids: Sequence[str]) -> None:
    is_long = len(user_ids) > MANY_USERS
    if is_long:
        db.execute(_INDEX_USERS)
    db.execute(_DELETE_USERS, ids=list(user_ids))
    if is_long:
        db.execute(f"DROP INDEX {quoted(db.app.schema)}.talentimg_users")
