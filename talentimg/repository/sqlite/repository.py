"""The roster in one SQLite file, for agencies without a database of their own.

Reading needs only `sqlite3`; sqlite-utils and Alembic are imported when they are first needed. One
connection serves all threads of a process, and SQLite itself keeps processes apart (WAL, `BEGIN
IMMEDIATE`, a busy timeout). Tokens are plain text, as in the agency's own database; the mode of the
file, 0600, protects them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.repository.app_names import AS_OURS
from talentimg.repository.interface import Repository
from talentimg.repository.isolating import save_apart
from talentimg.repository.sql_feed import SqlFeed
from talentimg.repository.sql_renewals import SqlRenewals
from talentimg.repository.sql_webhooks import SqlWebhooks
from talentimg.repository.sqlite import due, policies, politeness, reads, results, roster
from talentimg.repository.sqlite.keeping import SqliteKeeping
from talentimg.repository.sqlite.policies import SqlitePolicies
from talentimg.repository.sqlite.removals import SqliteRemovals
from talentimg.repository.sqlite.reviews import SqliteReviews
from talentimg.repository.turns import TurnsWanted
from talentimg.repository.urls import sqlite_path
from talentimg.repository.values import (
    normalise,
    normalise_change,
    normalise_talents,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime, timedelta

    from talentimg.models import (
        Account,
        AuditEntry,
        Cooldown,
        Freshness,
        HistoryEntry,
        Picture,
        Run,
        RunTalent,
        StopRequest,
        Suspect,
        TalentRecord,
        Token,
    )
    from talentimg.repository.app_names import AppNames
    from talentimg.repository.interface import (
        Change,
        Claims,
        Disconnected,
        Holder,
        NewAccount,
        NewTalent,
        PictureInUse,
        RosterRow,
    )


class SqliteRepository(
    SqliteKeeping,
    SqlitePolicies,
    SqliteReviews,
    SqliteRemovals,
    SqlRenewals,
    SqlFeed,
    SqlWebhooks,
    Repository,
):
    """Keeps everything in one SQLite file. Made by `open`."""

    # -- the roster ---------------------------------------------------------

    def add(self, talents: Sequence[NewTalent], now: datetime, *, said: Sequence[AuditEntry] = ()) -> None:
        normalised = normalise_talents(talents)
        with self._writing() as db:
            roster.add(db, normalised, now)
            policies.save_audit(db, [normalise(one) for one in said])
            due.forget_marks(db)

    def load(self, talent_id: str) -> TalentRecord:
        for record in self.load_many([talent_id]):
            return record
        with self._reading() as connection:
            raise roster.absent(connection, talent_id)

    def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
        with self._reading() as connection:
            records = reads.records(connection, talent_ids)
        return [records[talent_id] for talent_id in talent_ids if talent_id in records]

    def roster(self, *, after: str | None = None, limit: int = 500) -> list[RosterRow]:
        with self._reading() as connection:
            return reads.roster(connection, after, limit)

    def count(self) -> int:
        with self._reading() as connection:
            return reads.count(connection)

    def connect(
        self, talent_id: str, account: NewAccount, now: datetime, *, said: AuditEntry | None = None
    ) -> Account:
        with self._writing() as db:
            due.forget_marks(db)
            policies.save_audit(db, [normalise(said)] if said else [])
            return roster.connect(db, talent_id, normalise(account), now)

    def disconnect(
        self, talent_id: str, platform: str, now: datetime, *, said: AuditEntry | None = None
    ) -> bool:
        with self._writing() as db:
            was_connected = roster.disconnect(db, talent_id, platform.lower(), now)
            policies.save_audit(db, [normalise(said)] if said and was_connected else [])
            return was_connected

    def disconnected(self, talent_ids: Sequence[str]) -> set[Disconnected]:
        from talentimg.repository.sqlite import disconnects  # noqa: PLC0415  start-up time

        with self._reading() as connection:
            return disconnects.disconnected(connection, talent_ids)

    def save_token(self, account: Account, token: Token) -> Token | None:
        # It must not be lost, as the platform may already have revoked the old one.
        with self._writing(through_power_loss=True) as db:
            return roster.save_token(db, account, normalise(token))

    # -- syncing ------------------------------------------------------------

    def due(self, now: datetime, *, before: datetime | None, limit: int | None) -> list[str]:
        with self._reading() as connection:
            return due.due(connection, due.times(now, before), limit)

    def claim(
        self,
        now: datetime,
        *,
        before: datetime | None,
        limit: int,
        lease: timedelta,
        unless_since: datetime | None = None,
    ) -> list[str]:
        times = due.times(now, before, unless_since)
        with self._writing() as db:
            return due.claim(db, times, limit=limit, holder=self._lease_holder, until=now + lease)

    def renew(self, talent_ids: Sequence[str], until: datetime) -> None:
        if talent_ids:
            with self._writing() as db:
                due.renew(db, talent_ids, self._lease_holder, until)

    def release(self, talent_ids: Sequence[str]) -> None:
        if talent_ids:
            with self._writing() as db:
                due.release(db, talent_ids, self._lease_holder)

    def release_of(self, processes: Collection[tuple[str, int]]) -> int:
        with self._writing() as db:
            return due.release_of(db, processes, self._lease_holder)

    def count_due(self, now: datetime, *, before: datetime | None, at_most: int | None = None) -> int:
        with self._reading() as connection:
            return due.count_due(connection, due.times(now, before), at_most)

    def claims(self, now: datetime) -> list[Claims]:
        with self._reading() as connection:
            return due.claims(connection, due.times(now, None), self._lease_holder)

    def next_due(self, now: datetime, *, min_age: timedelta) -> datetime | None:
        with self._reading() as connection:
            return due.next_due(connection, now, min_age)

    def freshness(self, now: datetime, *, at_most: int) -> Freshness:
        with self._reading() as connection:
            return due.freshness(connection, now, at_most)

    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        normalised = [normalise_change(change) for change in changes]
        if not normalised:
            return []
        return save_apart(lambda some: self._save(some, now), normalised)

    def _save(self, changes: Sequence[Change], now: datetime) -> set[str]:
        with self._writing() as db:
            return results.save(db, changes, now)

    def picture(self, content_hash: str) -> Picture | None:
        with self._reading() as connection:
            return reads.picture(connection, content_hash)

    def pictures_by_source(self, source_hashes: Sequence[str]) -> dict[str, Picture]:
        with self._reading() as connection:
            return reads.pictures_by_source(connection, source_hashes)

    def history(self, talent_id: str, *, limit: int = 50) -> list[HistoryEntry]:
        with self._reading() as connection:
            return reads.history(connection, normalise(talent_id), limit)

    def to_recut(
        self, crop: str, now: datetime, *, after: str | None = None, limit: int = 100
    ) -> list[PictureInUse]:
        from talentimg.repository.sqlite import cuts  # noqa: PLC0415  start-up time

        with self._reading() as connection:
            return cuts.to_recut(connection, crop, now, after, limit)

    def recut(self, old: Picture, new: Picture, now: datetime, *, why: str, by: str) -> list[str]:
        from talentimg.repository.in_use import Entry  # noqa: PLC0415  start-up time
        from talentimg.repository.sqlite import cuts  # noqa: PLC0415  start-up time

        with self._writing() as db:
            return cuts.recut(db, old, normalise(new), Entry(normalise(now), why, by))

    # -- whether all fits together ------------------------------------------

    def pictures_in_use(self, *, after: str | None, limit: int) -> list[PictureInUse]:
        from talentimg.repository.sqlite import cuts  # noqa: PLC0415  start-up time

        with self._reading() as connection:
            return cuts.pictures_in_use(connection, after, limit)

    def known_pictures(self, content_hashes: Collection[str]) -> set[str]:
        from talentimg.repository.sqlite import cuts  # noqa: PLC0415  start-up time

        with self._reading() as connection:
            return cuts.known_pictures(connection, content_hashes)

    def latest_changes(self, talent_ids: Collection[str]) -> dict[str, HistoryEntry]:
        with self._reading() as connection:
            return reads.latest_changes(connection, talent_ids)

    def database_time(self) -> datetime | None:
        """A file has none."""
        return None

    # -- the same picture for many ------------------------------------------

    def holders(self, content_hashes: Sequence[str], likenesses: Sequence[str | None] = ()) -> list[Holder]:
        with self._reading() as connection:
            return reads.holders(connection, content_hashes, likenesses)

    def absences(self, sources: Sequence[str], since: datetime) -> dict[str, tuple[int, int]]:
        with self._reading() as connection:
            return reads.absences(connection, sources, since)

    def suspects(self) -> list[Suspect]:
        from talentimg.repository.sqlite import suspects  # noqa: PLC0415  start-up time

        with self._reading() as connection:
            return suspects.suspects(connection)

    def save_suspect(self, suspect: Suspect, said: AuditEntry | None = None) -> None:
        from talentimg.repository.sqlite import suspects  # noqa: PLC0415  start-up time

        with self._writing() as db:
            suspects.save_suspect(db, normalise(suspect))
            policies.save_audit(db, [normalise(said)] if said else [])

    def forget_suspects(self, suspects: Sequence[Suspect], said: Sequence[AuditEntry] = ()) -> None:
        from talentimg.repository.sqlite import suspects as kept  # noqa: PLC0415  start-up time

        with self._writing() as db:
            kept.forget_suspects(db, map(normalise, suspects))
            policies.save_audit(db, map(normalise, said))

    # -- politeness ---------------------------------------------------------

    def cooldowns(self, now: datetime) -> list[Cooldown]:
        with self._reading() as connection:
            return politeness.cooldowns(connection, now)

    def save_cooldown(self, cooldown: Cooldown) -> None:
        with self._writing() as db:
            politeness.save_cooldown(db, normalise(cooldown))

    def forgive(self, platform: str) -> None:
        with self._writing() as db:
            politeness.forgive(db, normalise(platform.lower()))

    def spend(self, platform: str, units: int, day_ends: datetime) -> int:
        name, ends = normalise((platform.lower(), day_ends))
        if units:
            with self._writing() as db:
                return politeness.spend(db, name, units, ends)
        with self._reading() as connection:
            return politeness.spent(connection, name, ends)

    def take_turns(
        self, platform: str, number: int, now: datetime, *, gap_s: float, behind_s: float
    ) -> float:
        turns = TurnsWanted.of(platform, number, now, gap_s=gap_s, behind_s=behind_s)
        if number:
            with self._writing() as db:
                return politeness.take_turns(db, turns)
        with self._reading() as connection:
            return politeness.next_turn(connection, turns)

    # -- runs ---------------------------------------------------------------

    def lock_run(self) -> bool:
        self._check_writable()
        return self._run_lock.acquire()

    def unlock_run(self) -> None:
        self._run_lock.release()

    def save_run(self, run: Run) -> None:
        from talentimg.repository.sqlite import runs  # noqa: PLC0415  start-up time

        with self._writing() as db:
            runs.save_run(db, normalise(run))

    def write_progress(self, run: Run) -> StopRequest | None:
        from talentimg.repository.sqlite import runs  # noqa: PLC0415  start-up time

        with self._writing() as db:
            return runs.write_progress(db.conn, normalise(run))

    def note_talents(
        self, run_id: str, talents: Sequence[RunTalent], *, settled: Collection[str] = ()
    ) -> None:
        from talentimg.repository.sqlite import runs  # noqa: PLC0415  start-up time

        with self._writing() as db:
            runs.note_talents(db, *normalise((run_id, talents, settled)))

    def noted_talents(self, run_ids: Collection[str]) -> list[RunTalent]:
        from talentimg.repository.sqlite import runs  # noqa: PLC0415  start-up time

        with self._reading() as connection:
            return runs.noted_talents(connection, normalise(run_ids))

    def allot(self, run_id: str, talents: int) -> None:
        from talentimg.repository.sqlite import runs  # noqa: PLC0415  start-up time

        with self._writing() as db:
            runs.allot(db.conn, normalise(run_id), talents)

    def draw(self, run_id: str, wanted: int) -> int:
        from talentimg.repository.sqlite import runs  # noqa: PLC0415  start-up time

        with self._writing() as db:
            return runs.draw(db.conn, normalise(run_id), wanted)

    def request_stop(self, run_id: str, request: StopRequest) -> None:
        from talentimg.repository.sqlite import runs  # noqa: PLC0415  start-up time

        with self._writing() as db:
            runs.request_stop(db.conn, *normalise((run_id, request)))

    def taking_part(self, run_id: str) -> list[Run]:
        from talentimg.repository.sqlite import runs  # noqa: PLC0415  start-up time

        with self._reading() as connection:
            return runs.taking_part(connection, normalise(run_id))

    def run(self, run_id: str) -> Run | None:
        from talentimg.repository.sqlite import runs  # noqa: PLC0415  start-up time

        with self._reading() as connection:
            return runs.run(connection, normalise(run_id))

    def runs(self, *, limit: int = 20, before: str | None = None) -> list[Run]:
        from talentimg.repository.sqlite import runs  # noqa: PLC0415  start-up time

        with self._reading() as connection:
            return runs.runs(connection, limit, normalise(before))

    def runs_in_progress(self) -> list[Run]:
        from talentimg.repository.sqlite import runs  # noqa: PLC0415  start-up time

        with self._reading() as connection:
            return runs.runs_in_progress(connection)


def open_url(
    url: str, *, create: bool = False, read_only: bool = False, names: AppNames = AS_OURS
) -> SqliteRepository:
    """Open the roster that a SQLite URL names. `names` is ignored: the tables of a file are our own."""
    del names
    return SqliteRepository.open(sqlite_path(url), create=create, read_only=read_only)
