"""The feed of everything that happened, alike for every database.

Steps of histories, accounts to connect again and runs that have ended stand in their own tables, so that
what is forgotten, redacted, merged or swept there needs no second thought here. What has no number yet is
numbered by whoever asks, behind the lock of one row: numbers come in the order in which transactions have
committed, which no sequence of a database gives. The functions run in a transaction of the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.models import INITIALS, FeedEntry, FeedKind, RunState
from talentimg.repository.interface.feed import FeedPage
from talentimg.repository.renewals import reconnect_from
from talentimg.repository.stored import to_text
from talentimg.repository.stored_results import history_from
from talentimg.repository.stored_runs import run_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from talentimg.models import HistoryEntry, Reconnect, Run
    from talentimg.repository.sql import Sql

AT_ONCE: Final = 5000
"""How many rows of each table are numbered at once, at most: an old store has many."""

_WAITS: Final = {
    "history": "seq IS NULL",
    "reconnects": "seq IS NULL",
    "runs": "seq IS NULL AND ended_at IS NOT NULL",
}
"""What is to be told of each table, in the order in which it is numbered: a run ends after what it did."""
_ANY: Final = "SELECT 1 FROM talentimg.{table} WHERE {waits} LIMIT 1"
_NUMBER: Final = """
UPDATE talentimg.{table} AS told SET seq = :base + n.place FROM (
    SELECT id, row_number() OVER (ORDER BY id) AS place FROM (
        SELECT id FROM talentimg.{table} WHERE {waits} ORDER BY id LIMIT :limit
    ) AS waiting
) AS n WHERE told.id = n.id
"""
_LOCK: Final = """
INSERT INTO talentimg.feed AS known (name, seq) VALUES ('feed', 0)
ON CONFLICT (name) DO UPDATE SET seq = known.seq
"""
_END: Final = "SELECT seq FROM talentimg.feed WHERE name = 'feed'"
_REACHED: Final = "UPDATE talentimg.feed SET seq = :seq WHERE name = 'feed'"
_STARTS: Final = tuple(
    f"SELECT min(seq) AS seq FROM talentimg.{table} WHERE {at} >= :since"  # noqa: S608  our names
    for table, at in {"history": "changed_at", "reconnects": "since", "runs": "ended_at"}.items()
)
_PAGE: Final = "SELECT * FROM talentimg.{table} WHERE seq > :after ORDER BY seq LIMIT :limit"


def has_waiting(sql: Sql) -> bool:
    """Whether anything has no number yet."""
    return any(sql.rows(_ANY.format(table=table, waits=waits)) for table, waits in _WAITS.items())


def number(sql: Sql) -> None:
    """Number what waits. Whoever else does so at the same time waits for the lock, and finds less to do."""
    sql.change(_LOCK)
    reached = end(sql)
    for table, waits in _WAITS.items():
        statement = _NUMBER.format(table=table, waits=waits)
        reached += sql.change(statement, base=reached, limit=AT_ONCE)
    sql.change(_REACHED, seq=reached)


def end(sql: Sql) -> int:
    """The last number that was given."""
    return next((int(row["seq"]) for row in sql.rows(_END)), 0)


def start(sql: Sql, since: datetime) -> int:
    """A number after which everything comes that happened since a time."""
    asked = [sql.rows(statement, since=to_text(since)) for statement in _STARTS]
    first = [int(row["seq"]) for rows in asked for row in rows if row["seq"] is not None]
    return min(first) - 1 if first else end(sql)


def page(sql: Sql, after: int, limit: int) -> FeedPage:
    """The entries after a number."""
    asked = {"after": after, "limit": limit + 1}
    found: dict[int, HistoryEntry | Reconnect | Run] = {}
    for row in sql.rows(_PAGE.format(table="history"), **asked):
        found[int(row["seq"])] = history_from(row)
    for row in sql.rows(_PAGE.format(table="reconnects"), **asked):
        found[int(row["seq"])] = reconnect_from(row)
    for row in sql.rows(_PAGE.format(table="runs"), **asked):
        found[int(row["seq"])] = run_from(row)
    return page_of(found, after, limit)


def page_of(found: dict[int, HistoryEntry | Reconnect | Run], after: int, limit: int) -> FeedPage:
    """A page of what was found after a number."""
    numbers = sorted(found)
    told = numbers[:limit]
    entries = tuple(entry for place in told for entry in entries_of(place, found[place]))
    return FeedPage(entries, told[-1] if told else after, len(numbers) > limit)


def entries_of(place: int, what: HistoryEntry | Reconnect | Run) -> Iterable[FeedEntry]:
    """What is told of something that happened; nothing of a run that only shared the work of another."""
    from talentimg.models import HistoryEntry, Reconnect  # noqa: PLC0415  start-up time

    if isinstance(what, HistoryEntry):
        lost = what.to_source == INITIALS
        kind = FeedKind.PICTURE_LOST if lost else FeedKind.PICTURE_CHANGED
        return (FeedEntry(place, kind, what.at, what.talent_id, step=what),)
    if isinstance(what, Reconnect):
        return (FeedEntry(place, FeedKind.ACCOUNT_RECONNECT, what.since, what.talent_id, reconnect=what),)
    return () if what.joined else tuple(_of_a_run(place, what))


def _of_a_run(place: int, run: Run) -> Iterator[FeedEntry]:
    at = run.ended_at or run.started_at
    if run.state is RunState.VALVE:
        yield FeedEntry(place, FeedKind.RUN_TRIPPED, at, run=run)
    yield FeedEntry(place, FeedKind.RUN_FINISHED, at, run=run)
