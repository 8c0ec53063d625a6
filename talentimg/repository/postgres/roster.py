"""Writes the roster on Postgres: talents, their accounts and tokens, and what people decided about them.

The functions run in a transaction of the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.models.question import account_question
from talentimg.repository import renewals, stored, tombstones
from talentimg.repository.app_names import ACCOUNT, TALENT, USER
from talentimg.repository.interface import Disconnected
from talentimg.repository.postgres import disconnects, reads
from talentimg.repository.postgres.app_tables import check_stored
from talentimg.repository.postgres.statements import PostgresSql
from talentimg.repository.stored import to_text, token_from, token_values
from talentimg.repository.values import check_new, grant_of, is_storable, new_id, not_found, same_handle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from talentimg.errors import TalentNotFound
    from talentimg.models import Account, Token
    from talentimg.repository.interface import Forgotten, NewAccount, NewTalent
    from talentimg.repository.postgres.connection import Row
    from talentimg.repository.postgres.database import Database

_RENAME: Final = """
UPDATE @Talent SET name = %(name)s,
    "displayName" = CASE WHEN "displayName" <> '' THEN %(name)s ELSE "displayName" END
WHERE id = %(id)s
"""
_USER: Final = 'SELECT "userId" FROM @Talent WHERE id = %(id)s'
_SET_USER: Final = 'UPDATE @Talent SET "userId" = %(user_id)s WHERE id = %(id)s'
_UPDATE_USER: Final = """
UPDATE @User SET email = coalesce(%(email)s, email), "avatarUrl" = coalesce(%(avatar_url)s, "avatarUrl")
WHERE id = %(id)s
"""
_ACCOUNTS: Final = """
SELECT id, coalesce(handle, '') AS handle, "profileUrl", connected FROM @SocialAccountConnection
WHERE "creatorId" = %(talent_id)s AND lower(platform::text) = %(platform)s
ORDER BY connected DESC, "updatedAt" DESC, id DESC
"""
_FORGET_ACCOUNT: Final = """
UPDATE @SocialAccountConnection SET "profileUrl" = NULL, "accessToken" = NULL, "refreshToken" = NULL,
    "expiresAt" = NULL, "lastSyncedAt" = NULL, "syncStatus" = {unset}, "syncError" = NULL
WHERE id = %(id)s
"""
_CONNECT_ACCOUNT: Final = """
UPDATE @SocialAccountConnection SET connected = true, handle = %(handle)s,
    "profileUrl" = coalesce(%(profile_url)s, "profileUrl"), "updatedAt" = %(now)s
WHERE id = %(id)s
"""
# `updatedAt` stays: for the app it tells when somebody changed the account, and a refreshed token is not such
# a change.
_SET_ACCESS: Final = """
UPDATE @SocialAccountConnection SET "accessToken" = %(access)s, "refreshToken" = %(refresh)s,
    "expiresAt" = %(ends)s
WHERE id = %(id)s AND connected
"""
_RENEW_ACCESS: Final = f"""{_SET_ACCESS} AND coalesce("accessToken", '') = %(before)s
AND coalesce("refreshToken", '') = %(refresh_before)s"""
_OWN_ACCESS: Final = """
SELECT "accessToken", "refreshToken", "expiresAt" FROM @SocialAccountConnection
WHERE id = %(id)s AND connected
"""
# With synchronous_commit off, a crash could lose a commit. Results can be fetched again, but the platform may
# already have revoked the old token.
_THROUGH_A_CRASH: Final = """
SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'
"""
_DISCONNECT: Final = """
UPDATE @SocialAccountConnection SET connected = false, "accessToken" = NULL, "refreshToken" = NULL,
    "expiresAt" = NULL, "updatedAt" = %(now)s
WHERE id = %(id)s
"""
_FORGET_CANDIDATE: Final = "DELETE FROM talentimg.candidates WHERE talent_id = %(id)s AND source = %(source)s"
# What is shown outlives the candidate: its question tells that it is that of the old account.
_MARK_SHOWN: Final = """
UPDATE talentimg.selections SET question = %(asked)s
WHERE talent_id = %(id)s AND source = %(source)s AND question IS NULL
"""
_FORGET_EXTERNAL_ID: Final = "DELETE FROM talentimg.accounts WHERE account_id = %(id)s"


def add(db: Database, talents: Sequence[NewTalent], now: datetime) -> None:
    """Add talents."""
    check_new(talents, _existing(db, (talent.id for talent in talents)))
    tombstones.refuse(_forgotten(db, talents))
    disconnects.forget_talents(db, (talent.id for talent in talents))
    user = db.app.column(TALENT, "userId")
    needs_user = user is not None and user.is_needed and not user.has_default
    users = {t.id: new_id() for t in talents if t.email or t.avatar_url or needs_user}
    people = [stored.user_row(users[t.id], t.name, t.email, t.avatar_url) for t in talents if t.id in users]
    db.insert("User", people, now)
    entries = [{"id": t.id, "userId": users.get(t.id), "name": t.name} for t in talents]
    db.insert("Talent", entries, now)
    accounts = [
        _account_row(db, talent.id, account, now)
        for talent in talents
        for account in {a.platform.lower(): a for a in talent.accounts}.values()
    ]
    db.insert("SocialAccountConnection", accounts, now)
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
    set_details(db, talent.id, (talent.name, talent.email, talent.avatar_url), now)
    for account in talent.accounts:
        one = Disconnected.of(talent.id, account.platform, account.handle)
        if account.connected and (one not in alone or _is_connected(db, one)):
            put(db, talent.id, account, now)
    for one in talent.disconnected:
        if not _is_connected(db, one):
            disconnects.remember(db, one.talent_id, one.platform, one.handle, now)


def set_details(
    db: Database, talent_id: str, details: tuple[str | None, str | None, str | None], now: datetime
) -> None:
    """Write name, e-mail address and avatar. None stays as it is, an empty text erases."""
    name, email, avatar_url = details
    if name is not None:  # whichever of its two names the agency's app shows, it is now this one
        db.change(TALENT, _RENAME, name=name, id=talent_id)
    if email is not None or avatar_url is not None:
        _update_user(db, talent_id, details, now)


def _is_connected(db: Database, one: Disconnected) -> bool:
    rows = _accounts(db, one.talent_id, one.platform)
    return any(row["connected"] and same_handle(row["handle"], one.handle) for row in rows)


def _update_user(
    db: Database, talent_id: str, details: tuple[str | None, str | None, str | None], now: datetime
) -> None:
    (row,) = db.execute(_USER, id=talent_id).fetchall()
    user_id = row["userId"]
    if user_id is None:
        user_id = new_id()
        db.insert("User", [stored.user_row(user_id, *details)], now)
        db.change(TALENT, _SET_USER, user_id=user_id, id=talent_id)
    db.change(USER, _UPDATE_USER, email=details[1], avatar_url=details[2], id=user_id)


def _account_row(db: Database, talent_id: str, account: NewAccount, now: datetime) -> Row:
    row = stored.account_row(talent_id, account, now)
    column = db.app.column(ACCOUNT, "platform")
    return row | {"platform": column.spelt(row["platform"]) if column else row["platform"]}


def connect(db: Database, talent_id: str, account: NewAccount, now: datetime) -> Account:
    """Connect an account, replacing the talent's account on the same platform if there is one."""
    check_exists(db, talent_id)
    tombstones.refuse(forgotten(db, [(talent_id, None), (talent_id, account.platform)]))
    put(db, talent_id, account, now)
    disconnects.forget(db, talent_id, account.platform, account.handle)
    connected = reads.accounts(db, [talent_id])[talent_id]
    return next(a for a in connected if a.platform == account.platform.lower())


def put(db: Database, talent_id: str, account: NewAccount, now: datetime) -> None:
    """Connect an account, whether or not a person had disconnected it."""
    platform = account.platform.lower()
    rows = _accounts(db, talent_id, platform)
    if not rows:
        db.insert("SocialAccountConnection", [_account_row(db, talent_id, account, now)], now)
        return
    row, *others = rows
    if not same_handle(row["handle"], account.handle):
        asked = account_question(platform, row["handle"], row["profileUrl"])
        db.execute(_MARK_SHOWN, asked=asked, id=talent_id, source=platform)
        unset = PostgresSql(db).unset(ACCOUNT, "syncStatus")
        db.change(ACCOUNT, _FORGET_ACCOUNT.format(unset=unset), id=row["id"])
        _forget_learnt(db, talent_id, platform, row["id"])
    values = {"handle": account.handle, "profile_url": account.profile_url, "now": to_text(now)}
    db.change(ACCOUNT, _CONNECT_ACCOUNT, id=row["id"], **values)
    if account.token:
        access, refresh, ends = token_values(account.token)
        db.change(ACCOUNT, _SET_ACCESS, access=access, refresh=refresh, ends=ends, id=row["id"])
        renewals.reconnected(PostgresSql(db), [talent_id], platform, now)
    for other in others:
        if other["connected"]:
            db.change(ACCOUNT, _DISCONNECT, id=other["id"], now=to_text(now))


def disconnect(db: Database, talent_id: str, platform: str, now: datetime, *, by_person: bool = True) -> bool:
    """Disconnect a talent's accounts on a platform; False if none was connected."""
    check_exists(db, talent_id)
    connected = [row for row in _accounts(db, talent_id, platform) if row["connected"]]
    for row in connected:
        db.change(ACCOUNT, _DISCONNECT, id=row["id"], now=to_text(now))
        _forget_learnt(db, talent_id, platform, row["id"])
        if by_person:
            disconnects.remember(db, talent_id, platform, row["handle"], now)
    if connected:
        renewals.reconnected(PostgresSql(db), [talent_id], platform, now)
    return bool(connected)


def keep_disconnected(db: Database, one: Disconnected, at: datetime) -> bool:
    """Keep that a person has disconnected it, unless it is connected, or to be forgotten."""
    asked = [(one.talent_id, None), (one.talent_id, one.platform)]
    if one.talent_id not in _existing(db, [one.talent_id]) or forgotten(db, asked) or _is_connected(db, one):
        return False
    disconnects.remember(db, one.talent_id, one.platform, one.handle, at)
    return True


def _forget_learnt(db: Database, talent_id: str, platform: str, account_id: str) -> None:
    db.execute(_FORGET_CANDIDATE, id=talent_id, source=platform)
    db.execute(_FORGET_EXTERNAL_ID, id=account_id)


def save_token(db: Database, account: Account, token: Token) -> Token | None:
    """Keep a refreshed token, unless another one is there by now; returns the one that is there."""
    rows = _accounts(db, account.talent_id, account.platform.lower())
    if not any(
        row["connected"] and row["id"] == account.id and same_handle(row["handle"], account.handle)
        for row in rows
    ):
        return None
    db.execute(_THROUGH_A_CRASH)
    access, refresh, ends = token_values(token)
    before, refresh_before = grant_of(account.token)
    # Who waits here for another process that refreshes it finds the new token, and leaves it.
    values = {"access": access, "refresh": refresh, "ends": ends, "id": account.id}
    db.execute(_RENEW_ACCESS, **values, before=before, refresh_before=refresh_before)
    kept = next((token_from(row) for row in db.execute(_OWN_ACCESS, id=account.id)), None)
    check_stored(db.app, ACCOUNT, int(grant_of(kept) == (before, refresh_before) != grant_of(token)))
    return kept


def _accounts(db: Database, talent_id: str, platform: str) -> list[Row]:
    """The rows of a talent's accounts on a platform; `reads` takes the first."""
    return db.execute(_ACCOUNTS, talent_id=talent_id, platform=platform).fetchall()


def check_exists(db: Database, talent_id: str) -> None:
    """Raises `TalentNotFound` if nobody has this id; locks whoever has it."""
    if talent_id not in _existing(db, [talent_id]):
        raise absent(db, talent_id)


def absent(db: Database, talent_id: str) -> TalentNotFound:
    """The error for an id that is not on the roster: whether somebody said that it is to stay so."""
    return tombstones.no_longer(forgotten(db, [(talent_id, None)])) or not_found(talent_id)


def forgotten(db: Database, what: Iterable[tuple[str, str | None]]) -> list[Forgotten]:
    """Which of these are forgotten."""
    return tombstones.forgotten(PostgresSql(db), what)


def _forgotten(db: Database, talents: Sequence[NewTalent]) -> list[Forgotten]:
    return forgotten(db, tombstones.asked_of(talents))


def _existing(db: Database, talent_ids: Iterable[str]) -> set[str]:
    """Which of these talents exist. They are locked until the transaction ends."""
    ids = [talent_id for talent_id in talent_ids if is_storable(talent_id)]
    return {row["id"] for row in db.lock_talents(ids)}
