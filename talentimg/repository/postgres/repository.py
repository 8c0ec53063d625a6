"""The roster in the agency app's own Postgres: its tables as they are, and ours beside them.

The app's tables are read and written by the names that they have; nothing that is not ours is
changed but the columns that tell the app what we found. Times and other values are sent as text
and take the type that the column has. Tokens in the app's rows are plain text: they are read and
renewed, and no message or log line ever shows one.
"""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from talentimg.errors import CannotCreate
from talentimg.models import INITIALS, TalentRecord
from talentimg.repository import stored, stored_results, stored_runs
from talentimg.repository.interface import Repository, RosterRow
from talentimg.repository.migrations import HEAD, REVISIONS, ahead, behind
from talentimg.repository.postgres import due, errors, runs, tables
from talentimg.repository.postgres.connection import RECONNECT_TIMEOUT, ConnectionHolder
from talentimg.repository.postgres.due import Claim, Due
from talentimg.repository.postgres.lock import RunLock
from talentimg.repository.postgres.tables import Statements
from talentimg.repository.postgres.urls import parse
from talentimg.repository.postgres.writes import Writer
from talentimg.repository.values import (
    is_out_of_date,
    is_storable,
    new_id,
    normalise,
    normalise_talents,
    not_found,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime, timedelta
    from typing import TypeVar

    from talentimg.errors import TalentimgError
    from talentimg.models import (
        Account,
        Candidate,
        Cooldown,
        HistoryEntry,
        Picture,
        Policy,
        Run,
        Suspect,
        Token,
    )
    from talentimg.repository.interface import Change, Holder, NewAccount, NewTalent
    from talentimg.repository.postgres.connection import Connection, Row

    T = TypeVar("T")

# An operator sees the name that the agency shows; where there is none, the plain one.
_NAME = """coalesce(nullif(t."displayName", ''), t.name, '') AS name"""

_TALENTS = f"""
SELECT t.id, {_NAME}, t."profileImageUrl", t."profileImageSource", t."lastProfileImageSyncAt",
       u.email, u."avatarUrl",
       s.source AS own_source, s.url AS own_url, s.content_hash AS own_hash,
       p.lock_by, p.lock_at, p.lock_why, p.lock_until, p.source_order, p.opted_out, p.note
FROM unnest(%(ids)s::text[]) AS wanted (id)
JOIN @Talent AS t ON t.id = wanted.id
LEFT JOIN @User AS u ON u.id = t."userId"
LEFT JOIN talentimg.selections AS s ON s.talent_id = t.id
LEFT JOIN talentimg.policies AS p ON p.talent_id = t.id
"""  # noqa: S608  made of constants

# Where the app's rows hold one platform in two spellings, the one that was changed last counts.
_ACCOUNTS = """
SELECT a.id, a."creatorId", a.platform::text AS platform, coalesce(a.handle, '') AS handle, a."profileUrl",
       a."accessToken", a."refreshToken", a."expiresAt", k.handle AS known_handle, k.external_id
FROM unnest(%(ids)s::text[]) AS wanted (id)
JOIN @SocialAccountConnection AS a ON a."creatorId" = wanted.id
LEFT JOIN talentimg.accounts AS k ON k.account_id = a.id
WHERE a.connected
ORDER BY a."creatorId", lower(a.platform::text), a."updatedAt", a.id
"""

_CANDIDATES = """
SELECT c.* FROM unnest(%(ids)s::text[]) AS wanted (id)
JOIN talentimg.candidates AS c ON c.talent_id = wanted.id
ORDER BY c.talent_id, c.source
"""

_ROSTER = f"""
SELECT t.id, {_NAME}, t."profileImageUrl", t."profileImageSource", t."lastProfileImageSyncAt"
FROM @Talent AS t WHERE t.id > %(after)s ORDER BY t.id LIMIT %(limit)s
"""  # noqa: S608  made of constants

_HISTORY = """
SELECT * FROM talentimg.history WHERE talent_id = %(talent_id)s
ORDER BY changed_at DESC, id DESC LIMIT %(limit)s
"""
_PICTURE = "SELECT * FROM talentimg.pictures WHERE content_hash = %(hash)s"
_PICTURES_BY_SOURCE = """
SELECT * FROM talentimg.pictures WHERE source_hash = ANY(%(hashes)s)
ORDER BY created_at, content_hash COLLATE "C"
"""


class PostgresRepository(Repository):
    """Keeps everything in a Postgres database. Made by `open`."""

    def __init__(
        self,
        holder: ConnectionHolder,
        schema: str,
        *,
        read_only: bool = False,
        refusal: TalentimgError | None = None,
    ) -> None:
        self._connection_holder = holder
        self._sql = Statements(schema)
        self._refusal = refusal
        if read_only and refusal is None:
            self._refusal = CannotCreate("The roster was opened to be read only.")
        self._writer = Writer(self._sql)
        self._lease_holder = new_id()
        self._held: set[str] = set()
        self._run_lock = RunLock(holder.address)

    @classmethod
    def open(
        cls, url: str, *, read_only: bool = False, reconnect_timeout: float = RECONNECT_TIMEOUT
    ) -> PostgresRepository:
        """Open a roster.

        Args:
            url: The database, in any of the forms that `urls` knows.
            read_only: Promise not to write; then a store of a newer version can be read as well.
            reconnect_timeout: Seconds to try to come back to a server that was there and is gone.

        Raises:
            ConfigError: the URL is malformed, or user, password or database are wrong.
            StoreUnavailable: there is no answer.
            SchemaOutdated: the database needs `talentimg migrate`; that is never done unasked.
            SchemaTooNew: it is of a newer version, and `read_only` was not promised.
        """
        holder = ConnectionHolder(parse(url), reconnect_timeout=reconnect_timeout)
        try:
            return cls._opened(holder, read_only=read_only)
        except BaseException:
            holder.close()
            raise

    @classmethod
    def _opened(cls, holder: ConnectionHolder, *, read_only: bool) -> PostgresRepository:
        state = tables.schema_state(holder)
        if not state.is_readable:
            raise errors.forbidden(holder.address.place)
        if state.version in (None, *REVISIONS[:-1]):
            raise behind(holder.address.place, state.version)
        refusal = None
        if state.version != HEAD:
            refusal = ahead(holder.address.place, state.version)
            if not read_only:
                raise refusal
        if not state.has_roster:
            raise errors.lacks_tables(holder.address.place)
        return cls(holder, state.schema, read_only=read_only, refusal=refusal)

    # -- access -------------------------------------------------------------

    def _ask(self, statement: str, **values: Any) -> list[Row]:  # noqa: ANN401  as the driver takes them
        return self._connection_holder.query(self._sql(statement), values)

    def _write(self, work: Callable[[Connection], T], *, repeatable: bool = True) -> T:
        self._check_writable()
        return self._connection_holder.write(work, repeatable=repeatable)

    def _check_writable(self) -> None:
        if self._refusal:
            raise self._refusal

    # -- the roster ---------------------------------------------------------

    def add(self, talents: Sequence[NewTalent], now: datetime) -> None:
        """See `Repository.add`."""
        normalised = normalise_talents(talents)
        # Done twice, the second time would find its own ids taken.
        self._write(lambda connection: self._writer.add(connection, normalised, now), repeatable=False)

    def update(self, talents: Sequence[NewTalent], now: datetime) -> None:
        """See `Repository.update`."""
        normalised = normalise_talents(talents)
        self._write(lambda connection: self._writer.update(connection, normalised, now))

    def load(self, talent_id: str) -> TalentRecord:
        """See `Repository.load`."""
        for record in self.load_many([talent_id]):
            return record
        raise not_found(talent_id)

    def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
        """See `Repository.load_many`."""
        wanted = [i for i in dict.fromkeys(talent_ids) if is_storable(i)]
        records = self._connection_holder.read(partial(self._records, wanted=wanted))
        return [records[talent_id] for talent_id in talent_ids if talent_id in records]

    def _records(self, connection: Connection, wanted: list[str]) -> dict[str, TalentRecord]:
        # All are sent before the first answer is waited for.
        talents, account_rows, candidate_rows = (
            connection.execute(self._sql(statement), {"ids": wanted})
            for statement in (_TALENTS, _ACCOUNTS, _CANDIDATES)
        )
        people = talents.fetchall()
        accounts = _accounts_from(account_rows.fetchall())
        found = (stored_results.candidate_from(row) for row in candidate_rows.fetchall())
        candidates = {talent_id: list(own) for talent_id, own in groupby(found, lambda c: c.talent_id)}
        return {row["id"]: _record(row, accounts, candidates) for row in people}

    def _accounts(self, connection: Connection, wanted: list[str]) -> dict[str, list[Account]]:
        return _accounts_from(connection.execute(self._sql(_ACCOUNTS), {"ids": wanted}).fetchall())

    def roster(self, *, after: str | None = None, limit: int = 500) -> list[RosterRow]:
        """See `Repository.roster`. The order of ids is that of the database."""

        def page(connection: Connection) -> list[RosterRow]:
            # Every id comes after the empty one, which a talent might have all the same.
            statement = _ROSTER if after is not None else _ROSTER.replace(">", ">=")
            values = {"after": after or "", "limit": limit}
            talents = connection.execute(self._sql(statement), values).fetchall()
            accounts = self._accounts(connection, [row["id"] for row in talents])
            return [_roster_row(row, accounts.get(row["id"], [])) for row in talents]

        return self._connection_holder.read(page)

    def count(self) -> int:
        """See `Repository.count`."""
        return int(self._ask("SELECT count(*) AS number FROM @Talent")[0]["number"])

    def connect(self, talent_id: str, account: NewAccount, now: datetime) -> Account:
        """See `Repository.connect`."""
        normalised = normalise(account)

        def work(connection: Connection) -> Account:
            self._writer.connect(connection, talent_id, normalised, now)
            accounts = self._accounts(connection, [talent_id])[talent_id]
            return next(a for a in accounts if a.platform == normalised.platform.lower())

        return self._write(work)

    def disconnect(self, talent_id: str, platform: str, now: datetime) -> bool:
        """See `Repository.disconnect`."""
        # Done twice, the second time would find nothing connected and say so.
        return self._write(
            lambda connection: self._writer.disconnect(connection, talent_id, platform.lower(), now),
            repeatable=False,
        )

    def save_token(self, account: Account, token: Token) -> None:
        """See `Repository.save_token`."""
        self._write(lambda connection: self._writer.save_token(connection, account, normalise(token)))

    def save_policy(self, talent_id: str, policy: Policy) -> None:
        """See `Repository.save_policy`."""
        self._write(lambda connection: self._writer.save_policy(connection, talent_id, normalise(policy)))

    # -- syncing ------------------------------------------------------------

    def due(self, now: datetime, *, before: datetime | None, limit: int | None) -> list[str]:
        """See `Repository.due`. Ties by id are in the order of the database."""
        times = due.times(now, before)
        return self._connection_holder.read(lambda connection: Due(connection, self._sql, times).page(limit))

    def count_due(self, now: datetime, *, before: datetime | None) -> int:
        """See `Repository.count_due`."""
        times = due.times(now, before)
        return self._connection_holder.read(lambda connection: Due(connection, self._sql, times).count())

    def next_due(self, now: datetime, *, min_age: timedelta) -> datetime | None:
        """See `Repository.next_due`."""
        times = due.times(now, now - min_age)
        return self._connection_holder.read(
            lambda connection: Due(connection, self._sql, times).following(now, min_age)
        )

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
        times = due.times(now, before, unless_since)
        while True:
            claim = Claim(
                self._sql, times, limit=limit, until=now + lease, holder=self._lease_holder, held=self._held
            )
            seen, taken = self._write(claim)
            self._held.update(taken)
            if taken or not seen:  # else others were faster with all of them
                return taken

    def renew(self, talent_ids: Sequence[str], until: datetime) -> None:
        """See `Repository.renew`."""
        ids = [talent_id for talent_id in talent_ids if is_storable(talent_id)]
        if ids:
            self._write(lambda connection: due.renew(connection, ids, self._lease_holder, until))

    def release(self, talent_ids: Sequence[str]) -> None:
        """See `Repository.release`."""
        ids = [talent_id for talent_id in talent_ids if is_storable(talent_id)]
        if ids:
            self._write(lambda connection: due.release(connection, ids, self._lease_holder))
            self._held.difference_update(ids)

    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        """See `Repository.save`."""
        normalised = [normalise(change) for change in changes]
        if not normalised:
            return []
        stale = self._write(partial(self._save, changes=normalised, now=now))
        self._held.difference_update(c.talent_id for c in normalised if c.talent_id not in stale)
        return sorted(stale)

    def _save(self, connection: Connection, changes: list[Change], now: datetime) -> set[str]:
        ids = [change.talent_id for change in changes if is_storable(change.talent_id)]
        self._writer.lock(connection, ids)
        current = self._records(connection, wanted=ids)
        stale = {c.talent_id for c in changes if is_out_of_date(c, current.get(c.talent_id))}
        fresh = [c for c in changes if c.talent_id not in stale]
        self._writer.save(connection, fresh, {i: r.talent for i, r in current.items()}, now)
        return stale

    def picture(self, content_hash: str) -> Picture | None:
        """See `Repository.picture`."""
        return next(map(stored_results.picture_from, self._ask(_PICTURE, hash=content_hash)), None)

    def pictures_by_source(self, source_hashes: Sequence[str]) -> dict[str, Picture]:
        """See `Repository.pictures_by_source`."""
        rows = self._ask(_PICTURES_BY_SOURCE, hashes=list(source_hashes))
        return {row["source_hash"]: stored_results.picture_from(row) for row in rows}

    def history(self, talent_id: str, *, limit: int = 50) -> list[HistoryEntry]:
        """See `Repository.history`."""
        rows = self._ask(_HISTORY, talent_id=normalise(talent_id), limit=limit)
        return [stored_results.history_from(row) for row in rows]

    # -- the same picture for many ------------------------------------------

    def holders(self, content_hashes: Sequence[str]) -> list[Holder]:
        """See `Repository.holders`."""
        hashes = [h for h in content_hashes if is_storable(h)]
        return [stored_results.holder_from(row) for row in self._ask(runs.HOLDERS, hashes=hashes)]

    def suspects(self) -> list[Suspect]:
        """See `Repository.suspects`."""
        return [stored_runs.suspect_from(row) for row in self._ask(runs.SUSPECTS)]

    def save_suspect(self, suspect: Suspect) -> None:
        """See `Repository.save_suspect`."""
        self._write(lambda connection: runs.save_suspect(connection, normalise(suspect)))

    # -- politeness ---------------------------------------------------------

    def cooldowns(self, now: datetime) -> list[Cooldown]:
        """See `Repository.cooldowns`."""
        rows = self._ask(runs.COOLDOWNS, now=stored.to_text(now))
        return [stored_results.cooldown_from(row) for row in rows]

    def save_cooldown(self, cooldown: Cooldown) -> None:
        """See `Repository.save_cooldown`."""
        self._write(lambda connection: runs.save_cooldown(connection, normalise(cooldown)))

    def forgive(self, platform: str) -> None:
        """See `Repository.forgive`."""
        self._write(lambda connection: runs.forgive(connection, normalise(platform.lower())))

    def spend(self, platform: str, units: int, day_ends: datetime) -> int:
        """See `Repository.spend`."""
        name, ends = normalise((platform.lower(), day_ends))
        if units:
            # Done twice, it counts too much rather than too little: that may be done.
            return self._write(lambda connection: runs.spend(connection, name, units, ends))
        rows = self._ask(runs.QUOTA, platform=name, ends=stored.to_text(ends))
        return sum(row["quota_used"] for row in rows)

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
        self._write(lambda connection: runs.save_run(connection, normalise(run)))

    def run(self, run_id: str) -> Run | None:
        """See `Repository.run`."""
        return next(map(stored_runs.run_from, self._ask(runs.RUN, id=normalise(run_id))), None)

    def runs(self, *, limit: int = 20) -> list[Run]:
        """See `Repository.runs`."""
        return [stored_runs.run_from(row) for row in self._ask(runs.RUNS, limit=limit)]

    # -- life ---------------------------------------------------------------

    def close(self) -> None:
        """See `Repository.close`."""
        self._run_lock.release()
        self._connection_holder.close()


def open_url(url: str, *, create: bool = False, read_only: bool = False) -> PostgresRepository:
    """Open the roster that a Postgres URL names; a database is never made or filled unasked."""
    del create
    return PostgresRepository.open(url, read_only=read_only)


def _accounts_from(rows: Iterable[Row]) -> dict[str, list[Account]]:
    found: dict[str, dict[str, Account]] = {}
    for row in rows:
        account = stored.account_from(row)
        found.setdefault(account.talent_id, {})[account.platform] = account
    return {talent_id: list(accounts.values()) for talent_id, accounts in found.items()}


def _record(
    row: Row, accounts: dict[str, list[Account]], candidates: dict[str, list[Candidate]]
) -> TalentRecord:
    return TalentRecord(
        talent=stored.talent_from(row, accounts.get(row["id"], [])),
        selection=stored.selection_from(row),
        policy=stored.policy_from(row),
        candidates={c.source: c for c in candidates.get(row["id"], [])},
    )


def _roster_row(row: Row, accounts: list[Account]) -> RosterRow:
    return RosterRow(
        talent_id=row["id"],
        name=row["name"],
        platforms=tuple(account.platform for account in accounts),
        source=(row["profileImageSource"] or INITIALS).lower(),
        url=row["profileImageUrl"],
        synced_at=stored.from_text(row["lastProfileImageSyncAt"]),
    )
