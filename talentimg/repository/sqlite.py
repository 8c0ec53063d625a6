"""The roster in one SQLite file: what an agency without a database of its own uses.

Reading needs plain `sqlite3` only; the writing half (`sqlite_writes`, over sqlite-utils) and
the migrations (Alembic) are loaded when they are first needed.

One connection behind one lock serves all threads of the process: statements are short, and
processes beside each other are SQLite's own business (WAL, `BEGIN IMMEDIATE`, a busy timeout).
Tokens stand in the file as plain text, as in the agency's own database; its mode, 0600, protects them.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager, suppress
from itertools import groupby
from threading import RLock
from typing import TYPE_CHECKING

from talentimg.models import INITIALS, TalentRecord
from talentimg.repository import sqlite_file, stored
from talentimg.repository.interface import Repository, RosterRow
from talentimg.repository.migrations import HEAD, REVISIONS, ahead, upgrade
from talentimg.repository.sqlite_file import translated
from talentimg.repository.urls import sqlite_path, sqlite_url
from talentimg.repository.values import is_out_of_date, is_storable, new_id, not_found, tidy, tidy_talents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from talentimg.errors import SchemaAhead
    from talentimg.models import Account, Candidate, Cooldown, HistoryEntry, Picture, Policy, Token
    from talentimg.repository.interface import Change, NewAccount, NewTalent
    from talentimg.repository.sqlite_writes import Writer

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

_ASKABLE = """(
    EXISTS (SELECT 1 FROM "SocialAccountConnection" AS a WHERE a."creatorId" = t.id AND a.connected)
    OR EXISTS (SELECT 1 FROM "User" AS u WHERE u.id = t."userId" AND u."avatarUrl" <> '')
)"""

_FREE = """NOT EXISTS (
    SELECT 1 FROM talentimg_leases AS l WHERE l.talent_id = t.id AND l.until > :now
)"""

# Three statements, each of which walks one index in the order that is wanted; a single one with OR
# scans the whole index when nothing is due. Every talent stands in at most one of the three.
_NEVER_SYNCED = f"""
FROM "Talent" AS t WHERE t."lastProfileImageSyncAt" IS NULL AND {_ASKABLE} AND {_FREE}
"""
_STALE = f"""
FROM "Talent" AS t WHERE t."lastProfileImageSyncAt" < min(:before, :since)
AND {_ASKABLE} AND {_FREE}
"""
_EARLY = f"""
FROM (SELECT DISTINCT talent_id FROM talentimg_candidates WHERE next_due_at <= :now) AS c
CROSS JOIN "Talent" AS t ON t.id = c.talent_id
WHERE t."lastProfileImageSyncAt" >= :before AND t."lastProfileImageSyncAt" < :since
AND {_ASKABLE} AND {_FREE}
"""  # noqa: S608  made of constants
_ORDER = """ORDER BY t."lastProfileImageSyncAt", t.id LIMIT :limit"""

_END_OF_TIME = "9999-12-31T23:59:59.999Z~"
"""Sorts after every stored time."""


class SqliteRepository(Repository):
    """Keeps everything in one SQLite file. Made by `open`."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, *, refusal: SchemaAhead | None = None
    ) -> None:
        self.path = path
        self._connection = connection
        self._refusal = refusal
        self._lock = RLock()
        self._writer: Writer | None = None
        self._holder = new_id()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool = False,
        read_only: bool = False,
        busy_timeout: float = sqlite_file.BUSY_TIMEOUT,
    ) -> SqliteRepository:
        """Open a roster, and bring one that is behind up to date.

        Args:
            path: The file.
            create: Make the file if there is none, or fill it if it is empty.
            read_only: Promise not to write; then a file of a newer version can be read as well.
            busy_timeout: Seconds to wait for another process that is writing.

        Raises:
            NoStore: there is no roster, and `create` was not asked for.
            SchemaAhead: the file is of a newer version, and `read_only` was not promised.
            StoreUnreadable: the file is not a roster.
            CannotCreate: the file cannot be made, opened or written.
            StoreBusy: another process holds the lock for too long.
        """
        if create:
            sqlite_file.make(path)
        elif not sqlite_file.exists(path):
            raise sqlite_file.no_store(path)
        with translated(path):
            connection = sqlite_file.connect(path, timeout=busy_timeout)
            try:
                return cls._opened(path, connection, create=create, read_only=read_only)
            except BaseException:
                connection.close()
                raise

    @classmethod
    def _opened(
        cls, path: Path, connection: sqlite3.Connection, *, create: bool, read_only: bool
    ) -> SqliteRepository:
        standing = sqlite_file.standing(connection, path)
        if standing.empty and not create:
            raise sqlite_file.no_store(path)
        refusal = None
        if standing.version in (None, *REVISIONS[:-1]):
            upgrade(sqlite_url(path))
        elif standing.version != HEAD:
            refusal = ahead(path, standing.version)
            if not read_only:
                raise refusal
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            sqlite_file.prefer_wal(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        return cls(path, connection, refusal=refusal)

    # -- access -------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, in a transaction, so that several statements see one state."""
        with self._lock, translated(self.path):
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.rollback()

    @contextmanager
    def _writing(self, *, through_power_loss: bool = False) -> Iterator[Writer]:
        """The writing half, in a transaction that is written whole or not at all."""
        if self._refusal:
            raise self._refusal
        with self._lock, translated(self.path):
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

    def _loaded_writer(self) -> Writer:
        if self._writer is None:
            # Here and not above: sqlite-utils costs more time than a reading command takes in all.
            from talentimg.repository.sqlite_writes import Writer  # noqa: PLC0415

            self._writer = Writer(self._connection)
        return self._writer

    # -- the roster ---------------------------------------------------------

    def add(self, talents: Sequence[NewTalent], now: datetime) -> None:
        """See `Repository.add`."""
        tidied = tidy_talents(talents)
        with self._writing() as writer:
            writer.add(tidied, now)

    def update(self, talents: Sequence[NewTalent], now: datetime) -> None:
        """See `Repository.update`."""
        tidied = tidy_talents(talents)
        with self._writing() as writer:
            writer.update(tidied, now)

    def load(self, talent_id: str) -> TalentRecord:
        """See `Repository.load`."""
        for record in self.load_many([talent_id]):
            return record
        raise not_found(talent_id)

    def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
        """See `Repository.load_many`."""
        wanted = json.dumps([i for i in dict.fromkeys(talent_ids) if is_storable(i)])
        with self._reading() as connection:
            records = _records(connection, wanted)
        return [records[talent_id] for talent_id in talent_ids if talent_id in records]

    def roster(self, *, after: str | None = None, limit: int = 500) -> list[RosterRow]:
        """See `Repository.roster`."""
        page = f"""SELECT t.id, {_NAME}, t."profileImageUrl", t."profileImageSource",
            t."lastProfileImageSyncAt" FROM "Talent" AS t {"" if after is None else "WHERE t.id > :after"}
            ORDER BY t.id LIMIT :limit"""  # noqa: S608  made of constants
        with self._reading() as connection:
            talents = connection.execute(page, {"after": after, "limit": limit}).fetchall()
            accounts = _accounts(connection, json.dumps([row["id"] for row in talents]))
        return [_roster_row(row, accounts.get(row["id"], [])) for row in talents]

    def count(self) -> int:
        """See `Repository.count`."""
        with self._reading() as connection:
            return int(connection.execute('SELECT count(*) FROM "Talent"').fetchone()[0])

    def connect(self, talent_id: str, account: NewAccount, now: datetime) -> Account:
        """See `Repository.connect`."""
        tidied = tidy(account)
        with self._writing() as writer:
            writer.connect(talent_id, tidied, now)
            accounts = _accounts(self._connection, json.dumps([talent_id]))[talent_id]
            return next(a for a in accounts if a.platform == tidied.platform.lower())

    def disconnect(self, talent_id: str, platform: str, now: datetime) -> bool:
        """See `Repository.disconnect`."""
        with self._writing() as writer:
            return writer.disconnect(talent_id, platform.lower(), now)

    def save_token(self, account: Account, token: Token) -> None:
        """See `Repository.save_token`."""
        # The platform may already have revoked the old token: this one must not be lost.
        with self._writing(through_power_loss=True) as writer:
            writer.save_token(account, tidy(token))

    def save_policy(self, talent_id: str, policy: Policy) -> None:
        """See `Repository.save_policy`."""
        with self._writing() as writer:
            writer.save_policy(talent_id, tidy(policy))

    # -- syncing ------------------------------------------------------------

    def due(self, now: datetime, *, before: datetime | None, limit: int | None) -> list[str]:
        """See `Repository.due`."""
        with self._reading() as connection:
            return _due(connection, _due_values(now, before), limit)

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
            found = _due(self._connection, _due_values(now, before, unless_since), limit)
            writer.lease(found, self._holder, now + lease)
        return found

    def release(self, talent_ids: Sequence[str]) -> None:
        """See `Repository.release`."""
        if talent_ids:
            with self._writing() as writer:
                writer.release(talent_ids, self._holder)

    def count_due(self, now: datetime, *, before: datetime | None) -> int:
        """See `Repository.count_due`."""
        values = _due_values(now, before)
        with self._reading() as connection:
            counts = [
                connection.execute(f"SELECT count(*) {part}", values).fetchone()[0]
                for part in (_NEVER_SYNCED, _STALE, _EARLY)
            ]
        return sum(counts)

    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        """See `Repository.save`."""
        tidied = [tidy(change) for change in changes]
        if not tidied:
            return []
        wanted = json.dumps([c.talent_id for c in tidied if is_storable(c.talent_id)])
        with self._writing() as writer:
            current = _records(self._connection, wanted)
            stale = {c.talent_id for c in tidied if is_out_of_date(c, current.get(c.talent_id))}
            writer.save([c for c in tidied if c.talent_id not in stale], now)
        return sorted(stale)

    def picture(self, content_hash: str) -> Picture | None:
        """See `Repository.picture`."""
        return self._picture("content_hash = ?", content_hash)

    def picture_by_source(self, source_hash: str) -> Picture | None:
        """See `Repository.picture_by_source`."""
        return self._picture(
            "source_hash = ? ORDER BY created_at DESC, content_hash DESC LIMIT 1", source_hash
        )

    def _picture(self, where: str, value: str) -> Picture | None:
        with self._reading() as connection:
            query = f"SELECT * FROM talentimg_pictures WHERE {where}"  # noqa: S608  constants
            row = connection.execute(query, [value]).fetchone()
        return stored.picture_from(row) if row else None

    def history(self, talent_id: str, *, limit: int = 50) -> list[HistoryEntry]:
        """See `Repository.history`."""
        query = """SELECT * FROM talentimg_history WHERE talent_id = ?
            ORDER BY changed_at DESC, id DESC LIMIT ?"""
        with self._reading() as connection:
            rows = connection.execute(query, [tidy(talent_id), limit]).fetchall()
        return [stored.history_from(row) for row in rows]

    # -- politeness ---------------------------------------------------------

    def cooldowns(self, now: datetime) -> list[Cooldown]:
        """See `Repository.cooldowns`."""
        query = "SELECT * FROM talentimg_platforms WHERE cooldown_until > ? ORDER BY platform"
        with self._reading() as connection:
            rows = connection.execute(query, [stored.stamp(now)]).fetchall()
        return [stored.cooldown_from(row) for row in rows]

    def save_cooldown(self, cooldown: Cooldown) -> None:
        """See `Repository.save_cooldown`."""
        with self._writing() as writer:
            writer.save_cooldown(tidy(cooldown))

    # -- life ---------------------------------------------------------------

    def close(self) -> None:
        """See `Repository.close`."""
        with self._lock, suppress(sqlite3.Error):
            self._connection.close()


def open_url(url: str, *, create: bool = False, read_only: bool = False) -> SqliteRepository:
    """Open the roster that a SQLite URL names."""
    return SqliteRepository.open(sqlite_path(url), create=create, read_only=read_only)


def _due_values(
    now: datetime, before: datetime | None, unless_since: datetime | None = None
) -> dict[str, str | int | None]:
    return {
        "now": stored.stamp(now),
        "before": stored.stamp(before) or _END_OF_TIME,
        "since": stored.stamp(unless_since) or _END_OF_TIME,
    }


def _due(connection: sqlite3.Connection, values: dict[str, str | int | None], limit: int | None) -> list[str]:
    found: list[str] = []
    for part in (_NEVER_SYNCED, _STALE, _EARLY):
        left = -1 if limit is None else limit - len(found)
        if left:
            rows = connection.execute(f"SELECT t.id {part} {_ORDER}", values | {"limit": left})
            found += [row["id"] for row in rows]
    return found


def _accounts(connection: sqlite3.Connection, wanted: str) -> dict[str, list[Account]]:
    found: dict[str, dict[str, Account]] = {}
    for row in connection.execute(_ACCOUNTS, [wanted]):
        account = stored.account_from(row)
        found.setdefault(account.talent_id, {})[account.platform] = account
    return {talent_id: list(accounts.values()) for talent_id, accounts in found.items()}


def _candidates(connection: sqlite3.Connection, wanted: str) -> dict[str, list[Candidate]]:
    found = (stored.candidate_from(row) for row in connection.execute(_CANDIDATES, [wanted]))
    return {talent_id: list(own) for talent_id, own in groupby(found, lambda c: c.talent_id)}


def _records(connection: sqlite3.Connection, wanted: str) -> dict[str, TalentRecord]:
    """The records of the talents of a JSON list of ids."""
    talents = connection.execute(_TALENTS, [wanted]).fetchall()
    accounts = _accounts(connection, wanted)
    candidates = _candidates(connection, wanted)
    return {row["id"]: _record(row, accounts, candidates) for row in talents}


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
        synced_at=stored.moment(row["lastProfileImageSyncAt"]),
    )
