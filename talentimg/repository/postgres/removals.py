"""Forgetting, merging and sweeping on Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from talentimg.repository.merging import merge
from talentimg.repository.naming import OWN
from talentimg.repository.postgres import policies, reads, roster
from talentimg.repository.postgres.app_tables import TABLES
from talentimg.repository.postgres.backend import PostgresBackend
from talentimg.repository.postgres.statements import PostgresSql
from talentimg.repository.sql_removals import SqlRemovals
from talentimg.repository.whose import is_own

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from talentimg.models import AuditEntry, Policy
    from talentimg.repository.interface.values import Merged
    from talentimg.repository.merging import Details
    from talentimg.repository.sql import Sql

T = TypeVar("T")

# Of a table of somebody else's it would say with a warning that it was passed over.
_OURS: Final = f"""
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = '{OWN}' AND c.relkind = 'r' AND pg_has_role(c.relowner, 'USAGE')
ORDER BY c.relname
""".encode()  # noqa: S608  our own name


class PostgresRemovals(PostgresBackend, SqlRemovals):
    """The part of the repository that takes away."""

    def _ask(self, work: Callable[[Sql], T]) -> T:
        return self._read(lambda db: work(PostgresSql(db)))

    def _ask_once(self, work: Callable[[Sql], T]) -> T:
        return self._read_once(lambda db: work(PostgresSql(db)))

    def _carry_out(self, work: Callable[[Sql], T]) -> T:
        return self._write(lambda db: work(PostgresSql(db)))

    def _say(self, sql: Sql, entry: AuditEntry) -> None:
        assert isinstance(sql, PostgresSql)
        policies.save_audit(sql.database, [entry])

    def _merge(self, sql: Sql, ids: Mapping[str, str], now: datetime, by: str) -> Merged:
        assert isinstance(sql, PostgresSql)
        db = sql.database
        sql.lock_talents(sorted({ids["id"], ids["into"]}))
        sql.lock_pictures()
        records = reads.records(db, [ids["id"], ids["into"]])

        def save(talent_id: str, policy: Policy) -> None:
            policies.save_policies(db, {talent_id: policy})

        def save_details(talent_id: str, details: Details) -> None:
            roster.set_details(db, talent_id, (None, *details), now)

        return merge(
            sql,
            records,
            ids,
            now,
            by=by,
            holder=self._lease_holder,
            save_policy=save,
            save_details=save_details,
        )

    def _wipe(self) -> None:
        """Vacuum our tables, and those of a roster of our own, as far as this role may."""
        self._check_writable()
        names = [row["name"] for row in self._connection_holder.query(_OURS)]
        if self._ask(is_own):
            names += [self._sql(f"@{table}").text.decode() for table in TABLES]
        for name in names:
            self._connection_holder.run_alone(f"VACUUM {name}".encode())
