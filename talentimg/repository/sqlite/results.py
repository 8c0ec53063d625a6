"""Writes the results of syncs in a SQLite file.

The functions run in a transaction of the caller's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talentimg.errors import RowRefused
from talentimg.repository import renewals, stored, stored_results
from talentimg.repository.sqlite import policies, reads, reviews
from talentimg.repository.sqlite.statements import SqliteSql
from talentimg.repository.stored import to_text
from talentimg.repository.values import final_candidates, is_out_of_date, is_storable, refused_sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Picture
    from talentimg.repository.interface import Change
    from talentimg.repository.sqlite.database import Database

_KNOWN_PICTURES = """
SELECT content_hash, created_at FROM talentimg_pictures
WHERE content_hash IN (SELECT value FROM json_each(?))
"""
_DROP_CANDIDATE = "DELETE FROM talentimg_candidates WHERE talent_id = ? AND source = ?"
_SAVE_SELECTION = """
UPDATE "Talent" SET "profileImageUrl" = ?, "profileImageSource" = ?, "lastProfileImageSyncAt" = ?
WHERE id = ?
"""
_SAVE_ACCOUNT_ERROR = """
UPDATE "SocialAccountConnection" SET "lastSyncedAt" = ?, "syncStatus" = ?, "syncError" = ?
WHERE id = ? AND "creatorId" = ? AND connected
"""
# With the handle: if the agency's app changes that, the id no longer counts.
_SAVE_EXTERNAL_ID = """
INSERT INTO talentimg_accounts (account_id, handle, external_id)
SELECT id, handle, ? FROM "SocialAccountConnection" WHERE id = ? AND "creatorId" = ? AND connected
ON CONFLICT (account_id) DO UPDATE SET
    handle = excluded.handle, external_id = excluded.external_id, renamed_to = NULL
"""
# Only where the person's id is known: without it, another name may be another person.
_SAVE_NAME = "UPDATE talentimg_accounts SET renamed_to = ? WHERE account_id = ?"
_END_LEASES = "DELETE FROM talentimg_leases WHERE talent_id IN (SELECT value FROM json_each(?))"


def save(db: Database, changes: Sequence[Change], now: datetime) -> set[str]:
    """Write the results of syncs, except those that are out of date; returns the ids of these talents."""
    ids = [change.talent_id for change in changes if is_storable(change.talent_id)]
    current = reads.records(db.conn, ids)
    stale = {c.talent_id for c in changes if is_out_of_date(c, current.get(c.talent_id))}
    stale |= _naming_what_goes(db, changes, now)
    fresh = [change for change in changes if change.talent_id not in stale]
    live = [change for change in fresh if change.talent_id in current]
    refused = {id(c): refused_sources(c, current[c.talent_id].talent.accounts) for c in live}
    _save_pictures(db, [change.picture for change in live if change.picture])
    _save_candidates(db, live, refused)
    save_selections(db, [change for change in live if change.selection.source not in refused[id(change)]])
    for change in live:
        _save_accounts(db, change, now)
    policies.save_policies(db, {c.talent_id: c.policy for c in live if c.policy})
    policies.save_audit(db, (entry for change in live for entry in change.audit))
    reviews.save_reviews(db, live)
    renewals.follow(SqliteSql(db), live, now)
    db.execute(_END_LEASES, [json.dumps([change.talent_id for change in fresh])])
    return stale


def _naming_what_goes(db: Database, changes: Sequence[Change], now: datetime) -> set[str]:
    """Whose change names a picture of which an object is being removed: it has to be stored again."""
    pictures = [change.picture for change in changes if change.picture]
    if not pictures:
        return set()
    from talentimg.repository import leftovers  # noqa: PLC0415  start-up time

    going = leftovers.in_the_way(SqliteSql(db), pictures, now)
    return {c.talent_id for c in changes if c.picture and c.picture.content_hash in going}


def _save_pictures(db: Database, pictures: Sequence[Picture]) -> None:
    rows = {picture.content_hash: stored_results.picture_row(picture) for picture in pictures}
    for known in db.execute(_KNOWN_PICTURES, [json.dumps(list(rows))]):
        rows[known["content_hash"]]["created_at"] = known["created_at"]
    db.table("talentimg_pictures").upsert_all(rows.values(), pk="content_hash")


def _save_candidates(db: Database, changes: Sequence[Change], refused: Mapping[int, frozenset[str]]) -> None:
    final = final_candidates(changes, refused)
    gone = [key for key, candidate in final.items() if candidate is None]
    db.conn.executemany(_DROP_CANDIDATE, gone)
    rows = [stored_results.candidate_row(candidate) for candidate in final.values() if candidate]
    db.table("talentimg_candidates").upsert_all(rows, pk=("talent_id", "source"))


def save_selections(db: Database, changes: Sequence[Change]) -> None:
    """Write what is shown from now on, and the history of it."""
    shown = {change.talent_id: change.selection for change in changes}
    columns = [(s.url, s.source, to_text(s.synced_at), talent_id) for talent_id, s in shown.items()]
    stored_rows = db.conn.executemany(_SAVE_SELECTION, columns).rowcount
    if stored_rows < len(columns):
        raise RowRefused(
            "The table of the talents took no row, and no error was told: a trigger is against it.",
            hint="Have the trigger leave the columns of talentimg alone.",
        )
    rows = [stored.selection_row(talent_id, selection) for talent_id, selection in shown.items()]
    db.table("talentimg_selections").upsert_all(rows, pk="talent_id")
    history = [stored_results.history_row(change.history) for change in changes if change.history]
    db.table("talentimg_history").insert_all(history)


def _save_accounts(db: Database, change: Change, now: datetime) -> None:
    for account_id, error in change.account_errors:
        status = "READY" if error is None else "ERROR"
        db.execute(_SAVE_ACCOUNT_ERROR, [to_text(now), status, error, account_id, change.talent_id])
    for account_id, external_id in change.external_ids:
        db.execute(_SAVE_EXTERNAL_ID, [external_id, account_id, change.talent_id])
    for account_id, name in change.renamed:
        db.execute(_SAVE_NAME, [name, account_id])
