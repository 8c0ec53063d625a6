"""Writes the results of syncs on Postgres.

The functions run in a transaction of the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.repository import leftovers, renewals, stored, stored_results
from talentimg.repository.app_names import ACCOUNT, TALENT
from talentimg.repository.postgres import policies, reads, reviews
from talentimg.repository.postgres.statements import PostgresSql, join_writers
from talentimg.repository.stored import from_json, to_text
from talentimg.repository.values import final_candidates, is_out_of_date, is_storable, refused_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Picture, Selection
    from talentimg.repository.interface import Change
    from talentimg.repository.postgres.connection import Row
    from talentimg.repository.postgres.database import Database

_DROP_CANDIDATES: Final = """
DELETE FROM talentimg.candidates AS c USING json_populate_recordset(NULL::talentimg.candidates, %(rows)s) AS r
WHERE c.talent_id = r.talent_id AND c.source = r.source
"""
_SAVE_SELECTIONS: Final = """
WITH stored AS (
    UPDATE @Talent AS t SET "profileImageUrl" = r."profileImageUrl",
        "profileImageSource" = r."profileImageSource",
        "lastProfileImageSyncAt" = r."lastProfileImageSyncAt"
    FROM @rows(Talent id profileImageUrl profileImageSource lastProfileImageSyncAt) WHERE t.id = r.id
    RETURNING (t."profileImageUrl", t."profileImageSource", t."lastProfileImageSyncAt") IS NOT DISTINCT FROM
        (r."profileImageUrl", r."profileImageSource", r."lastProfileImageSyncAt") AS is_there
)
"""
_MISSING_SELECTIONS: Final = """
SELECT json_array_length(%(rows)s) - count(*) FILTER (WHERE is_there) AS missing FROM stored
"""
# If the acknowledgement of a save was lost, it is done again: then these rows may already be there.
_SAVE_HISTORY: Final = """
INSERT INTO talentimg.history
    (talent_id, changed_at, from_source, from_hash, from_url, to_source, to_hash, why, changed_by,
     from_question)
SELECT r.talent_id, r.changed_at, r.from_source, r.from_hash, r.from_url, r.to_source, r.to_hash, r.why,
    r.changed_by, r.from_question
FROM (
    SELECT *, row_number() OVER () AS place FROM json_populate_recordset(NULL::talentimg.history, %(rows)s)
) AS r
WHERE NOT EXISTS (
    SELECT FROM talentimg.history AS h WHERE h.talent_id = r.talent_id AND h.changed_at = r.changed_at
    AND (h.from_source, h.to_source, h.why, h.changed_by) = (r.from_source, r.to_source, r.why, r.changed_by)
    AND (h.from_hash, h.to_hash) IS NOT DISTINCT FROM (r.from_hash, r.to_hash)
)
ORDER BY r.place
"""
_SAVE_ACCOUNT_ERRORS: Final = """
UPDATE @SocialAccountConnection AS a SET "lastSyncedAt" = r."lastSyncedAt", "syncStatus" = r."syncStatus",
    "syncError" = r."syncError"
FROM @rows(SocialAccountConnection id creatorId lastSyncedAt syncStatus syncError)
WHERE a.id = r.id AND a."creatorId" = r."creatorId" AND a.connected
"""
# Counted afterwards, as the app may have disconnected one of them by now, which is no refusal.
_MISSING_LOOKS: Final = """
SELECT count(*) AS missing FROM @rows(SocialAccountConnection id creatorId lastSyncedAt syncStatus)
JOIN @SocialAccountConnection AS a ON a.id = r.id AND a."creatorId" = r."creatorId"
WHERE a.connected AND (a."lastSyncedAt", a."syncStatus") IS DISTINCT FROM (r."lastSyncedAt", r."syncStatus")
"""
# With the handle: if the agency's app changes that, the id no longer counts.
_SAVE_EXTERNAL_IDS: Final = """
INSERT INTO talentimg.accounts (account_id, handle, external_id)
SELECT a.id, coalesce(a.handle, ''), r.external_id
FROM json_to_recordset(%(rows)s) AS r (account_id text, talent_id text, external_id text)
JOIN @SocialAccountConnection AS a ON a.id = r.account_id AND a."creatorId" = r.talent_id
WHERE a.connected
ORDER BY a.id
ON CONFLICT (account_id) DO UPDATE SET
    handle = excluded.handle, external_id = excluded.external_id, renamed_to = NULL
"""
# Only where the person's id is known: without it, another name may be another person.
_SAVE_NAMES: Final = """
UPDATE talentimg.accounts AS a SET renamed_to = r.renamed_to
FROM json_to_recordset(%(rows)s) AS r (account_id text, renamed_to text) WHERE a.account_id = r.account_id
"""
_END_LEASES: Final = "DELETE FROM talentimg.leases WHERE talent_id = ANY(%(ids)s)"


def save(db: Database, changes: Sequence[Change], now: datetime) -> set[str]:
    """Write the results of syncs, except those that are out of date; returns the ids of these talents."""
    ids = [change.talent_id for change in changes if is_storable(change.talent_id)]
    db.lock_talents(ids)
    naming_what_goes = _ask_what_goes(db, changes, now)
    current = reads.records(db, ids)
    stale = {c.talent_id for c in changes if is_out_of_date(c, current.get(c.talent_id))}
    stale |= naming_what_goes()
    fresh = [change for change in changes if change.talent_id not in stale]
    live = [change for change in fresh if change.talent_id in current]
    refused = {id(c): refused_sources(c, current[c.talent_id].talent.accounts) for c in live}
    _save_pictures(db, [change.picture for change in live if change.picture])
    _save_candidates(db, live, refused)
    _save_accounts(db, live, now)
    policies.save_policies(db, {c.talent_id: c.policy for c in live if c.policy})
    policies.save_audit(db, (entry for change in live for entry in change.audit))
    reviews.save_reviews(db, live)
    renewals.follow(PostgresSql(db), live, now)
    save_selections(db, [change for change in live if change.selection.source not in refused[id(change)]])
    db.execute(_END_LEASES, ids=[i for i in ids if i not in stale])
    return stale


def _ask_what_goes(db: Database, changes: Sequence[Change], now: datetime) -> Callable[[], set[str]]:
    """Whose change names a picture of which an object is being removed: it has to be stored again.

    Asked without waiting for the answer, which comes with that to the next question.
    """
    pictures = [change.picture for change in changes if change.picture]
    if not pictures:
        return set
    join_writers(db)
    sql = PostgresSql(db)
    answer = sql.ask(leftovers.IN_THE_WAY, **leftovers.objects_of(pictures))

    def whose() -> set[str]:
        going = leftovers.not_now(sql, pictures, answer(), now)
        return {c.talent_id for c in changes if c.picture and c.picture.content_hash in going}

    return whose


def _save_pictures(db: Database, pictures: Sequence[Picture]) -> None:
    rows: dict[str, Row] = {}
    for picture in pictures:
        row = picture_row(picture)
        first = rows.get(picture.content_hash, row)
        rows[picture.content_hash] = row | {"created_at": first["created_at"]}
    db.upsert("pictures", list(rows.values()), ("content_hash",), keep=("created_at",))


def picture_row(picture: Picture) -> Row:
    """A picture, with its forms as the type for JSON takes them."""
    row = stored_results.picture_row(picture)
    return row | {"renditions": from_json(row["renditions"])}


def _save_candidates(db: Database, changes: Sequence[Change], refused: Mapping[int, frozenset[str]]) -> None:
    final = final_candidates(changes, refused)
    gone = [{"talent_id": i, "source": source} for (i, source), candidate in final.items() if not candidate]
    db.execute_rows(_DROP_CANDIDATES, gone)
    rows = [stored_results.candidate_row(candidate) for candidate in final.values() if candidate]
    db.upsert("candidates", rows, ("talent_id", "source"))


def save_selections(db: Database, changes: Sequence[Change]) -> None:
    """Write what is shown from now on, and the history of it.

    Raises:
        RowRefused: the app's table did not take it, although the database did not say why.
    """
    shown = {change.talent_id: change.selection for change in changes}
    told = [app_row(talent_id, selection) for talent_id, selection in shown.items()]
    db.store_rows(TALENT, _SAVE_SELECTIONS, _MISSING_SELECTIONS, told)
    rows = [stored.selection_row(talent_id, selection) for talent_id, selection in shown.items()]
    db.upsert("selections", rows, ("talent_id",))
    history = [stored_results.history_row(change.history) for change in changes if change.history]
    db.execute_rows(_SAVE_HISTORY, history)


def app_row(talent_id: str, shown: Selection) -> Row:
    """What the app is told of what is shown."""
    return {
        "id": talent_id,
        "profileImageUrl": shown.url,
        "profileImageSource": shown.source,
        "lastProfileImageSyncAt": to_text(shown.synced_at),
    }


def _save_accounts(db: Database, changes: Sequence[Change], now: datetime) -> None:
    """Write what was learnt of accounts."""
    looks = {
        (change.talent_id, account_id): account_look(change.talent_id, account_id, error, now)
        for change in changes
        for account_id, error in change.account_errors
    }
    db.execute_rows(_SAVE_ACCOUNT_ERRORS, list(looks.values()))
    learnt = {
        account_id: {
            "account_id": account_id,
            "talent_id": change.talent_id,
            "external_id": external_id,
        }
        for change in changes
        for account_id, external_id in change.external_ids
    }
    db.execute_rows(_SAVE_EXTERNAL_IDS, list(learnt.values()))
    names = dict(pair for change in changes for pair in change.renamed)
    db.execute_rows(_SAVE_NAMES, [{"account_id": i, "renamed_to": name} for i, name in names.items()])
    db.store_rows(ACCOUNT, "", _MISSING_LOOKS, list(looks.values()))


def account_look(talent_id: str, account_id: str, error: str | None, now: datetime) -> Row:
    """What the app is told of a look at an account."""
    return {
        "id": account_id,
        "creatorId": talent_id,
        "lastSyncedAt": to_text(now),
        "syncStatus": "READY" if error is None else "ERROR",
        "syncError": error,
    }
