"""What people decided and said, kept on Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.repository.interface import Policies
from talentimg.repository.postgres import roster
from talentimg.repository.postgres.backend import PostgresBackend
from talentimg.repository.stored import from_json, policy_row
from talentimg.repository.stored_policies import audit_from, audit_row, by_talent
from talentimg.repository.values import is_storable, normalise

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import AuditEntry, Policy
    from talentimg.repository.interface import Disconnected
    from talentimg.repository.postgres.connection import Row
    from talentimg.repository.postgres.database import Database

_AUDIT: Final = """
SELECT * FROM talentimg.audit WHERE talent_id = %(talent_id)s ORDER BY said_at DESC, id DESC LIMIT %(limit)s
"""
_SAID_OF: Final = """
SELECT * FROM talentimg.audit WHERE talent_id = ANY(%(ids)s) AND action = ANY(%(actions)s) ORDER BY id
"""
# If the acknowledgement of a save was lost, it is done again: then these rows may already be there.
_SAVE_AUDIT: Final = """
INSERT INTO talentimg.audit (talent_id, said_at, action, said_by, why, about)
SELECT r.talent_id, r.said_at, r.action, r.said_by, r.why, r.about FROM (
    SELECT *, row_number() OVER () AS place FROM json_populate_recordset(NULL::talentimg.audit, %(rows)s)
) AS r
WHERE NOT EXISTS (
    SELECT FROM talentimg.audit AS a WHERE a.talent_id = r.talent_id AND a.said_at = r.said_at
    AND (a.action, a.said_by, a.about) = (r.action, r.said_by, r.about) AND a.why IS NOT DISTINCT FROM r.why
)
ORDER BY r.place
"""


class PostgresPolicies(PostgresBackend, Policies):
    """The part of the repository that keeps them."""

    def save_policy(self, talent_id: str, policy: Policy) -> None:
        def save(db: Database) -> None:
            roster.check_exists(db, talent_id)
            save_policies(db, {talent_id: normalise(policy)})

        self._write(save)

    def save_audit(self, entries: Sequence[AuditEntry]) -> None:
        normalised = [normalise(entry) for entry in entries]
        self._write(lambda db: save_audit(db, normalised))

    def audit(self, talent_id: str, *, limit: int = 50) -> list[AuditEntry]:
        return self._read_once(lambda db: audit(db, normalise(talent_id), limit))

    def said_of(self, talent_ids: Collection[str], actions: Collection[str]) -> dict[str, list[AuditEntry]]:
        wanted = {"ids": list(filter(is_storable, talent_ids)), "actions": list(actions)}
        return self._read_once(lambda db: by_talent(map(audit_from, db.execute(_SAID_OF, **wanted))))

    def keep_disconnected(self, account: Disconnected, at: datetime) -> bool:
        return self._write(lambda db: roster.keep_disconnected(db, account, at))


def save_policies(db: Database, policies: Mapping[str, Policy]) -> None:
    """Write what people decided, by the ids of the talents."""
    db.upsert("policies", [_typed(policy_row(i, policy)) for i, policy in policies.items()], ("talent_id",))


def _typed(row: Row) -> Row:
    """A row with its lists as the type for JSON takes them."""
    lists = {name: from_json(row[name]) for name in ("source_order", "opt_outs", "about") if name in row}
    return row | lists


def save_audit(db: Database, entries: Iterable[AuditEntry]) -> None:
    """Write what people said."""
    db.execute_rows(_SAVE_AUDIT, [_typed(audit_row(entry)) for entry in entries])


def audit(db: Database, talent_id: str, limit: int) -> list[AuditEntry]:
    """The latest of what people said about a talent, newest first."""
    return [audit_from(row) for row in db.execute(_AUDIT, talent_id=talent_id, limit=limit)]
