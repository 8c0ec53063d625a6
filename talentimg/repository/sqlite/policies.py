"""What people decided and said, kept in a SQLite file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talentimg.repository.interface import Policies
from talentimg.repository.sqlite import roster
from talentimg.repository.sqlite.backend import SqliteBackend
from talentimg.repository.stored import policy_row
from talentimg.repository.stored_policies import audit_from, audit_row, by_talent
from talentimg.repository.values import is_storable, normalise

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import AuditEntry, Policy
    from talentimg.repository.interface import Disconnected
    from talentimg.repository.sqlite.database import Database

_AUDIT = "SELECT * FROM talentimg_audit WHERE talent_id = ? ORDER BY said_at DESC, id DESC LIMIT ?"
_SAID_OF = """
SELECT * FROM talentimg_audit
WHERE talent_id IN (SELECT value FROM json_each(?)) AND action IN (SELECT value FROM json_each(?))
ORDER BY id
"""


class SqlitePolicies(SqliteBackend, Policies):
    """The part of the repository that keeps them."""

    def save_policy(self, talent_id: str, policy: Policy) -> None:
        with self._writing() as db:
            roster.check_exists(db, talent_id)
            save_policies(db, {talent_id: normalise(policy)})

    def save_audit(self, entries: Sequence[AuditEntry]) -> None:
        with self._writing() as db:
            save_audit(db, map(normalise, entries))

    def audit(self, talent_id: str, *, limit: int = 50) -> list[AuditEntry]:
        with self._reading() as connection:
            return audit(connection, normalise(talent_id), limit)

    def said_of(self, talent_ids: Collection[str], actions: Collection[str]) -> dict[str, list[AuditEntry]]:
        wanted = [json.dumps(list(filter(is_storable, names))) for names in (talent_ids, actions)]
        with self._reading() as connection:
            return by_talent(map(audit_from, connection.execute(_SAID_OF, wanted)))

    def keep_disconnected(self, account: Disconnected, at: datetime) -> bool:
        with self._writing() as db:
            return roster.keep_disconnected(db, account, at)


def save_policies(db: Database, policies: Mapping[str, Policy]) -> None:
    """Write what people decided, by the ids of the talents."""
    rows = [policy_row(talent_id, policy) for talent_id, policy in policies.items()]
    db.table("talentimg_policies").upsert_all(rows, pk="talent_id")


def save_audit(db: Database, entries: Iterable[AuditEntry]) -> None:
    """Write what people said."""
    db.table("talentimg_audit").insert_all(map(audit_row, entries))


def audit(connection: sqlite3.Connection, talent_id: str, limit: int) -> list[AuditEntry]:
    """The latest of what people said about a talent, newest first."""
    return [audit_from(row) for row in connection.execute(_AUDIT, [talent_id, limit])]
