"""Forgetting, merging and sweeping in a SQLite file."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, TypeVar

from talentimg.errors import StoreLocked
from talentimg.repository.sql_removals import SqlRemovals
from talentimg.repository.sqlite.backend import SqliteBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from talentimg.models import AuditEntry, Policy
    from talentimg.repository.interface.values import Merged
    from talentimg.repository.merging import Details
    from talentimg.repository.sql import Sql
    from talentimg.repository.sqlite.database import Database

T = TypeVar("T")

# ruff: noqa: PLC0415  start-up time: a command that only reads needs none of it


class SqliteRemovals(SqliteBackend, SqlRemovals):
    """The part of the repository that takes away."""

    def _ask(self, work: Callable[[Sql], T]) -> T:
        from talentimg.repository.sqlite.statements import SqliteSql

        with self._reading() as connection:
            return work(SqliteSql(connection))

    def _ask_once(self, work: Callable[[Sql], T]) -> T:
        return self._ask(work)

    def _carry_out(self, work: Callable[[Sql], T]) -> T:
        from talentimg.repository.sqlite.statements import SqliteSql

        with self._writing() as db:
            return work(SqliteSql(db))

    def _say(self, sql: Sql, entry: AuditEntry) -> None:
        from talentimg.repository.sqlite.policies import save_audit

        save_audit(_database(sql), [entry])

    def _merge(self, sql: Sql, ids: Mapping[str, str], now: datetime, by: str) -> Merged:
        from talentimg.repository.merging import merge
        from talentimg.repository.sqlite import reads, roster
        from talentimg.repository.sqlite.policies import save_policies

        db = _database(sql)
        records = reads.records(db.conn, [ids["id"], ids["into"]])

        def save(talent_id: str, policy: Policy) -> None:
            save_policies(db, {talent_id: policy})

        def save_details(talent_id: str, details: Details) -> None:
            roster.set_details(db, talent_id, None, *details)

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
        """Build the file anew without free pages, and empty the file of what was written last.

        https://www.sqlite.org/pragma.html#pragma_secure_delete https://www.sqlite.org/lang_vacuum.html
        """
        self._check_writable()
        with self._connection_holder.alone() as connection:
            try:
                connection.execute("VACUUM")
                (is_busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.OperationalError as error:
                if (error.sqlite_errorcode & 0xFF) not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                    raise
                is_busy = True
        if is_busy:
            raise StoreLocked(
                "Everything is removed, but others have the roster open, so free pages of its file could not "
                "be overwritten yet.",
                hint="Say the same again when nothing else runs.",
            )


def _database(sql: Sql) -> Database:
    from talentimg.repository.sqlite.statements import SqliteSql

    assert isinstance(sql, SqliteSql)
    return sql.database
