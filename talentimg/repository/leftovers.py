"""What nobody needs any more, alike for every database.

The functions run in a transaction of the caller's.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.models import NOBODY
from talentimg.repository.interface.values import REMOVED_WITHIN, Aged, Dropped, NamedPage
from talentimg.repository.stored import required, to_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from talentimg.models import Picture
    from talentimg.repository.sql import Sql
    from talentimg.repository.stored import ReadRow

UNUSED: Final = "picture"
"""The kind of a picture that nobody uses."""
REMOVING: Final = "removing"
"""The kind of an object that was announced."""
REMOVED: Final = "removed"
"""The kind of one that is gone; whoever has stored it before that has to store it again."""
_WIPE: Final = "wipe"
"""The kind of the note that free space has to be overwritten."""
_REACHED: Final = "reached:"
_LONGEST_LOOK: Final = timedelta(days=1)
"""No look takes longer, so none may still count on an object that was removed before."""

OF_A_TALENT: Final = (
    "candidates",
    "selections",
    "history",
    "policies",
    "audit",
    "reviews",
    "disconnects",
    "leases",
    "run_talents",
    "wishes",
    "reconnects",
    "deliveries",
)
"""Our tables with rows of one talent each."""

_ON_THE_ROSTER: Final = "SELECT id FROM @Talent WHERE id IN (:ids)"
_USES: Final = (
    ("candidates", "content_hash"),
    ("selections", "content_hash"),
    ("history", "from_hash"),
    ("history", "to_hash"),
    ("reviews", "content_hash"),
)
IS_USED: Final = "coalesce({}) IS NOT NULL".format(
    ", ".join(
        f"(SELECT 1 FROM talentimg.{table} AS u WHERE u.{column} = {{name}} LIMIT 1)"  # noqa: S608  our names
        for table, column in _USES
    )
)
_NAMING: Final = """
SELECT content_hash, renditions FROM talentimg.pictures WHERE content_hash > :after
ORDER BY content_hash LIMIT :limit
"""
_USED: Final = f"""
SELECT p.content_hash FROM talentimg.pictures AS p
WHERE p.content_hash IN (:hashes) AND {IS_USED.format(name="p.content_hash")}
"""  # noqa: S608  our names
_FORMS: Final = "SELECT content_hash, renditions FROM talentimg.pictures WHERE content_hash IN (:hashes)"
_DROP_PICTURES: Final = "DELETE FROM talentimg.pictures WHERE content_hash IN (:hashes)"
_NOTE: Final = """
INSERT INTO talentimg.orphans (kind, name, since)
SELECT :kind, one.value, :since FROM EACH (:names) AS one WHERE true
ON CONFLICT (kind, name) DO UPDATE SET since = excluded.since
"""
_ANNOUNCE: Final = """
INSERT INTO talentimg.orphans AS known (kind, name, since, holder)
SELECT 'removing', one.value, :since, :holder FROM EACH (:names) AS one WHERE true
ON CONFLICT (kind, name) DO UPDATE SET since = excluded.since, holder = excluded.holder
WHERE known.holder = excluded.holder OR known.since < :dead
RETURNING name
"""
_HOLDERS: Final = "SELECT DISTINCT holder FROM talentimg.orphans WHERE kind = 'removing'"
_TAKE_OVER: Final = """
UPDATE talentimg.orphans SET since = :since, holder = :holder
WHERE kind = 'removing' AND (holder IN (:holders) OR since < :dead)
"""
_OURS: Final = "SELECT name FROM talentimg.orphans WHERE kind = 'removing' AND holder = :holder ORDER BY name"

_ALL_OF: Final = "SELECT name, since FROM talentimg.orphans WHERE kind = :kind"
_PLACES: Final = "SELECT kind, name FROM talentimg.orphans WHERE kind IN (:kinds) ORDER BY name"
_UNNOTE: Final = "DELETE FROM talentimg.orphans WHERE kind = :kind AND name IN (:names)"
_DROP_OLD: Final = "DELETE FROM talentimg.orphans WHERE kind = :kind AND since < :before"
IN_THE_WAY: Final = """
SELECT kind, name, since FROM talentimg.orphans WHERE kind IN (:kinds) AND name IN (:names)
"""
_DROP_RUNS: Final = """
DELETE FROM talentimg.runs WHERE id IN (
    SELECT id FROM talentimg.runs WHERE started_at < :before AND ended_at IS NOT NULL
    ORDER BY started_at LIMIT :limit
)
"""
_DROP_TOLD: Final = """
DELETE FROM talentimg.run_talents AS r
WHERE NOT EXISTS (SELECT 1 FROM talentimg.runs AS whole WHERE whole.id = r.run_id)
"""
# The last change of each talent stays, as it tells where what is shown has come from.
_DROP_HISTORY: Final = """
DELETE FROM talentimg.history WHERE id IN (
    SELECT h.id FROM talentimg.history AS h WHERE h.changed_at < :before AND EXISTS (
        SELECT 1 FROM talentimg.history AS later WHERE later.talent_id = h.talent_id
        AND (later.changed_at > h.changed_at OR (later.changed_at = h.changed_at AND later.id > h.id))
    )
    ORDER BY h.changed_at LIMIT :limit
)
"""
# Why a picture is refused matters as long as it is: words that are about no talent stay.
_DROP_AUDIT: Final = """
DELETE FROM talentimg.audit WHERE id IN (
    SELECT id FROM talentimg.audit WHERE said_at < :before AND talent_id <> :nobody
    ORDER BY said_at LIMIT :limit
)
"""
_DROP_ANSWERS: Final = """
DELETE FROM talentimg.answers WHERE id IN (
    SELECT id FROM talentimg.answers WHERE until < :now ORDER BY until LIMIT :limit
)
"""


# -- who is there, and what is noted ---------------------------------------------------


def on_the_roster(sql: Sql, talent_ids: Collection[str]) -> set[str]:
    """Which of these talents are."""
    return {row["id"] for row in sql.rows(_ON_THE_ROSTER, ids=list(talent_ids))} if talent_ids else set()


def note(sql: Sql, kind: str, names: Collection[str], now: datetime) -> None:
    """Note that nobody needs these, and since when."""
    if names:
        sql.send(_NOTE, kind=kind, names=sorted(names), since=to_text(now))


def unnote(sql: Sql, kind: str, names: Collection[str]) -> None:
    """Take it back: they are needed, or gone."""
    sql.send(_UNNOTE, kind=kind, names=list(names))


# -- pictures and objects ------------------------------------------------------------


def _used(sql: Sql, hashes: Collection[str]) -> set[str]:
    return {row["content_hash"] for row in sql.rows(_USED, hashes=list(hashes))} if hashes else set()


def count(sql: Sql, hashes: Collection[str]) -> int:
    """How many of these pictures have a row."""
    return len(sql.rows(_FORMS, hashes=list(hashes))) if hashes else 0


def drop_unused(sql: Sql, hashes: Collection[str], now: datetime, holder: str) -> Dropped:
    """Remove the rows of those of these pictures that nobody uses, and announce their objects.

    Nobody else may be naming a picture meanwhile (`Sql.lock_pictures`).
    """
    unused = set(hashes) - _used(sql, hashes)
    rows = sql.rows(_FORMS, hashes=list(unused)) if unused else ()
    dropped = [row["content_hash"] for row in rows]
    keys: list[str] = []
    if dropped:
        keys = announce(sql, {form[1] for row in rows for form in _forms(row["renditions"])}, now, holder)
        sql.change(_DROP_PICTURES, hashes=dropped)
    if unused:
        unnote(sql, UNUSED, unused)
    return Dropped(len(dropped), tuple(keys))


def named_objects(sql: Sql, after: str | None, limit: int) -> NamedPage:
    """A page of the pictures, with the objects that their rows name."""
    rows = sql.rows(_NAMING, after=after or "", limit=limit)
    keys = tuple(form[1] for row in rows for form in _forms(row["renditions"]))
    return NamedPage(len(rows), rows[-1]["content_hash"] if rows else None, keys)


def _forms(stored: object) -> list[list[str]]:
    found = json.loads(stored) if isinstance(stored, str) else stored
    return list(found) if isinstance(found, list) else []


def announce(sql: Sql, keys: Iterable[str], now: datetime, holder: str) -> list[str]:
    """Say that these objects are about to be removed; returns those that nobody else is removing."""
    said = {"since": to_text(now), "holder": holder, "dead": to_text(now - 2 * REMOVED_WITHIN)}
    return sorted(row["name"] for row in sql.rows(_ANNOUNCE, names=sorted(set(keys)), **said))


def announced(sql: Sql) -> list[str]:
    """The objects that anybody has announced and not yet removed."""
    return sorted(row["name"] for row in sql.rows(_ALL_OF, kind=REMOVING))


def holders(sql: Sql) -> list[str]:
    """Who has announced objects that are not yet removed."""
    return sorted(row["holder"] for row in sql.rows(_HOLDERS))


def take_over(sql: Sql, of: Collection[str], now: datetime, holder: str) -> list[str]:
    """Announce anew, as ours, what they have announced, and what was announced too long ago."""
    said = {"since": to_text(now), "holder": holder, "dead": to_text(now - 2 * REMOVED_WITHIN)}
    sql.send(_TAKE_OVER, holders=[*of, holder], **said)
    return [row["name"] for row in sql.rows(_OURS, holder=holder)]


def removed(sql: Sql, keys: Collection[str], spared: Collection[str], now: datetime) -> None:
    """Say that announced objects are gone, and that others stay."""
    if keys or spared:
        unnote(sql, REMOVING, [*keys, *spared])
    note(sql, REMOVED, set(keys), now)


def in_the_way(sql: Sql, pictures: Sequence[Picture], now: datetime) -> set[str]:
    """Of which of these pictures an object is being removed, so that they must not be named now, by hash."""
    return not_now(sql, pictures, sql.rows(IN_THE_WAY, **objects_of(pictures)), now) if pictures else set()


def objects_of(pictures: Iterable[Picture]) -> dict[str, list[str]]:
    """What `IN_THE_WAY` is asked about these pictures."""
    names = sorted({form.key for picture in pictures for form in picture.renditions})
    return {"kinds": [REMOVING, REMOVED], "names": names}


def not_now(sql: Sql, pictures: Iterable[Picture], rows: Sequence[ReadRow], now: datetime) -> set[str]:
    """The content hashes of those of these pictures that must not be named now.

    An object may have been found in the store before it was removed. Whoever looks again stores it again; so
    what is over is no longer in the way then.

    Args:
        sql: the transaction.
        pictures: those that are to be named.
        rows: what `IN_THE_WAY` returned for them.
        now: the current time.
    """
    dead = now - 2 * REMOVED_WITHIN
    over = [r for r in rows if r["kind"] == REMOVED or required(r["since"]) < dead]
    for kind in {row["kind"] for row in over}:
        unnote(sql, kind, [row["name"] for row in over if row["kind"] == kind])
    return {picture.content_hash for picture in pictures if _has_any(picture, {r["name"] for r in rows})}


def _has_any(picture: Picture, keys: set[str]) -> bool:
    return any(form.key in keys for form in picture.renditions)


# -- age ---------------------------------------------------------------------------


def drop_aged(sql: Sql, now: datetime, runs_before: datetime, history_before: datetime, limit: int) -> Aged:
    """Remove what is older, and answers that are over, at most `limit` rows of each."""
    sql.send(_DROP_OLD, kind=REMOVED, before=to_text(now - _LONGEST_LOOK))
    before = to_text(history_before)
    # All of them are sent before the first number is waited for.
    runs = sql.ask_change(_DROP_RUNS, before=to_text(runs_before), limit=limit)
    history = sql.ask_change(_DROP_HISTORY, before=before, limit=limit)
    audit = sql.ask_change(_DROP_AUDIT, before=before, nobody=NOBODY, limit=limit)
    answers = sql.ask_change(_DROP_ANSWERS, now=to_text(now), limit=limit)
    if number := runs():
        sql.send(_DROP_TOLD)
    return Aged(number, history(), audit(), answers())


# -- free space ----------------------------------------------------------------------


def owe_wipe(sql: Sql, now: datetime) -> None:
    """Note that deleted rows have left something in the files of the database."""
    note(sql, _WIPE, [""], now)


def wipe_owed_since(sql: Sql) -> datetime | None:
    """When that was last noted; None: everything is overwritten."""
    return max((required(row["since"]) for row in sql.rows(_ALL_OF, kind=_WIPE)), default=None)


def wiped(sql: Sql, since: datetime) -> None:
    """Say that what was noted then is overwritten."""
    sql.change(
        "DELETE FROM talentimg.orphans WHERE kind = :kind AND since <= :since",
        kind=_WIPE,
        since=to_text(since),
    )


# -- how far a sweep has come --------------------------------------------------------


def reached(sql: Sql, parts: Iterable[str]) -> dict[str, str]:
    """Where the last sweep has stopped, by those parts of its work that it has not finished."""
    rows = sql.rows(_PLACES, kinds=[f"{_REACHED}{part}" for part in parts])
    return {row["kind"].removeprefix(_REACHED): row["name"] for row in rows}


def save_reached(sql: Sql, part: str, place: str | None, now: datetime) -> None:
    """Remember it; None: the part is done."""
    kind = f"{_REACHED}{part}"
    sql.send("DELETE FROM talentimg.orphans WHERE kind = :kind", kind=kind)
    if place is not None:
        note(sql, kind, [place], now)
