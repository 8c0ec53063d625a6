"""Removes everything that is kept about a talent, alike for every database.

The functions run in a transaction of the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from talentimg.repository import leftovers, renewals, stand_ins, tombstones
from talentimg.repository.app_names import ACCOUNT, TALENT, USER
from talentimg.repository.interface.values import Erased, ErasedTalents
from talentimg.repository.leftovers import OF_A_TALENT
from talentimg.repository.mentions import drop_mentions, mentions
from talentimg.repository.redacting import said_of
from talentimg.repository.whose import is_own

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from talentimg.repository.sql import Sql

_TALENT: Final = """
SELECT t.name, t."displayName", t."userId", u.email, u."avatarUrl"
FROM @Talent AS t LEFT JOIN @User AS u ON u.id = t."userId" WHERE t.id = :id
"""
_HANDLES: Final = """
SELECT id, handle, "profileUrl" FROM @SocialAccountConnection
WHERE "creatorId" IN (:ids) AND (:platform = '' OR lower(CAST(platform AS text)) = :platform)
"""
_HASHES: Final = """
SELECT content_hash FROM talentimg.candidates
    WHERE talent_id IN (:ids) AND (:platform = '' OR source = :platform)
UNION SELECT content_hash FROM talentimg.selections WHERE talent_id IN (:ids) AND :platform = ''
UNION SELECT content_hash FROM talentimg.reviews
    WHERE talent_id IN (:ids) AND (:platform = '' OR source = :platform)
UNION SELECT from_hash FROM talentimg.history
    WHERE talent_id IN (:ids) AND (:platform = '' OR from_source = :platform)
UNION SELECT to_hash FROM talentimg.history
    WHERE talent_id IN (:ids) AND (:platform = '' OR to_source = :platform)
"""
_FORGET_LEARNT: Final = "DELETE FROM talentimg.accounts WHERE account_id IN (:ids)"
_DROP_CONNECTIONS: Final = "DELETE FROM @SocialAccountConnection WHERE id IN (:ids)"
_DROP_TALENT: Final = "DELETE FROM @Talent WHERE id = :id"
_DROP_USER: Final = """
DELETE FROM @User WHERE id = :user_id AND NOT EXISTS (SELECT 1 FROM @Talent WHERE "userId" = :user_id)
"""
_CLEAR_SHOWN: Final = """
UPDATE @Talent SET "profileImageUrl" = NULL, "profileImageSource" = 'initials',
    "lastProfileImageSyncAt" = NULL
WHERE id = :id
"""
# Only words that we write: whatever else stands there is the app's.
_CLEAR_LOOKS: Final = """
UPDATE @SocialAccountConnection SET "syncStatus" = {unset}, "syncError" = NULL, "lastSyncedAt" = NULL
WHERE id IN (:ids) AND CAST("syncStatus" AS text) IN ('READY', 'ERROR')
"""
# What was shown in between stays a step of the history; what it was does not.
_BLANK_FROM: Final = """
UPDATE talentimg.history SET from_hash = NULL, from_url = NULL, from_question = NULL, why = 'forgotten'
WHERE talent_id = :id AND from_source = :platform
"""
_BLANK_TO: Final = """
UPDATE talentimg.history SET to_hash = NULL, why = 'forgotten' WHERE talent_id = :id AND to_source = :platform
"""
_OF_PLATFORM: Final = {
    "candidates": "talent_id = :id AND source = :platform",
    "reviews": "talent_id = :id AND source = :platform",
    "disconnects": "talent_id = :id AND platform = :platform",
    "run_talents": "talent_id = :id AND (source = :platform OR previous_source = :platform)",
    "reconnects": "talent_id = :id AND platform = :platform",
}
_EMPTY_MARKS: Final = "DELETE FROM talentimg.marks"
# Whom they name cannot be told from outside. Those of requests under way are given up by their holders.
_DROP_ANSWERS: Final = "DELETE FROM talentimg.answers WHERE status IS NOT NULL"
_LET_GO_OF_ANSWERS: Final = "UPDATE talentimg.answers SET holder = ''"
# Where a sweep has stopped is an id as well; without it the next one begins from the beginning.
_PLACES: Final = ("talent", "reached:talents", "reached:accounts")
_FORGET_PLACES: Final = "DELETE FROM talentimg.orphans WHERE kind IN (:kinds) AND name IN (:names)"
_NOTED: Final = "SELECT 1 FROM talentimg.orphans WHERE kind IN (:kinds) AND name = :id"
_DROP_SAID: Final = "DELETE FROM talentimg.audit WHERE id IN (:ids)"


class CameBack(Exception):
    """A talent came onto the roster while what was left of them was removed."""


def erase(
    sql: Sql,
    talent_id: str,
    now: datetime,
    *,
    holder: str,
    platform: str | None = None,
    forgotten_by: str | None = None,
    lives_on: bool = False,
) -> Erased:
    """Remove everything that we keep about a talent, or about one platform of theirs.

    Of one who lives on under another id, what others say of them by name stays.
    """
    sql.lock_talents([talent_id])
    sql.lock_pictures()
    asked = {"id": talent_id, "platform": platform or ""}
    person = next(iter(sql.rows(_TALENT, id=talent_id)), None)
    account_ids, words, hashes = _kept(sql, [talent_id], platform)
    stay = {} if platform or is_own(sql) else {talent_id: stand_ins.of(sql, talent_id)}
    gone = {"accounts": sql.change(_FORGET_LEARNT, ids=account_ids)}
    renewals.forget(sql, account_ids)
    if platform is None:
        gone |= _rows_of(sql, [talent_id])
    else:
        gone |= _rows_of_platform(sql, asked)
    if platform is None and person is not None:
        words |= {person[name] for name in ("name", "displayName", "email", "avatarUrl")} - {None, ""}
    named = frozenset() if lives_on else frozenset(words)
    gone |= drop_mentions(sql, [talent_id], platform, named)
    _forget_places(sql, [*account_ids, *([] if platform else [talent_id])])
    gone |= _of_accounts(sql, account_ids)
    if platform is None and person is not None:
        gone |= _of_the_roster(sql, talent_id)
    _stay(sql, stay)
    if forgotten_by is not None:
        tombstones.bury(sql, talent_id, platform, now, forgotten_by)
        if not is_own(sql) or (platform is not None and person is not None):
            stand_ins.add(sql, talent_id, platform, now)
    _empty(sql)
    leftovers.owe_wipe(sql, now)
    dropped = leftovers.drop_unused(sql, hashes, now, holder)
    name = (person["displayName"] or person["name"]) if person is not None else None
    rows = {table: number for table, number in gone.items() if number}
    return Erased(name, rows, dropped=dropped, shared=leftovers.count(sql, hashes), words=named)


def erase_missing(sql: Sql, talent_ids: Collection[str], now: datetime, *, holder: str) -> ErasedTalents:
    """Remove everything that we keep about those of these talents who are not on the roster.

    Raises:
        CameBack: one of them came onto it meanwhile, so that everything has to be taken back.
    """
    sql.lock_pictures()
    missing = sorted(set(talent_ids) - leftovers.on_the_roster(sql, talent_ids))
    if not missing:
        return ErasedTalents()
    account_ids, words, hashes = _kept(sql, missing, None)
    stay = {} if is_own(sql) else {talent_id: stand_ins.of(sql, talent_id) for talent_id in missing}
    sql.change(_FORGET_LEARNT, ids=account_ids)
    renewals.forget(sql, account_ids)
    _rows_of(sql, missing)
    _stay(sql, stay)
    drop_mentions(sql, missing, None, words)
    _forget_places(sql, [*account_ids, *missing])
    _of_accounts(sql, account_ids)
    _empty(sql)
    dropped = leftovers.drop_unused(sql, hashes, now, holder)
    # There is no row yet that could be locked. Whatever was removed of somebody new was written with one.
    if leftovers.on_the_roster(sql, missing):
        raise CameBack
    return ErasedTalents(len(missing), dropped)


def _empty(sql: Sql) -> None:
    """Empty what holds ids or names of anybody, and may be emptied at any time."""
    for statement in (_EMPTY_MARKS, _DROP_ANSWERS, _LET_GO_OF_ANSWERS):
        sql.change(statement)


def _forget_places(sql: Sql, names: Sequence[str]) -> None:
    sql.change(_FORGET_PLACES, kinds=_PLACES, names=names)


def _stay(sql: Sql, stay: Mapping[str, list[stand_ins.OptOutRow]]) -> None:
    """Keep what keeps forgotten talents of the app's so."""
    for talent_id, opt_outs in stay.items():
        if opt_outs:
            stand_ins.save(sql, talent_id, opt_outs)


class _Kept(NamedTuple):
    account_ids: list[str]
    words: set[str]
    """Handles and addresses."""
    hashes: set[str]
    """Of pictures."""


def _kept(sql: Sql, talent_ids: Sequence[str], platform: str | None) -> _Kept:
    asked = {"ids": talent_ids, "platform": platform or ""}
    accounts = sql.rows(_HANDLES, **asked)
    words = {row["handle"] for row in accounts} | {row["profileUrl"] for row in accounts}
    hashes = {row["content_hash"] for row in sql.rows(_HASHES, **asked)}
    return _Kept([row["id"] for row in accounts], words - {None, ""}, hashes - {None})


def _rows_of(sql: Sql, talent_ids: Sequence[str]) -> dict[str, int]:
    return {
        table: sql.change(f"DELETE FROM talentimg.{table} WHERE talent_id IN (:ids)", ids=talent_ids)  # noqa: S608  our names
        for table in OF_A_TALENT
    }


def _rows_of_platform(sql: Sql, asked: Mapping[str, str]) -> dict[str, int]:
    gone = {
        table: sql.change(f"DELETE FROM talentimg.{table} WHERE {of_it}", **asked)  # noqa: S608  our names
        for table, of_it in _OF_PLATFORM.items()
    }
    if said := said_of(sql, asked["id"], asked["platform"]):
        gone["audit"] = sql.change(_DROP_SAID, ids=said)
    return gone | {"history": blank_history(sql, asked["id"], asked["platform"])}


def blank_history(sql: Sql, talent_id: str, platform: str) -> int:
    """Take out of a talent's history what was shown of a platform; how many steps were changed."""
    asked = {"id": talent_id, "platform": platform}
    return sql.change(_BLANK_FROM, **asked) + sql.change(_BLANK_TO, **asked)


def _of_accounts(sql: Sql, account_ids: list[str]) -> dict[str, int]:
    """In a roster of our own the rows go; another app's stay, without what we have written into them."""
    if is_own(sql):
        return {ACCOUNT: sql.change(_DROP_CONNECTIONS, ids=account_ids)}
    sql.change(_CLEAR_LOOKS.format(unset=sql.unset(ACCOUNT, "syncStatus")), ids=account_ids)
    return {}


def _of_the_roster(sql: Sql, talent_id: str) -> dict[str, int]:
    """Likewise of a talent who is there."""
    if not is_own(sql):
        return {"Talent (three columns)": sql.change(_CLEAR_SHOWN, id=talent_id)}
    (person,) = sql.rows(_TALENT, id=talent_id)
    gone = {TALENT: sql.change(_DROP_TALENT, id=talent_id)}
    if person["userId"] is not None and is_own(sql, USER):
        gone[USER] = sql.change(_DROP_USER, user_id=person["userId"])
    return gone


def traces(sql: Sql, talent_id: str, platform: str | None, words: Collection[str]) -> dict[str, int]:
    """How many rows of each of our tables still speak of a talent; tables without any are left out."""
    asked = {"id": talent_id, "platform": platform or ""}
    if platform is None:
        wheres = dict.fromkeys(OF_A_TALENT, "talent_id = :id")
        # Where the app's row stays, a look may have written down that initials are shown.
        wheres["selections"] += " AND (content_hash IS NOT NULL OR url IS NOT NULL)"
        wheres["policies"] += " AND (lock_at IS NOT NULL OR choice_at IS NOT NULL OR note IS NOT NULL)"
    else:
        wheres = dict(_OF_PLATFORM)
    found: dict[str, int] = {}
    for table, where in wheres.items():
        statement = f"SELECT 1 FROM talentimg.{table} WHERE {where}"  # noqa: S608  our names
        found[table] = len(sql.rows(statement, **_named(asked, where)))
    if platform is None:
        found["orphans"] = len(sql.rows(_NOTED, kinds=_PLACES, id=talent_id))
    else:
        found["audit"] = len(said_of(sql, talent_id, platform))
    found |= mentions(sql, talent_id, platform, words)
    return {table: number for table, number in found.items() if number}


def _named(values: Mapping[str, str], where: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if f":{name}" in where}
