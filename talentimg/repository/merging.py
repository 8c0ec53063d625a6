"""Moves what is known of one talent to another one who lacks it, alike for every database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from talentimg.models import MANUAL
from talentimg.repository.erasing import erase
from talentimg.repository.interface.values import Merged
from talentimg.repository.stored import to_text
from talentimg.repository.values import not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from talentimg.models import Policy, TalentRecord
    from talentimg.repository.sql import Sql

_ACCOUNTS: Final = """
SELECT id, lower(CAST(platform AS text)) AS platform, connected FROM @SocialAccountConnection
WHERE "creatorId" = :id ORDER BY connected DESC, id
"""
_MOVE_ACCOUNT: Final = """
UPDATE @SocialAccountConnection SET "creatorId" = :into, "updatedAt" = :now WHERE id = :id
"""
_MOVE_CANDIDATE: Final = """
UPDATE talentimg.candidates SET talent_id = :into WHERE talent_id = :id AND source = :source AND NOT EXISTS (
    SELECT 1 FROM talentimg.candidates AS c WHERE c.talent_id = :into AND c.source = :source
)
"""
_DISCONNECTS: Final = "SELECT platform, handle FROM talentimg.disconnects WHERE talent_id = :id"
_MOVE_DISCONNECT: Final = """
UPDATE talentimg.disconnects SET talent_id = :into
WHERE talent_id = :id AND platform = :platform AND handle = :handle
"""
_PARTS: Final = {"choice": "the chosen picture", "order": "the order of sources", "note": "the note"}
_HAS_HISTORY: Final = "SELECT 1 FROM talentimg.history WHERE talent_id = :id LIMIT 1"


@dataclass(slots=True)
class Tally:
    """What was moved and what was left, in words."""

    moved: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def add(self, what: str, *, moved: bool) -> None:
        """Count one of them."""
        (self.moved if moved else self.left).append(what)


def merge(
    sql: Sql,
    records: Mapping[str, TalentRecord],
    ids: Mapping[str, str],
    now: datetime,
    *,
    holder: str,
    save_policy: Callable[[str, Policy], None],
) -> Merged:
    """Move what the other one lacks, and remove the first.

    Args:
        sql: the transaction, in which both talents are locked.
        records: both, as they are now.
        ids: who is removed (`id`), and who stays (`into`).
        now: the current time.
        holder: who removes its pictures.
        save_policy: writes the policy of the one who stays.
    """
    talent_id, into = ids["id"], ids["into"]
    for one in (talent_id, into):
        if one not in records:
            raise not_found(one)
    tally = Tally()
    taken = {row["platform"] for row in sql.rows(_ACCOUNTS, id=into)}
    moved = _move_accounts(sql, ids, taken, now, tally)
    policy = merged_policy(records[into].policy, records[talent_id].policy, tally)
    if policy != records[into].policy:
        save_policy(into, policy)
    chosen = policy.choice is not None and records[into].policy.choice is None
    for source in (*moved, *((MANUAL,) if chosen else ())):
        sql.change(_MOVE_CANDIDATE, source=source, **ids)
    _move_disconnects(sql, ids, {*taken, *moved}, tally)
    _move_history(sql, ids, tally)
    said = sql.change("UPDATE talentimg.audit SET talent_id = :into WHERE talent_id = :id", **ids)
    if said:
        tally.add(counted_words(said), moved=True)
    name, other = records[talent_id].talent.name, records[into].talent.name
    return Merged(
        name, other, tuple(tally.moved), tuple(tally.left), erase(sql, talent_id, now, holder=holder)
    )


def _move_accounts(
    sql: Sql, ids: Mapping[str, str], taken: Collection[str], now: datetime, tally: Tally
) -> list[str]:
    moved: list[str] = []
    for row in sql.rows(_ACCOUNTS, id=ids["id"]):
        is_free = row["platform"] not in {*taken, *moved}
        if is_free:
            sql.change(_MOVE_ACCOUNT, id=row["id"], into=ids["into"], now=to_text(now))
            moved.append(row["platform"])
        tally.add(f"the {row['platform']} account", moved=is_free)
    return moved


def _move_disconnects(sql: Sql, ids: Mapping[str, str], known: Collection[str], tally: Tally) -> None:
    own = {row["platform"] for row in sql.rows(_DISCONNECTS, id=ids["into"])}
    for row in sql.rows(_DISCONNECTS, id=ids["id"]):
        is_free = row["platform"] not in {*own, *known}
        if is_free:
            sql.change(_MOVE_DISCONNECT, platform=row["platform"], handle=row["handle"], **ids)
        tally.add(f"that {row['platform']} was disconnected", moved=is_free)


def _move_history(sql: Sql, ids: Mapping[str, str], tally: Tally) -> None:
    """All of it or nothing: two histories in one would not tell how one picture followed another."""
    if not sql.rows(_HAS_HISTORY, id=ids["id"]):
        return
    is_free = not sql.rows(_HAS_HISTORY, id=ids["into"])
    if is_free:
        sql.change("UPDATE talentimg.history SET talent_id = :into WHERE talent_id = :id", **ids)
    tally.add("the history", moved=is_free)


def merged_policy(own: Policy, other: Policy, tally: Tally) -> Policy:
    """The policy of who stays, with what the other one has decided where they have decided nothing.

    A lock stands for the picture that was locked, which does not move, so it is left.
    """
    merged = own
    if other.lock is not None:
        tally.add("the lock", moved=False)
    for part, words in _PARTS.items():
        if (value := getattr(other, part)) is not None:
            is_free = getattr(own, part) is None
            merged = replace(merged, **{part: value}) if is_free else merged
            tally.add(words, moved=is_free)
    for one in other.opt_outs:
        is_free = not own.refuses(one.platform)
        merged = replace(merged, opt_outs=(*merged.opt_outs, one)) if is_free else merged
        tally.add(f"the opt-out of {one.platform or 'every picture'}", moved=is_free)
    return merged


def counted_words(number: int) -> str:
    """So many entries of the record of what people said."""
    return f"{number} {'word of a person' if number == 1 else 'words of people'}"
