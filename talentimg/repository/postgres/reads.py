"""Reads what is known about talents and pictures from Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.models import State
from talentimg.models.likeness import all_halves
from talentimg.repository import stored
from talentimg.repository.stored import to_text
from talentimg.repository.stored_results import (
    PictureRows,
    candidates_from,
    history_from,
    holder_from,
    picture_from,
)
from talentimg.repository.stored_reviews import reviews_from
from talentimg.repository.values import is_storable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from talentimg.models import Account, HistoryEntry, Picture, TalentRecord
    from talentimg.repository.interface import Holder, RosterRow
    from talentimg.repository.postgres.database import Database

# The name that the agency shows, or the plain one if there is none.
NAME: Final = """coalesce(nullif(t."displayName", ''), t.name, '') AS name"""

_POLICY: Final = """
p.lock_by, p.lock_at, p.lock_why, p.lock_until, p.source_order, p.order_by, p.order_at, p.order_why,
p.opted_out, p.opt_outs, p.choice_by, p.choice_at, p.choice_why, p.note
"""

# With OFFSET 0 the rows of each talent come from their index, where the planner might read all there are.
_TALENTS: Final = f"""
SELECT t.id, {NAME}, t."profileImageUrl", t."profileImageSource", t."lastProfileImageSyncAt",
       u.email, u."avatarUrl",
       s.source AS own_source, s.url AS own_url, s.content_hash AS own_hash,
       s.question AS own_question,
       {_POLICY}
FROM unnest(%(ids)s::text[]) AS wanted (id), LATERAL (
    SELECT t.id, t."displayName", t.name, t."profileImageUrl", t."profileImageSource",
           t."lastProfileImageSyncAt", t."userId"
    FROM @Talent AS t WHERE t.id = wanted.id OFFSET 0
) AS t
LEFT JOIN @User AS u ON u.id = t."userId"
LEFT JOIN talentimg.selections AS s ON s.talent_id = t.id
LEFT JOIN talentimg.policies AS p ON p.talent_id = t.id
"""  # noqa: S608  made of constants

# If the app has two rows for one platform, spelt differently, the one that was changed last counts.
_ACCOUNTS_OF: Final = """
SELECT own.* FROM {wanted}, LATERAL (
    SELECT a.id, a."creatorId", a.platform::text AS platform, coalesce(a.handle, '') AS handle,
           a."profileUrl", a."accessToken", a."refreshToken", a."expiresAt", a."updatedAt",
           k.handle AS known_handle, k.external_id, k.renamed_to
    FROM @SocialAccountConnection AS a LEFT JOIN talentimg.accounts AS k ON k.account_id = a.id
    WHERE a."creatorId" = wanted.id AND a.connected OFFSET 0
) AS own
ORDER BY own."creatorId", lower(own.platform), own."updatedAt", own.id
"""
_ACCOUNTS: Final = _ACCOUNTS_OF.format(wanted="unnest(%(ids)s::text[]) AS wanted (id)")

_CANDIDATES: Final = """
SELECT c.* FROM unnest(%(ids)s::text[]) AS wanted (id), LATERAL (
    SELECT * FROM talentimg.candidates AS c WHERE c.talent_id = wanted.id OFFSET 0
) AS c
ORDER BY c.talent_id, c.source
"""

_REVIEWS: Final = """
SELECT own.* FROM unnest(%(ids)s::text[]) AS wanted (id), LATERAL (
    SELECT r.* FROM talentimg.reviews AS r WHERE r.talent_id = wanted.id OFFSET 0
) AS own
"""
# What lists do not read is not taken apart for them: the forms come as text.
_PICTURES_OF: Final = """
SELECT p.* FROM (
    SELECT own.content_hash FROM unnest(%(ids)s::text[]) AS wanted (id), LATERAL (
        SELECT c.content_hash FROM talentimg.candidates AS c WHERE c.talent_id = wanted.id OFFSET 0
    ) AS own
    UNION SELECT own.content_hash FROM unnest(%(ids)s::text[]) AS wanted (id), LATERAL (
        SELECT s.content_hash FROM talentimg.selections AS s WHERE s.talent_id = wanted.id OFFSET 0
    ) AS own
) AS used, LATERAL (
    SELECT p.content_hash, p.source_hash, p.width, p.height, p.renditions::text AS renditions, p.created_at,
        p.faces, p.crop, p.likeness
    FROM talentimg.pictures AS p WHERE p.content_hash = used.content_hash OFFSET 0
) AS p
"""

_ROSTER: Final = f"""
SELECT t.id, {NAME}, t."profileImageUrl", t."profileImageSource", t."lastProfileImageSyncAt", {_POLICY}
FROM @Talent AS t LEFT JOIN talentimg.policies AS p ON p.talent_id = t.id
"""  # noqa: S608  made of constants

_IDS: Final = "SELECT t.id FROM @Talent AS t"
_COUNT: Final = "SELECT count(*) AS number FROM @Talent"
_HISTORY: Final = """
SELECT * FROM talentimg.history WHERE talent_id = %(talent_id)s
ORDER BY changed_at DESC, id DESC LIMIT %(limit)s
"""
_LATEST_CHANGES: Final = """
SELECT h.* FROM unnest(%(ids)s::text[]) AS wanted (id) CROSS JOIN LATERAL (
    SELECT * FROM talentimg.history WHERE talent_id = wanted.id ORDER BY changed_at DESC, id DESC LIMIT 1
) AS h
"""
_PICTURE: Final = "SELECT * FROM talentimg.pictures WHERE content_hash = %(hash)s"
_PICTURES_BY_SOURCE: Final = """
SELECT * FROM talentimg.pictures WHERE source_hash = ANY(%(hashes)s)
ORDER BY created_at, content_hash COLLATE "C"
"""
_ABSENCES: Final = """
SELECT s.source, count(*) AS shown, count(c.talent_id) AS gone FROM talentimg.selections AS s
LEFT JOIN talentimg.candidates AS c ON c.talent_id = s.talent_id AND c.source = s.source
    AND c.state = %(state)s AND c.checked_at >= %(since)s::timestamptz
WHERE s.source = ANY(%(sources)s::text[]) AND (s.content_hash IS NOT NULL OR s.url IS NOT NULL)
GROUP BY s.source
"""
_HOLDERS: Final = """
SELECT c.*, p.likeness FROM (
    SELECT unnest(%(hashes)s::text[]) AS content_hash
    UNION SELECT content_hash FROM talentimg.pictures
    WHERE substr(likeness, 1, 8) = ANY(%(first)s) OR substr(likeness, 9, 8) = ANY(%(second)s)
) AS w
JOIN talentimg.candidates AS c ON c.content_hash = w.content_hash
LEFT JOIN talentimg.pictures AS p ON p.content_hash = c.content_hash
ORDER BY c.source COLLATE "C", c.content_hash COLLATE "C", c.talent_id COLLATE "C"
"""


def records(db: Database, talent_ids: Iterable[str]) -> dict[str, TalentRecord]:
    """The records of these talents, by id; unknown ids are left out."""
    return ask_records(db, talent_ids)()


def ask_records(db: Database, talent_ids: Iterable[str]) -> Callable[[], dict[str, TalentRecord]]:
    """The same, only sent: what is returned waits for the answer, also after the transaction."""
    wanted = _wanted(dict.fromkeys(talent_ids))
    # All of them are sent before the first result is waited for.
    people, account_rows, candidate_rows, review_rows, picture_rows = (
        db.execute(statement, ids=wanted)
        for statement in (_TALENTS, _ACCOUNTS, _CANDIDATES, _REVIEWS, _PICTURES_OF)
    )

    def read() -> dict[str, TalentRecord]:
        talents = people.fetchall()
        accounts = stored.accounts_from(account_rows.fetchall())
        candidates = candidates_from(candidate_rows.fetchall())
        reviews = reviews_from(review_rows.fetchall())
        pictures = PictureRows(picture_rows.fetchall())
        looks = pictures.looks()
        return {
            row["id"]: stored.record_from(
                row,
                accounts.get(row["id"], ()),
                candidates.get(row["id"], {}),
                reviews=reviews.get(row["id"], ()),
                looks=looks,
                pictures=pictures,
            )
            for row in talents
        }

    return read


def accounts(db: Database, talent_ids: Iterable[str]) -> dict[str, list[Account]]:
    """The connected accounts of each talent."""
    return stored.accounts_from(db.execute(_ACCOUNTS, ids=_wanted(talent_ids)).fetchall())


def ask_roster(db: Database, after: str | None, limit: int) -> Callable[[], list[RosterRow]]:
    """Send for a page of the roster after the given id, in the order that the database gives to ids.

    What is returned waits for the answer, also after the transaction.
    """
    page = _page(after)
    wanted = f"({_IDS} {page}) AS wanted"
    # Both are sent before the first result is waited for.
    rows, account_rows = (
        db.execute(statement, after=after, limit=limit)
        for statement in (f"{_ROSTER} {page}", _ACCOUNTS_OF.format(wanted=wanted))
    )

    def read() -> list[RosterRow]:
        talents = rows.fetchall()
        connected = stored.accounts_from(account_rows.fetchall())
        return [stored.roster_row_from(row, connected.get(row["id"], ())) for row in talents]

    return read


def page(db: Database, after: str | None, limit: int) -> list[str]:
    """The ids of such a page."""
    return [row["id"] for row in db.execute(f"{_IDS} {_page(after)}", after=after, limit=limit)]


def _page(after: str | None) -> str:
    return f"{'' if after is None else 'WHERE t.id > %(after)s'} ORDER BY t.id LIMIT %(limit)s"


def count(db: Database) -> int:
    """How many talents there are."""
    (row,) = db.execute(_COUNT).fetchall()
    return int(row["number"])


def picture(db: Database, content_hash: str) -> Picture | None:
    """The picture with this content hash, if there is one."""
    return next(map(picture_from, db.execute(_PICTURE, hash=content_hash)), None)


def pictures_by_source(db: Database, source_hashes: Sequence[str]) -> dict[str, Picture]:
    """The picture last made from each of these source bytes, by source hash, as far as known."""
    rows = db.execute(_PICTURES_BY_SOURCE, hashes=list(source_hashes))
    return {row["source_hash"]: picture_from(row) for row in rows}


def history(db: Database, talent_id: str, limit: int) -> list[HistoryEntry]:
    """The latest changes to what is shown for a talent, newest first."""
    return [history_from(row) for row in db.execute(_HISTORY, talent_id=talent_id, limit=limit)]


def latest_changes(db: Database, talent_ids: Iterable[str]) -> dict[str, HistoryEntry]:
    """The last entry in the history of each of these talents."""
    found = map(history_from, db.execute(_LATEST_CHANGES, ids=_wanted(talent_ids)))
    return {entry.talent_id: entry for entry in found}


def holders(db: Database, content_hashes: Iterable[str], likenesses: Iterable[str | None]) -> list[Holder]:
    """Everybody for whom a source offers one of these pictures, or one that may look like one of these."""
    first, second = all_halves(likenesses)
    rows = db.execute(_HOLDERS, hashes=_wanted(content_hashes), first=first, second=second)
    return [holder_from(row) for row in rows]


def absences(db: Database, sources: Iterable[str], since: datetime) -> dict[str, tuple[int, int]]:
    """By source, how many show a picture of it, and of how many of them it is gone."""
    rows = db.execute(_ABSENCES, sources=_wanted(sources), state=State.ABSENT, since=to_text(since))
    return {row["source"]: (row["shown"], row["gone"]) for row in rows}


def _wanted(names: Iterable[str]) -> list[str]:
    return [name for name in names if is_storable(name)]
