"""Moves what is known of one talent to another one who lacks it, alike for every database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from talentimg.models import MANUAL, NOBODY, USER, HistoryEntry, Selection
from talentimg.models.talent import FORGOTTEN
from talentimg.repository import tombstones
from talentimg.repository.app_names import USER as USERS
from talentimg.repository.erasing import blank_history, erase
from talentimg.repository.in_use import Entry
from talentimg.repository.interface.values import Merged
from talentimg.repository.stored import to_text
from talentimg.repository.stored_results import history_row
from talentimg.repository.values import not_found
from talentimg.repository.whose import is_own

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime
    from typing import Protocol

    from talentimg.models import Policy, TalentRecord
    from talentimg.repository.interface.values import Forgotten
    from talentimg.repository.sql import Sql

    class HasDetails(Protocol):
        """A talent, as far as it is about this."""

        @property
        def email(self) -> str | None:
            """The e-mail address."""

        @property
        def avatar_url(self) -> str | None:
            """The address of the avatar."""


Details = tuple[str | None, str | None]
"""An e-mail address and the address of an avatar."""

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
MERGED: Final = "merged"
"""Why a history says that something else is shown than for the one who went."""
_PARTS: Final = {"choice": "the chosen picture", "order": "the order of sources", "note": "the note"}
_HAS_HISTORY: Final = "SELECT 1 FROM talentimg.history WHERE talent_id = :id LIMIT 1"
_SAVE_HISTORY: Final = """
INSERT INTO talentimg.history
    (talent_id, changed_at, from_source, from_hash, from_url, from_question, to_source, to_hash, why,
    changed_by)
VALUES (:talent_id, :changed_at, :from_source, :from_hash, :from_url, :from_question, :to_source, :to_hash,
    :why, :changed_by)
"""


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
    by: str,
    holder: str,
    save_policy: Callable[[str, Policy], None],
    save_details: Callable[[str, Details], None],
) -> Merged:
    """Move what the other one lacks, and remove the first.

    Args:
        sql: the transaction, in which both talents are locked.
        records: both, as they are now.
        ids: who is removed (`id`), and who stays (`into`).
        now: the current time.
        by: who merges them.
        holder: who removes its pictures.
        save_policy: writes the policy of the one who stays.
        save_details: writes their e-mail address and avatar; None leaves one as it is.
    """
    talent_id, into = ids["id"], ids["into"]
    for one in (talent_id, into):
        if one not in records:
            raise not_found(one)
    tally = Tally()
    gone, stays = records[talent_id], records[into]
    details = merged_details(stays.talent, gone.talent, tally, are_ours=is_own(sql, USERS))
    if any(details):
        save_details(into, details)
    taken = {row["platform"] for row in sql.rows(_ACCOUNTS, id=into)}
    other, shunned = _move_tombstones(sql, ids, gone.policy, taken, tally)
    moved = _move_accounts(sql, ids, taken | shunned, now, tally)
    policy = merged_policy(stays.policy, other, tally)
    if policy != stays.policy:
        save_policy(into, policy)
    for source in moved_sources(moved, stays.policy, policy, details):
        sql.change(_MOVE_CANDIDATE, source=source, **ids)
    _move_disconnects(sql, ids, taken | shunned, tally)
    for platform in shunned:
        blank_history(sql, talent_id, platform)
    step = step_between(gone.selection, stays.selection, shunned, Entry(now, MERGED, by))
    _move_history(sql, ids, step, tally)
    said = sql.change("UPDATE talentimg.audit SET talent_id = :into WHERE talent_id = :id", **ids)
    if said:
        tally.add(counted_words(said), moved=True)
    erased = erase(sql, talent_id, now, holder=holder, lives_on=True)
    return Merged(gone.talent.name, stays.talent.name, tuple(tally.moved), tuple(tally.left), erased)


def _move_tombstones(
    sql: Sql, ids: Mapping[str, str], policy: Policy, taken: Collection[str], tally: Tally
) -> tuple[Policy, set[str]]:
    """Keep forgotten of the one who stays what was forgotten of the other.

    Returns:
        The other's policy, without opt-outs for what is left; the platforms of which nothing may be moved.
    """
    asked = {row["platform"] for row in sql.rows(_ACCOUNTS, id=ids["id"])}
    asked |= {row["platform"] for row in sql.rows(_DISCONNECTS, id=ids["id"])}
    asked |= {one.platform for one in policy.opt_outs if one.platform is not None}
    own = {one.platform for one in tombstones.forgotten(sql, [(ids["into"], p) for p in asked])}
    found = tombstones.forgotten(sql, [(ids["id"], p) for p in asked])
    for one in buried(found, {*taken, *own}, tally):
        tombstones.bury(sql, ids["into"], one.platform, one.at, one.by)
    left = {one.platform for one in found} & set(taken)
    return without_stand_ins(policy, left), own | {one.platform for one in found}


def buried(found: Iterable[Forgotten], taken: Collection[str], tally: Tally) -> list[Forgotten]:
    """Those of the forgotten platforms that the one who stays has nothing of, so that they stay forgotten."""
    for one in found:
        tally.add(f"that {one.platform} was forgotten", moved=one.platform not in taken)
    return [one for one in found if one.platform not in taken]


def without_stand_ins(policy: Policy, platforms: Collection[str]) -> Policy:
    """The policy without the opt-outs that stand for these platforms being forgotten."""
    kept = (o for o in policy.opt_outs if o.platform not in platforms or (o.by, o.why) != (None, FORGOTTEN))
    return replace(policy, opt_outs=tuple(kept))


def merged_details(own: HasDetails, other: HasDetails, tally: Tally, *, are_ours: bool) -> Details:
    """The e-mail address and avatar that go to the one who stays; None for what does not.

    Nothing goes to rows that are not ours: an app lets nobody have another one's address.
    """
    details: list[str | None] = []
    for words, mine, theirs in (
        ("the e-mail address", own.email, other.email),
        ("the avatar", own.avatar_url, other.avatar_url),
    ):
        is_free = are_ours and not mine
        if theirs and theirs != mine:
            tally.add(words, moved=is_free)
        details.append(theirs if theirs and is_free else None)
    return details[0], details[1]


def moved_sources(moved: Iterable[str], before: Policy, after: Policy, details: Details) -> list[str]:
    """The sources whose candidates go with what was moved."""
    chosen = after.choice is not None and before.choice is None
    return [*moved, *([MANUAL] if chosen else ()), *([USER] if details[1] else ())]


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


def _move_history(sql: Sql, ids: Mapping[str, str], step: HistoryEntry | None, tally: Tally) -> None:
    """All of it or nothing: two histories in one would not tell how one picture followed another.

    `step` leads from what was shown for the one who goes to what is shown for the one who stays.
    """
    if not sql.rows(_HAS_HISTORY, id=ids["id"]):
        return
    is_free = not sql.rows(_HAS_HISTORY, id=ids["into"])
    if is_free:
        sql.change("UPDATE talentimg.history SET talent_id = :into WHERE talent_id = :id", **ids)
        sql.change("UPDATE talentimg.deliveries SET talent_id = :into WHERE talent_id = :id", **ids)
        if step:
            sql.change(_SAVE_HISTORY, **history_row(replace(step, talent_id=ids["into"])))
    tally.add("the history", moved=is_free)


def step_between(
    gone: Selection, stays: Selection, shunned: Collection[str], entry: Entry
) -> HistoryEntry | None:
    """What the history tells of the merge, still of nobody; None if both show the same.

    Args:
        gone: what is shown for the one who goes.
        stays: what is shown for the one who stays, and still is after the merge.
        shunned: the platforms of which nothing is told.
        entry: when it was, why, and who did it.
    """
    if (gone.source, gone.content_hash) == (stays.source, stays.content_hash):
        return None
    known = Selection(gone.source) if gone.source in shunned else gone
    shown = (known.source, known.content_hash, stays.source, stays.content_hash)
    return HistoryEntry(NOBODY, entry.at, *shown, entry.why, entry.by, known.url, known.question)


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
