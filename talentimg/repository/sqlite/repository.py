"""The roster in one SQLite file: what an agency without a database of its own uses.

Reading needs plain `sqlite3` only; the writing half (`writes`, over sqlite-utils) and
the migrations (Alembic) are loaded when they are first needed.

One connection behind one lock serves all threads of the process: statements are short, and
processes beside each other are SQLite's own business (WAL, `BEGIN IMMEDIATE`, a busy timeout).
Tokens stand in the file as plain text, as in the agency's own database; its mode, 0600, protects them.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING

from talentimg.repository import stored
from talentimg.repository.interface import Repository
from talentimg.repository.migrations import HEAD, REVISIONS, ahead, upgrade
from talentimg.repository.sqlite import due, errors, reads
from talentimg.repository.sqlite.connection import (
    BUSY_TIMEOUT,
    connect,
    exists,
    make,
    prefer_wal,
    schema_state,
)
from talentimg.repository.sqlite.lock import RunLock
from talentimg.repository.urls import sqlite_path, sqlite_url
from talentimg.repository.values import (
    is_out_of_date,
    is_storable,
    new_id,
    normalise,
    normalise_talents,
    not_found,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from talentimg.errors import TalentimgError
    from talentimg.models import (
        Account,
        Cooldown,
        HistoryEntry,
        Picture,
        Policy,
        Run,
        Suspect,
        TalentRecord,
        Token,
    )
    from talentimg.repository.interface import Change, Holder, NewAccount, NewTalent, RosterRow
    from talentimg.repository.sqlite.writes import Writer

_HOLDERS = """
SELECT c.source, c.content_hash, c.talent_id FROM talentimg_candidates AS c
WHERE c.content_hash IN (SELECT value FROM json_each(?)) ORDER BY c.source, c.content_hash, c.talent_id
"""
_PICTURES_BY_SOURCE = """
SELECT * FROM talentimg_pictures WHERE source_hash IN (SELECT value FROM json_each(?))
ORDER BY created_at, content_hash
"""

# A row may hold a quota and no cool-down.
_COOLDOWNS = """
SELECT * FROM talentimg_platforms
WHERE cooldown_until > ? OR (failures > 0 AND cooldown_until IS NOT NULL) ORDER BY platform
"""
_QUOTA = "SELECT quota_used FROM talentimg_platforms WHERE platform = ? AND quota_ends = ?"


class SqliteRepository(Repository):
    """Keeps everything in one SQLite file. Made by `open`."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, *, refusal: TalentimgError | None = None
    ) -> None:
        self.path = path
        self._connection = connection
        self._refusal = refusal
        self._lock = RLock()
        self._writer: Writer | None = None
        self._lease_holder = new_id()
        self._run_lock = RunLock(path)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool = False,
        read_only: bool = False,
        busy_timeout: float = BUSY_TIMEOUT,
    ) -> SqliteRepository:
        """Open a roster, and bring one that is behind up to date.

        Args:
            path: The file.
            create: Make the file if there is none, or fill it if it is empty.
            read_only: Promise not to write; then a file of a newer version can be read as well.
            busy_timeout: Seconds to wait for another process that is writing.

        Raises:
            StoreNotFound: there is no roster, and `create` was not asked for.
            SchemaTooNew: the file is of a newer version, and `read_only` was not promised.
            StoreUnreadable: the file is not a roster.
            CannotCreate: the file cannot be made, opened or written.
            StoreLocked: another process holds the lock for too long.
        """
        if create:
            make(path)
        elif not exists(path):
            raise errors.no_store(path)
        with errors.translated(path):
            connection = connect(path, timeout=busy_timeout)
            try:
                return cls._opened(path, connection, create=create, read_only=read_only)
            except BaseException:
                connection.close()
                raise

    @classmethod
    def _opened(
        cls, path: Path, connection: sqlite3.Connection, *, create: bool, read_only: bool
    ) -> SqliteRepository:
        state = schema_state(connection, path)
        if state.empty and not create:
            raise errors.no_store(path)
        refusal: TalentimgError | None = errors.forbidden(path) if read_only else None
        if state.version in (None, *REVISIONS[:-1]):
            upgrade(sqlite_url(path))
        elif state.version != HEAD:
            refusal = ahead(path, state.version)
            if not read_only:
                raise refusal
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            prefer_wal(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        return cls(path, connection, refusal=refusal)

    # -- access -------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, in a transaction, so that several statements see one state."""
        with self._lock, errors.translated(self.path):
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.rollback()

    def _rows(self, query: str, *values: str | int | None) -> list[sqlite3.Row]:
        with self._reading() as connection:
            return connection.execute(query, values).fetchall()

    @contextmanager
    def _writing(self, *, through_power_loss: bool = False) -> Iterator[Writer]:
        """The writing half, in a transaction that is written whole or not at all."""
        self._check_writable()
        with self._lock, errors.translated(self.path):
            writer = self._loaded_writer()
            # In WAL mode NORMAL survives the end of the process at any point, and FULL also that of the
            # machine: https://www.sqlite.org/pragma.html#pragma_synchronous
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if through_power_loss else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield writer
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise

    def _check_writable(self) -> None:
        if self._refusal:
            raise self._refusal

    def _loaded_writer(self) -> Writer:
        if self._writer is None:
            # Here and not above: sqlite-utils costs more time than a reading command takes in all.
            from talentimg.repository.sqlite.writes import Writer  # noqa: PLC0415

            self._writer = Writer(self._connection)
        return self._writer

    # -- the roster ---------------------------------------------------------

    def add(self, talents: Sequence[NewTalent], now: datetime) -> None:
        """See `Repository.add`."""
        normalised = normalise_talents(talents)
        with self._writing() as writer:
            writer.add(normalised, now)

    def update(self, talents: Sequence[NewTalent], now: datetime) -> None:
        """See `Repository.update`."""
        normalised = normalise_talents(talents)
        with self._writing() as writer:
            writer.update(normalised, now)

    def load(self, talent_id: str) -> TalentRecord:
        """See `Repository.load`."""
        for record in self.load_many([talent_id]):
            return record
        raise not_found(talent_id)

    def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
        """See `Repository.load_many`."""
        wanted = json.dumps([i for i in dict.fromkeys(talent_ids) if is_storable(i)])
        with self._reading() as connection:
            records = reads.records(connection, wanted)
        return [records[talent_id] for talent_id in talent_ids if talent_id in records]

    def roster(self, *, after: str | None = None, limit: int = 500) -> list[RosterRow]:
        """See `Repository.roster`."""
        with self._reading() as connection:
            return reads.roster(connection, after, limit)

    def count(self) -> int:
        """See `Repository.count`."""
        with self._reading() as connection:
            return int(connection.execute('SELECT count(*) FROM "Talent"').fetchone()[0])

    def connect(self, talent_id: str, account: NewAccount, now: datetime) -> Account:
        """See `Repository.connect`."""
        normalised = normalise(account)
        with self._writing() as writer:
            writer.connect(talent_id, normalised, now)
            accounts = reads.accounts(self._connection, json.dumps([talent_id]))[talent_id]
            return next(a for a in accounts if a.platform == normalised.platform.lower())

    def disconnect(self, talent_id: str, platform: str, now: datetime) -> bool:
        """See `Repository.disconnect`."""
        with self._writing() as writer:
            return writer.disconnect(talent_id, platform.lower(), now)

    def save_token(self, account: Account, token: Token) -> None:
        """See `Repository.save_token`."""
        # The platform may already have revoked the old token: this one must not be lost.
        with self._writing(through_power_loss=True) as writer:
            writer.save_token(account, normalise(token))

    def save_policy(self, talent_id: str, policy: Policy) -> None:
        """See `Repository.save_policy`."""
        with self._writing() as writer:
            writer.save_policy(talent_id, normalise(policy))

    # -- syncing ------------------------------------------------------------

    def due(self, now: datetime, *, before: datetime | None, limit: int | None) -> list[str]:
        """See `Repository.due`."""
        with self._reading() as connection:
            return due.page(connection, due.times(now, before), limit)

    def claim(
        self,
        now: datetime,
        *,
        before: datetime | None,
        limit: int,
        lease: timedelta,
        unless_since: datetime | None = None,
    ) -> list[str]:
        """See `Repository.claim`."""
        with self._writing() as writer:
            times = due.times(now, before, unless_since)
            found = due.page(self._connection, times, limit)
            writer.lease(found, self._lease_holder, now + lease)
        return found

    def renew(self, talent_ids: Sequence[str], until: datetime) -> None:
        """See `Repository.renew`."""
        if talent_ids:
            with self._writing() as writer:
                writer.renew(talent_ids, self._lease_holder, until)

    def release(self, talent_ids: Sequence[str]) -> None:
        """See `Repository.release`."""
        if talent_ids:
            with self._writing() as writer:
                writer.release(talent_ids, self._lease_holder)

    def count_due(self, now: datetime, *, before: datetime | None) -> int:
        """See `Repository.count_due`."""
        with self._reading() as connection:
            return due.count(connection, due.times(now, before))

    def next_due(self, now: datetime, *, min_age: timedelta) -> datetime | None:
        """See `Repository.next_due`."""
        with self._reading() as connection:
            return due.following(connection, now, min_age)

    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        """See `Repository.save`."""
        normalised = [normalise(change) for change in changes]
        if not normalised:
            return []
        wanted = json.dumps([c.talent_id for c in normalised if is_storable(c.talent_id)])
        with self._writing() as writer:
            current = reads.records(self._connection, wanted)
            stale = {c.talent_id for c in normalised if is_out_of_date(c, current.get(c.talent_id))}
            writer.save([c for c in normalised if c.talent_id not in stale], now)
        return sorted(stale)

    def picture(self, content_hash: str) -> Picture | None:
        """See `Repository.picture`."""
        rows = self._rows("SELECT * FROM talentimg_pictures WHERE content_hash = ?", content_hash)
        return next(map(stored.picture_from, rows), None)

    def pictures_by_source(self, source_hashes: Sequence[str]) -> dict[str, Picture]:
        """See `Repository.pictures_by_source`."""
        rows = self._rows(_PICTURES_BY_SOURCE, json.dumps(list(source_hashes)))
        return {row["source_hash"]: stored.picture_from(row) for row in rows}

    def history(self, talent_id: str, *, limit: int = 50) -> list[HistoryEntry]:
        """See `Repository.history`."""
        query = """SELECT * FROM talentimg_history WHERE talent_id = ?
            ORDER BY changed_at DESC, id DESC LIMIT ?"""
        return [stored.history_from(row) for row in self._rows(query, normalise(talent_id), limit)]

    # -- the same picture for many ------------------------------------------

    def holders(self, content_hashes: Sequence[str]) -> list[Holder]:
        """See `Repository.holders`."""
        wanted = json.dumps([h for h in content_hashes if is_storable(h)])
        return [stored.holder_from(row) for row in self._rows(_HOLDERS, wanted)]

    def suspects(self) -> list[Suspect]:
        """See `Repository.suspects`."""
        from talentimg.repository import stored_runs  # noqa: PLC0415  start-up time

        query = "SELECT * FROM talentimg_suspects ORDER BY since DESC, source, source_hash"
        return [stored_runs.suspect_from(row) for row in self._rows(query)]

    def save_suspect(self, suspect: Suspect) -> None:
        """See `Repository.save_suspect`."""
        with self._writing() as writer:
            writer.save_suspect(normalise(suspect))

    # -- politeness ---------------------------------------------------------

    def cooldowns(self, now: datetime) -> list[Cooldown]:
        """See `Repository.cooldowns`."""
        return [stored.cooldown_from(row) for row in self._rows(_COOLDOWNS, stored.to_text(now))]

    def save_cooldown(self, cooldown: Cooldown) -> None:
        """See `Repository.save_cooldown`."""
        with self._writing() as writer:
            writer.save_cooldown(normalise(cooldown))

    def forgive(self, platform: str) -> None:
        """See `Repository.forgive`."""
        with self._writing() as writer:
            writer.forgive(normalise(platform.lower()))

    def spend(self, platform: str, units: int, day_ends: datetime) -> int:
        """See `Repository.spend`."""
        name, ends = normalise((platform.lower(), day_ends))
        if units:
            with self._writing() as writer:
                return writer.spend(name, units, ends)
        return sum(row["quota_used"] for row in self._rows(_QUOTA, name, stored.to_text(ends)))

    # -- runs ---------------------------------------------------------------

    def lock_run(self) -> bool:
        """See `Repository.lock_run`."""
        self._check_writable()
        return self._run_lock.acquire()

    def unlock_run(self) -> None:
        """See `Repository.unlock_run`."""
        self._run_lock.release()

    def save_run(self, run: Run) -> None:
        """See `Repository.save_run`."""
        with self._writing() as writer:
            writer.save_run(normalise(run))

    def run(self, run_id: str) -> Run | None:
        """See `Repository.run`."""
        from talentimg.repository import stored_runs  # noqa: PLC0415  start-up time

        rows = self._rows("SELECT * FROM talentimg_runs WHERE id = ?", normalise(run_id))
        return next(map(stored_runs.run_from, rows), None)

    def runs(self, *, limit: int = 20) -> list[Run]:
        """See `Repository.runs`."""
        from talentimg.repository import stored_runs  # noqa: PLC0415  start-up time

        query = "SELECT * FROM talentimg_runs ORDER BY started_at DESC, id DESC LIMIT ?"
        return [stored_runs.run_from(row) for row in self._rows(query, limit)]

    # -- life ---------------------------------------------------------------

    def close(self) -> None:
        """See `Repository.close`."""
        self._run_lock.release()
        with self._lock, suppress(sqlite3.Error):
            self._connection.close()


def open_url(url: str, *, create: bool = False, read_only: bool = False) -> SqliteRepository:
    """Open the roster that a SQLite URL names."""
    return SqliteRepository.open(sqlite_path(url), create=create, read_only=read_only)
