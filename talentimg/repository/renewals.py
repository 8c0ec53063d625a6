"""Whose turn it is to renew a token, and who has to connect again, alike for every database.

The functions run in a transaction of the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from talentimg.models import Reason, State
from talentimg.repository.interface.renewals import Turn
from talentimg.repository.stored import from_text, required, to_text, token_from
from talentimg.repository.values import LONGEST_AHEAD, grant_of, same_handle

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Account, Candidate, Reconnect, Token
    from talentimg.repository.interface import Change
    from talentimg.repository.sql import Sql
    from talentimg.repository.stored import ReadRow

ROUND: Final = ""
"""In place of an account's id, for a round over all of them. No account has this id."""

_TAKE: Final = """
INSERT INTO talentimg.renewals AS known (account_id, holder, until) VALUES (:id, :holder, :until)
ON CONFLICT (account_id) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE known.holder IS NULL OR known.holder = excluded.holder OR known.holder IN (:dead)
    OR known.until <= :now OR known.until > :never
"""
_HOLDER: Final = "SELECT holder FROM talentimg.renewals WHERE account_id = :id"
_STORED: Final = """
SELECT handle, "accessToken", "refreshToken", "expiresAt" FROM @SocialAccountConnection
WHERE id = :id AND connected
"""
_GIVE_BACK: Final = "DELETE FROM talentimg.renewals WHERE account_id = :id AND holder = :holder"
_FAILED: Final = """
UPDATE talentimg.renewals SET holder = NULL, until = NULL, failed_at = :failed_at
WHERE account_id = :id AND holder = :holder
"""
_NEXT_ROUND: Final = """
INSERT INTO talentimg.renewals AS known (account_id, until) VALUES (:id, :until)
ON CONFLICT (account_id) DO UPDATE SET until = excluded.until
WHERE known.until <= :now OR known.until > :never
"""
_ENDING: Final = """
SELECT CAST(a."creatorId" AS text) AS talent_id FROM @SocialAccountConnection AS a
LEFT JOIN talentimg.renewals AS r ON r.account_id = CAST(a.id AS text)
WHERE a.connected AND lower(CAST(a.platform AS text)) = :platform AND a."accessToken" <> ''
    AND a."expiresAt" <= :before AND (r.failed_at IS NULL OR r.failed_at < :tried_before)
ORDER BY a."expiresAt", a.id LIMIT :limit
"""
_IS_NEEDED: Final = """
SELECT 1 FROM talentimg.reconnects WHERE talent_id = :talent_id AND platform = :platform AND ended_at IS NULL
"""
_NEED: Final = """
INSERT INTO talentimg.reconnects (talent_id, platform, since, detail)
VALUES (:talent_id, :platform, :since, :detail)
"""
_RECONNECTED: Final = """
UPDATE talentimg.reconnects SET ended_at = :now
WHERE talent_id IN (:talent_ids) AND platform = :platform AND ended_at IS NULL
"""
_NEEDED_OF: Final = """
SELECT talent_id, platform FROM talentimg.reconnects WHERE talent_id IN (:ids) AND ended_at IS NULL
"""
_NEEDED: Final = """
SELECT * FROM talentimg.reconnects WHERE ended_at IS NULL ORDER BY since, id LIMIT :limit
"""
_FORGET: Final = "DELETE FROM talentimg.renewals WHERE account_id IN (:ids)"


def begin(
    sql: Sql, account: Account, holder: str, now: datetime, until: datetime, *, dead: Collection[str]
) -> Turn:
    """Take the turn, unless somebody has it or has written another token."""
    asked = {
        "id": account.id,
        "holder": holder,
        "until": to_text(until),
        "now": to_text(now),
        "never": to_text(now + LONGEST_AHEAD),
        "dead": list(dead),
    }
    # The turn comes before the look at the token: whoever has had it has written theirs by now.
    is_ours = bool(sql.change(_TAKE, **asked))
    token = _stored(sql, account)
    if grant_of(token) != grant_of(account.token):
        sql.change(_GIVE_BACK, id=account.id, holder=holder)
        return Turn(token, is_ours=False)
    if is_ours:
        return Turn(token, is_ours=True)
    return Turn(token, False, next((row["holder"] for row in sql.rows(_HOLDER, id=account.id)), None))


def _stored(sql: Sql, account: Account) -> Token | None:
    rows = sql.rows(_STORED, id=account.id)
    return next((token_from(row) for row in rows if same_handle(row["handle"] or "", account.handle)), None)


def end(sql: Sql, account: Account, holder: str, failed_at: datetime | None) -> None:
    """Give the turn back."""
    if failed_at is None:
        sql.change(_GIVE_BACK, id=account.id, holder=holder)
    else:
        sql.change(_FAILED, id=account.id, holder=holder, failed_at=to_text(failed_at))


def ask_round(sql: Sql, now: datetime, until: datetime) -> Callable[[], int]:
    """Begin a round over all tokens, unless another one is good until after now; tells how many began."""
    times = {"now": to_text(now), "until": to_text(until), "never": to_text(now + LONGEST_AHEAD)}
    return sql.ask_change(_NEXT_ROUND, id=ROUND, **times)


def ask_ending(
    sql: Sql, before: Mapping[str, datetime], tried_before: datetime, limit: int
) -> dict[str, Callable[[], list[str]]]:
    """Ask, of all platforms at once, who has a token that ends before a time."""
    tried = to_text(tried_before)
    return {
        platform: _ids_in(
            sql.ask(_ENDING, platform=platform, before=to_text(end), tried_before=tried, limit=limit)
        )
        for platform, end in before.items()
    }


def _ids_in(rows: Callable[[], Sequence[ReadRow]]) -> Callable[[], list[str]]:
    return lambda: list(dict.fromkeys(row["talent_id"] for row in rows()))


def need(sql: Sql, talent_id: str, platform: str, now: datetime, detail: str | None) -> bool:
    """Keep that a person has to connect an account again, unless that is known."""
    sql.lock_talents([talent_id])
    if sql.rows(_IS_NEEDED, talent_id=talent_id, platform=platform):
        return False
    sql.change(_NEED, talent_id=talent_id, platform=platform, since=to_text(now), detail=detail)
    return True


def reconnected(sql: Sql, talent_ids: Collection[str], platform: str, now: datetime) -> None:
    """Keep that they need not any more."""
    sql.send(_RECONNECTED, talent_ids=sorted(talent_ids), platform=platform, now=to_text(now))


def needed(sql: Sql, limit: int) -> list[Reconnect]:
    """Who has to connect again, the longest first."""
    return [reconnect_from(row) for row in sql.rows(_NEEDED, limit=limit)]


def follow(sql: Sql, changes: Iterable[Change], now: datetime) -> None:
    """Keep what looks say of who has to connect again; the talents are locked."""
    found = told_by(changes)
    if found.needed:
        rows = sql.rows(_NEEDED_OF, ids=sorted({talent_id for talent_id, _ in found.needed}))
        known = {(row["talent_id"], row["platform"]) for row in rows}
        for (talent_id, platform), detail in found.needed.items():
            if (talent_id, platform) not in known:
                sql.send(_NEED, talent_id=talent_id, platform=platform, since=to_text(now), detail=detail)
    for platform, talent_ids in found.over.items():
        reconnected(sql, talent_ids, platform, now)


class Told(NamedTuple):
    """What looks say: who has to connect which account again, with the sentence; and who need not."""

    needed: dict[tuple[str, str], str | None]
    over: dict[str, set[str]]
    """By platform."""


def told_by(changes: Iterable[Change]) -> Told:
    """What looks say of who has to connect again."""
    found = Told({}, {})
    for change in changes:
        before = change.read.candidates if change.read else {}
        for one in change.candidates:
            if one.reason is Reason.TOKEN:
                found.needed[one.talent_id, one.source] = one.detail
            elif one.state is not State.TROUBLE and _was_troubled(before.get(one.source)):
                found.over.setdefault(one.source, set()).add(one.talent_id)
    return found


def _was_troubled(before: Candidate | None) -> bool:
    return before is None or before.state is State.TROUBLE


def reconnect_from(row: ReadRow) -> Reconnect:
    """A talent who has, or had, to connect an account again."""
    from talentimg.models import Reconnect  # noqa: PLC0415  start-up time

    return Reconnect(
        talent_id=row["talent_id"],
        platform=row["platform"],
        since=required(row["since"]),
        ended_at=from_text(row["ended_at"]),
        detail=row["detail"],
    )


def forget(sql: Sql, account_ids: Sequence[str]) -> int:
    """Forget whose turn it is with these accounts."""
    return sql.change(_FORGET, ids=list(account_ids))
