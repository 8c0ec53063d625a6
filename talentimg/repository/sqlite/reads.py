"""What is known of talents, read from a SQLite file.

The talents that are wanted are told as a JSON list of ids, for which one place in a statement will do.
"""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING

from talentimg.models import INITIALS, TalentRecord
from talentimg.repository import stored
from talentimg.repository.interface import RosterRow

if TYPE_CHECKING:
    import sqlite3

    from talentimg.models import Account, Candidate

# An operator sees the name that the agency shows; where there is none, the plain one.
_NAME = """coalesce(nullif(t."displayName", ''), t.name, '') AS name"""

_TALENTS = f"""
SELECT t.id, {_NAME}, t."profileImageUrl", t."profileImageSource", t."lastProfileImageSyncAt",
       u.email, u."avatarUrl",
       s.source AS own_source, s.url AS own_url, s.content_hash AS own_hash,
       p.lock_by, p.lock_at, p.lock_why, p.lock_until, p.source_order, p.opted_out, p.note
FROM json_each(?) AS wanted
JOIN "Talent" AS t ON t.id = wanted.value
LEFT JOIN "User" AS u ON u.id = t."userId"
LEFT JOIN talentimg_selections AS s ON s.talent_id = t.id
LEFT JOIN talentimg_policies AS p ON p.talent_id = t.id
"""  # noqa: S608  made of constants

# Where the app's rows hold one platform in two spellings, the one that was changed last counts.
_ACCOUNTS = """
SELECT a.id, a."creatorId", a.platform, a.handle, a."profileUrl", a."accessToken", a."refreshToken",
       a."expiresAt", k.handle AS known_handle, k.external_id
FROM json_each(?) AS wanted
JOIN "SocialAccountConnection" AS a ON a."creatorId" = wanted.value
LEFT JOIN talentimg_accounts AS k ON k.account_id = a.id
WHERE a.connected
ORDER BY a."creatorId", lower(a.platform), a."updatedAt", a.id
"""

_CANDIDATES = """
SELECT c.* FROM json_each(?) AS wanted
JOIN talentimg_candidates AS c ON c.talent_id = wanted.value
ORDER BY c.talent_id, c.source
"""


def roster(connection: sqlite3.Connection, after: str | None, limit: int) -> list[RosterRow]:
    """A page of the roster."""
    page = f"""SELECT t.id, {_NAME}, t."profileImageUrl", t."profileImageSource",
        t."lastProfileImageSyncAt" FROM "Talent" AS t {"" if after is None else "WHERE t.id > :after"}
        ORDER BY t.id LIMIT :limit"""  # noqa: S608  made of constants
    talents = connection.execute(page, {"after": after, "limit": limit}).fetchall()
    own = accounts(connection, json.dumps([row["id"] for row in talents]))
    return [_roster_row(row, own.get(row["id"], [])) for row in talents]


def accounts(connection: sqlite3.Connection, wanted: str) -> dict[str, list[Account]]:
    """The connected accounts of each talent, by platform."""
    found: dict[str, dict[str, Account]] = {}
    for row in connection.execute(_ACCOUNTS, [wanted]):
        account = stored.account_from(row)
        found.setdefault(account.talent_id, {})[account.platform] = account
    return {talent_id: list(own.values()) for talent_id, own in found.items()}


def _candidates(connection: sqlite3.Connection, wanted: str) -> dict[str, list[Candidate]]:
    found = (stored.candidate_from(row) for row in connection.execute(_CANDIDATES, [wanted]))
    return {talent_id: list(own) for talent_id, own in groupby(found, lambda c: c.talent_id)}


def records(connection: sqlite3.Connection, wanted: str) -> dict[str, TalentRecord]:
    """The records of the talents who are there, by id."""
    talents = connection.execute(_TALENTS, [wanted]).fetchall()
    connected = accounts(connection, wanted)
    candidates = _candidates(connection, wanted)
    return {row["id"]: _record(row, connected, candidates) for row in talents}


def _record(
    row: sqlite3.Row, accounts: dict[str, list[Account]], candidates: dict[str, list[Candidate]]
) -> TalentRecord:
    return TalentRecord(
        talent=stored.talent_from(row, accounts.get(row["id"], [])),
        selection=stored.selection_from(row),
        policy=stored.policy_from(row),
        candidates={c.source: c for c in candidates.get(row["id"], [])},
    )


def _roster_row(row: sqlite3.Row, accounts: list[Account]) -> RosterRow:
    return RosterRow(
        talent_id=row["id"],
        name=row["name"],
        platforms=tuple(account.platform for account in accounts),
        source=(row["profileImageSource"] or INITIALS).lower(),
        url=row["profileImageUrl"],
        synced_at=stored.from_text(row["lastProfileImageSyncAt"]),
    )
