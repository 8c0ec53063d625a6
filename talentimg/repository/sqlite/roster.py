"""Writes the roster in a SQLite file: talents, their accounts and tokens, what people decided about them.

The functions run in a transaction of the caller's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talentimg.models.question import account_question
from talentimg.repository import renewals, stored, tombstones
from talentimg.repository.sqlite import disconnects, reads
from talentimg.repository.sqlite.statements import SqliteSql
from talentimg.repository.stored import to_text, token_from, token_values
from talentimg.repository.values import check_new, grant_of, is_storable, new_id, not_found, same_handle

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from talentimg.errors import TalentNotFound
    from talentimg.models import Account, Token
    from talentimg.repository.interface import Disconnected, Forgotten, NewAccount, NewTalent
    from talentimg.repository.sqlite.database import Database

_EXISTING = 'SELECT id FROM "Talent" WHERE id IN (SELECT value FROM json_each(?))'
_RENAME = """
UPDATE "Talent" SET name = :name,
    "displayName" = CASE WHEN "displayName" <> '' THEN :name ELSE "displayName" END
WHERE id = :id
"""
_USER = 'SELECT "userId" FROM "Talent" WHERE id = ?'
_SET_USER = 'UPDATE "Talent" SET "userId" = ? WHERE id = ?'
_UPDATE_USER = """
UPDATE "User" SET email = coalesce(:email, email), "avatarUrl" = coalesce(:avatar_url, "avatarUrl")
WHERE id = :id
"""
_ACCOUNTS = """
SELECT id, handle, "profileUrl", connected FROM "SocialAccountConnection"
WHERE "creatorId" = ? AND lower(platform) = ?
ORDER BY connected DESC, "updatedAt" DESC, id DESC
"""
_FORGET_ACCOUNT = """
UPDATE "SocialAccountConnection" SET "profileUrl" = NULL, "accessToken" = NULL, "refreshToken" = NULL,
    "expiresAt" = NULL, "lastSyncedAt" = NULL, "syncStatus" = {unset}, "syncError" = NULL
WHERE id = ?
"""
_CONNECT_ACCOUNT = """
UPDATE "SocialAccountConnection" SET connected = 1, handle = :handle,
    "profileUrl" = coalesce(:profile_url, "profileUrl"), "updatedAt" = :now
WHERE id = :id
"""
_SET_ACCESS = """
UPDATE "SocialAccountConnection" SET "accessToken" = ?, "refreshToken" = ?, "expiresAt" = ?
WHERE id = ? AND connected
"""
_RENEW_ACCESS = f"""{_SET_ACCESS} AND coalesce("accessToken", '') = ?
AND coalesce("refreshToken", '') = ?"""
_OWN_ACCESS = """
SELECT "accessToken", "refreshToken", "expiresAt" FROM "SocialAccountConnection" WHERE id = ? AND connected
"""
_DISCONNECT = """
UPDATE "SocialAccountConnection" SET connected = 0, "accessToken" = NULL, "refreshToken" = NULL,
    "expiresAt" = NULL, "updatedAt" = ?
WHERE id = ?
"""
_FORGET_CANDIDATE = "DELETE FROM talentimg_candidates WHERE talent_id = ? AND source = ?"
# What is shown outlives the candidate: its question tells that it is that of the old account.
_MARK_SHOWN = """
UPDATE talentimg_selections SET question = ? WHERE talent_id = ? AND source = ? AND question IS NULL
"""
_FORGET_EXTERNAL_ID = "DELETE FROM talentimg_accounts WHERE account_id = ?"


def add(db: Database, talents: Sequence[NewTalent], now: datetime) -> None:
    """Add talents."""
    check_new(talents, _existing(db, (talent.id for talent in talents)))
    tombstones.refuse(_forgotten(db, talents))
    disconnects.forget_talents(db, (talent.id for talent in talents))
    users = {talent.id: new_id() for talent in talents if talent.email or talent.avatar_url}
    people = (t for t in talents if t.id in users)
    db.table("User").insert_all(stored.user_row(users[t.id], t.name, t.email, t.avatar_url) for t in people)
    db.table("Talent").insert_all({"id": t.id, "userId": users.get(t.id), "name": t.name} for t in talents)
    db.table("SocialAccountConnection").insert_all(
        stored.account_row(talent.id, account, now)
        for talent in talents
        for account in {a.platform.lower(): a for a in talent.accounts}.values()
    )
    for one in (one for talent in talents for one in talent.disconnected):
        disconnects.remember(db, one.talent_id, one.platform, one.handle, now)


def update(db: Database, talents: Sequence[NewTalent], now: datetime) -> None:
    """Add talents, or update those whose ids exist; what is forgotten is passed over."""
    talents = tombstones.without(talents, _forgotten(db, talents))
    known = _existing(db, (talent.id for talent in talents))
    new: dict[str, NewTalent] = {}
    rest: list[NewTalent] = []
    for talent in talents:
        if talent.id in known or talent.id in new:
            rest.append(talent)
        else:
            new[talent.id] = talent
    add(db, list(new.values()), now)
    alone = disconnects.disconnected(db, {talent.id for talent in rest})
    for talent in rest:
        _update(db, talent, alone, now)


def _update(db: Database, talent: NewTalent, alone: set[Disconnected], now: datetime) -> None:
    from talentimg.repository.interface import Disconnected  # noqa: PLC0415  start-up time

    set_details(db, talent.id, talent.name, talent.email, talent.avatar_url)
    for account in talent.accounts:
        one = Disconnected.of(talent.id, account.platform, account.handle)
        if account.connected and (one not in alone or _is_connected(db, one)):
            put(db, talent.id, account, now)
    for one in talent.disconnected:
        if not _is_connected(db, one):
            disconnects.remember(db, one.talent_id, one.platform, one.handle, now)


def set_details(
    db: Database, talent_id: str, name: str | None, email: str | None, avatar_url: str | None
) -> None:
    """Write what is known of a talent beside the accounts. None stays as it is, an empty text erases."""
    if name is not None:  # whichever of its two names the agency's app shows, it is now this one
        db.execute(_RENAME, {"name": name, "id": talent_id})
    if email is not None or avatar_url is not None:
        _update_user(db, talent_id, name, email, avatar_url)


def _is_connected(db: Database, one: Disconnected) -> bool:
    rows = _accounts(db, one.talent_id, one.platform)
    return any(row["connected"] and same_handle(row["handle"], one.handle) for row in rows)


def _update_user(
    db: Database, talent_id: str, name: str | None, email: str | None, avatar_url: str | None
) -> None:
    ((user_id,),) = db.execute(_USER, [talent_id])
    if user_id is None:
        user_id = new_id()
        db.table("User").insert(stored.user_row(user_id, name, email, avatar_url))
        db.execute(_SET_USER, [user_id, talent_id])
    db.execute(_UPDATE_USER, {"email": email, "avatar_url": avatar_url, "id": user_id})


def connect(db: Database, talent_id: str, account: NewAccount, now: datetime) -> Account:
    """Connect an account, replacing the talent's account on the same platform if there is one."""
    check_exists(db, talent_id)
    tombstones.refuse(forgotten(db, [(talent_id, None), (talent_id, account.platform)]))
    put(db, talent_id, account, now)
    disconnects.forget(db, talent_id, account.platform, account.handle)
    connected = reads.accounts(db.conn, [talent_id])[talent_id]
    return next(a for a in connected if a.platform == account.platform.lower())


def put(db: Database, talent_id: str, account: NewAccount, now: datetime) -> None:
    """Connect an account, whether or not a person had disconnected it."""
    platform = account.platform.lower()
    rows = _accounts(db, talent_id, platform)
    if not rows:
        db.table("SocialAccountConnection").insert(stored.account_row(talent_id, account, now))
        return
    row, *others = rows
    if not same_handle(row["handle"], account.handle):
        asked = account_question(platform, row["handle"], row["profileUrl"])
        db.execute(_MARK_SHOWN, [asked, talent_id, platform])
        unset = SqliteSql(db).unset("SocialAccountConnection", "syncStatus")
        db.execute(_FORGET_ACCOUNT.format(unset=unset), [row["id"]])
        _forget_learnt(db, talent_id, platform, row["id"])
    values = {"handle": account.handle, "profile_url": account.profile_url, "now": to_text(now)}
    db.execute(_CONNECT_ACCOUNT, {"id": row["id"], **values})
    if account.token:
        db.execute(_SET_ACCESS, [*token_values(account.token), row["id"]])
        renewals.reconnected(SqliteSql(db), [talent_id], platform, now)
    for other in others:
        if other["connected"]:
            db.execute(_DISCONNECT, [to_text(now), other["id"]])


def disconnect(db: Database, talent_id: str, platform: str, now: datetime, *, by_person: bool = True) -> bool:
    """Disconnect a talent's accounts on a platform; False if none was connected."""
    check_exists(db, talent_id)
    connected = [row for row in _accounts(db, talent_id, platform) if row["connected"]]
    for row in connected:
        db.execute(_DISCONNECT, [to_text(now), row["id"]])
        _forget_learnt(db, talent_id, platform, row["id"])
        if by_person:
            disconnects.remember(db, talent_id, platform, row["handle"], now)
    if connected:
        renewals.reconnected(SqliteSql(db), [talent_id], platform, now)
    return bool(connected)


def keep_disconnected(db: Database, one: Disconnected, at: datetime) -> bool:
    """Keep that a person has disconnected it, unless it is connected, or to be forgotten."""
    asked = [(one.talent_id, None), (one.talent_id, one.platform)]
    if one.talent_id not in _existing(db, [one.talent_id]) or forgotten(db, asked) or _is_connected(db, one):
        return False
    disconnects.remember(db, one.talent_id, one.platform, one.handle, at)
    return True


def _forget_learnt(db: Database, talent_id: str, platform: str, account_id: str) -> None:
    db.execute(_FORGET_CANDIDATE, [talent_id, platform])
    db.execute(_FORGET_EXTERNAL_ID, [account_id])


def save_token(db: Database, account: Account, token: Token) -> Token | None:
    """Keep a refreshed token, unless another one is there by now; returns the one that is there."""
    rows = _accounts(db, account.talent_id, account.platform.lower())
    if not any(row["id"] == account.id and same_handle(row["handle"], account.handle) for row in rows):
        return None
    db.execute(_RENEW_ACCESS, [*token_values(token), account.id, *grant_of(account.token)])
    return next((token_from(row) for row in db.execute(_OWN_ACCESS, [account.id])), None)


def _accounts(db: Database, talent_id: str, platform: str) -> list[sqlite3.Row]:
    """The rows of a talent's accounts on a platform; `reads` takes the first."""
    return list(db.execute(_ACCOUNTS, [talent_id, platform]))


def check_exists(db: Database, talent_id: str) -> None:
    """Raises `TalentNotFound` if nobody has this id."""
    if talent_id not in _existing(db, [talent_id]):
        raise absent(db, talent_id)


def absent(connection: sqlite3.Connection | Database, talent_id: str) -> TalentNotFound:
    """The error for an id that is not on the roster: whether somebody said that it is to stay so."""
    return tombstones.no_longer(forgotten(connection, [(talent_id, None)])) or not_found(talent_id)


def forgotten(
    connection: sqlite3.Connection | Database, what: Iterable[tuple[str, str | None]]
) -> list[Forgotten]:
    """Which of these are forgotten."""
    return tombstones.forgotten(SqliteSql(connection), what)


def _forgotten(db: Database, talents: Sequence[NewTalent]) -> list[Forgotten]:
    return forgotten(db, tombstones.asked_of(talents))


def _existing(db: Database, talent_ids: Iterable[str]) -> set[str]:
    """Which of these talents exist."""
    ids = [talent_id for talent_id in talent_ids if is_storable(talent_id)]
    return {row["id"] for row in db.execute(_EXISTING, [json.dumps(ids)])}
