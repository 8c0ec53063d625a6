"""The roster in the agency app's own Postgres: the app's tables as they are, and ours beside them.

Of the app's tables, a sync only changes the columns that tell the app what we found. Times and
other values are sent as text, which Postgres converts to the type of the column. Tokens are plain
text in the app's rows: we read and refresh them, and no message or log line ever shows one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from talentimg.errors import RowRefused
from talentimg.repository.app_names import AS_OURS
from talentimg.repository.in_use import Entry
from talentimg.repository.interface import Claimed, Outlook, Repository
from talentimg.repository.isolating import save_apart
from talentimg.repository.postgres import (
    cuts,
    disconnects,
    due,
    policies,
    politeness,
    reads,
    refusals,
    results,
    roster,
    runs,
    suspects,
)
from talentimg.repository.postgres.keeping import PostgresKeeping
from talentimg.repository.postgres.policies import PostgresPolicies
from talentimg.repository.postgres.removals import PostgresRemovals
from talentimg.repository.postgres.reviews import PostgresReviews
from talentimg.repository.postgres.soundness import PostgresSoundness
from talentimg.repository.postgres.suspects import forget_suspects
from talentimg.repository.sql_feed import SqlFeed
from talentimg.repository.sql_renewals import SqlRenewals
from talentimg.repository.sql_webhooks import SqlWebhooks
from talentimg.repository.turns import TurnsWanted
from talentimg.repository.values import (
    is_storable,
    normalise,
    normalise_change,
    normalise_talents,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta
    from typing import TypeVar

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
    from talentimg.repository.postgres.database import Database

    T = TypeVar("T")


class PostgresRepository(
    PostgresKeeping,
    PostgresPolicies,
    PostgresReviews,
    PostgresRemovals,
    PostgresSoundness,
    SqlRenewals,
    SqlFeed,
    SqlWebhooks,
    Repository,
):
    """Keeps everything in a Postgres database. Made by `open`."""

    # -- the roster ---------------------------------------------------------

    def add(self, talents: Sequence[NewTalent], now: datetime, *, said: Sequence[AuditEntry] = ()) -> None:
        normalised, audit = normalise_talents(talents), normalise(tuple(said))

        def add(db: Database) -> None:
            roster.add(db, normalised, now)
            policies.save_audit(db, audit)

        self._write(_anew(add), repeatable=False)  # run twice, it would find its own ids taken

    def load(self, talent_id: str) -> TalentRecord:
        for record in self.load_many([talent_id]):
            return record
        raise self._read(lambda db: roster.absent(db, talent_id))

    def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
        return _read_in_order(self._read(lambda db: reads.ask_records(db, talent_ids)), talent_ids)

    def roster(self, *, after: str | None = None, limit: int = 500) -> list[RosterRow]:
        """A page of the roster after the given id, in the order that the database gives to ids."""
        return self._read(lambda db: reads.ask_roster(db, after, limit))()

    def count(self) -> int:
        return self._read_once(reads.count)

    def connect(
        self, talent_id: str, account: NewAccount, now: datetime, *, said: AuditEntry | None = None
    ) -> Account:
        normalised, audit = normalise((account, (said,) if said else ()))

        def connect(db: Database) -> Account:
            connected = roster.connect(db, talent_id, normalised, now)
            policies.save_audit(db, audit)
            return connected

        return self._write(_anew(connect))

    def disconnect(
        self, talent_id: str, platform: str, now: datetime, *, said: AuditEntry | None = None
    ) -> bool:
        audit = normalise((said,) if said else ())

        def disconnect(db: Database) -> bool:
            was_connected = roster.disconnect(db, talent_id, platform.lower(), now)
            policies.save_audit(db, audit if was_connected else ())
            return was_connected

        # Run twice, it would report that nothing was connected.
        return self._write(disconnect, repeatable=False)

    def disconnected(self, talent_ids: Sequence[str]) -> set[Disconnected]:
        return self._read(lambda db: disconnects.disconnected(db, talent_ids))

    def save_token(self, account: Account, token: Token) -> Token | None:
        return self._write(lambda db: roster.save_token(db, account, normalise(token)))

    # -- who is due ---------------------------------------------------------

    def due(self, now: datetime, *, before: datetime | None, limit: int | None) -> list[str]:
        """The ids of the talents who are due; ties are in the order that the database gives to ids."""
        return self._read_once(lambda db: due.due(db, due.times(now, before), limit))

    def claim(
        self,
        now: datetime,
        *,
        before: datetime | None,
        limit: int,
        lease: timedelta,
        unless_since: datetime | None = None,
    ) -> list[str]:
        return self.claim_page(now, before=before, limit=limit, lease=lease, unless_since=unless_since).ids

    def claim_page(
        self,
        now: datetime,
        *,
        before: datetime | None,
        limit: int,
        lease: timedelta,
        unless_since: datetime | None = None,
    ) -> Claimed:
        times = due.times(now, before, unless_since)
        while True:
            claim = due.Claim(
                times, limit=limit, holder=self._lease_holder, until=now + lease, held=self._held
            )
            seen, rows, records = self._write(claim)
            ours = {row["talent_id"] for row in rows}
            taken = [talent_id for talent_id in seen if talent_id in ours]
            self._held.update(taken)
            if taken or not seen:  # otherwise others have just claimed all of them
                return Claimed(taken, partial(_read_in_order, records, taken))

    def renew(self, talent_ids: Sequence[str], until: datetime) -> None:
        ids = [talent_id for talent_id in talent_ids if is_storable(talent_id)]
        if ids:
            self._write(lambda db: due.renew(db, ids, self._lease_holder, until))

    def release(self, talent_ids: Sequence[str]) -> None:
        ids = [talent_id for talent_id in talent_ids if is_storable(talent_id)]
        if ids:
            self._write(lambda db: due.release(db, ids, self._lease_holder))
            self._held.difference_update(ids)

    def release_of(self, processes: Collection[tuple[str, int]]) -> int:
        return self._write(lambda db: due.release_of(db, processes, self._lease_holder))

    def count_due(self, now: datetime, *, before: datetime | None, at_most: int | None = None) -> int:
        return self._read_once(lambda db: due.ask_count(db, due.times(now, before), at_most)())

    def claims(self, now: datetime) -> list[Claims]:
        return self._read_once(lambda db: due.ask_claims(db, due.times(now, None), self._lease_holder)())

    def next_due(self, now: datetime, *, min_age: timedelta) -> datetime | None:
        return self._read_once(lambda db: due.ask_next(db, now, min_age)())

    def freshness(self, now: datetime, *, at_most: int) -> Freshness:
        return self._read_once(lambda db: due.ask_freshness(db, now, at_most)())

    def outlook(self, now: datetime, *, before: datetime | None, at_most: int, min_age: timedelta) -> Outlook:
        def ask(db: Database) -> tuple[Callable[[], Any], ...]:
            times = due.times(now, before)
            return (
                due.ask_count(db, times, at_most),
                due.ask_claims(db, times, self._lease_holder),
                due.ask_next(db, now, min_age),
                due.ask_freshness(db, now, at_most),
            )

        return Outlook(*(read() for read in self._read(ask)))

    # -- what was found -----------------------------------------------------

    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        normalised = [normalise_change(change) for change in changes]
        if not normalised:
            return []
        return save_apart(lambda some: self._save(some, now), normalised)

    def _save(self, changes: Sequence[Change], now: datetime) -> set[str]:
        try:
            stale = self._write(lambda db: results.save(db, changes, now))
        except RowRefused as error:
            if len(changes) > 1:  # it is found out which one
                raise
            raise refusals.explained(error, changes[0], now, self._sql, self._connection_holder) from None
        self._held.difference_update(c.talent_id for c in changes if c.talent_id not in stale)
        return stale

    def picture(self, content_hash: str) -> Picture | None:
        return self._read_once(lambda db: reads.picture(db, content_hash))

    def pictures_by_source(self, source_hashes: Sequence[str]) -> dict[str, Picture]:
        return self._read_once(lambda db: reads.pictures_by_source(db, source_hashes))

    def history(self, talent_id: str, *, limit: int = 50) -> list[HistoryEntry]:
        return self._read_once(lambda db: reads.history(db, normalise(talent_id), limit))

    def holders(self, content_hashes: Sequence[str], likenesses: Sequence[str | None] = ()) -> list[Holder]:
        return self._read_once(lambda db: reads.holders(db, content_hashes, likenesses))

    def absences(self, sources: Sequence[str], since: datetime) -> dict[str, tuple[int, int]]:
        return self._read_once(lambda db: reads.absences(db, sources, since))

    def to_recut(
        self, crop: str, now: datetime, *, after: str | None = None, limit: int = 100
    ) -> list[PictureInUse]:
        return self._read(lambda db: cuts.to_recut(db, crop, now, after, limit))

    def recut(self, old: Picture, new: Picture, now: datetime, *, why: str, by: str) -> list[str]:
        normalised, entry = normalise(new), Entry(normalise(now), why, by)
        return self._write(lambda db: cuts.recut(db, old, normalised, entry))

    # -- placeholders -------------------------------------------------------

    def suspects(self) -> list[Suspect]:
        return self._read_once(suspects.suspects)

    def save_suspect(self, suspect: Suspect, said: AuditEntry | None = None) -> None:
        known, words = normalise((suspect, (said,) if said else ()))

        def save(db: Database) -> None:
            suspects.save_suspect(db, known)
            policies.save_audit(db, words)

        self._write(save)

    def forget_suspects(self, suspects: Sequence[Suspect], said: Sequence[AuditEntry] = ()) -> None:
        gone, words = normalise((tuple(suspects), tuple(said)))

        def forget(db: Database) -> None:
            forget_suspects(db, gone)
            policies.save_audit(db, words)

        self._write(forget)

    # -- politeness ---------------------------------------------------------

    def cooldowns(self, now: datetime) -> list[Cooldown]:
        return self._read_once(lambda db: politeness.cooldowns(db, now))

    def save_cooldown(self, cooldown: Cooldown) -> None:
        self._write(lambda db: politeness.save_cooldown(db, normalise(cooldown)))

    def forgive(self, platform: str) -> None:
        self._write(lambda db: politeness.forgive(db, normalise(platform.lower())))

    def spend(self, platform: str, units: int, day_ends: datetime) -> int:
        name, ends = normalise((platform.lower(), day_ends))
        if units:
            # Run twice, it counts too many units, which is better than too few.
            return self._write(lambda db: politeness.spend(db, name, units, ends))
        return self._read_once(lambda db: politeness.spent(db, name, ends))

    def take_turns(
        self, platform: str, number: int, now: datetime, *, gap_s: float, behind_s: float
    ) -> float:
        turns = TurnsWanted.of(platform, number, now, gap_s=gap_s, behind_s=behind_s)
        if number:
            # Run twice, it takes turns that nobody uses, which is better than too few.
            return self._write(lambda db: politeness.take_turns(db, turns))
        return self._read_once(lambda db: politeness.next_turn(db, turns))

    # -- runs ---------------------------------------------------------------

    def lock_run(self) -> bool:
        self._check_writable()
        return self._run_lock.acquire()

    def unlock_run(self) -> None:
        self._run_lock.release()

    def save_run(self, run: Run) -> None:
        self._write(lambda db: runs.save_run(db, normalise(run)))

    def write_progress(self, run: Run) -> StopRequest | None:
        return self._write(lambda db: runs.write_progress(db, normalise(run)))

    def note_talents(
        self, run_id: str, talents: Sequence[RunTalent], *, settled: Collection[str] = ()
    ) -> None:
        one, told, over = normalise((run_id, talents, settled))
        self._write(lambda db: runs.note_talents(db, one, told, over))

    def noted_talents(self, run_ids: Collection[str]) -> list[RunTalent]:
        return self._read_once(lambda db: runs.noted_talents(db, normalise(run_ids)))

    def allot(self, run_id: str, talents: int) -> None:
        self._write(lambda db: runs.allot(db, normalise(run_id), talents))

    def draw(self, run_id: str, wanted: int) -> int:
        return self._write(lambda db: runs.draw(db, normalise(run_id), wanted), repeatable=False)

    def request_stop(self, run_id: str, request: StopRequest) -> None:
        one, asked = normalise((run_id, request))
        self._write(lambda db: runs.request_stop(db, one, asked))

    def taking_part(self, run_id: str) -> list[Run]:
        return self._read_once(lambda db: runs.taking_part(db, normalise(run_id)))

    def run(self, run_id: str) -> Run | None:
        return self._read_once(lambda db: runs.run(db, normalise(run_id)))

    def runs(self, *, limit: int = 20, before: str | None = None) -> list[Run]:
        return self._read_once(lambda db: runs.runs(db, limit, normalise(before)))

    def runs_in_progress(self) -> list[Run]:
        return self._read_once(lambda db: runs.ask_in_progress(db)())

    def at_work(self, now: datetime) -> tuple[list[Run], list[Claims]]:
        def ask(db: Database) -> tuple[Callable[[], list[Run]], Callable[[], list[Claims]]]:
            return runs.ask_in_progress(db), due.ask_claims(db, due.times(now, None), self._lease_holder)

        running, claims = self._read(ask)
        return running(), claims()


def _read_in_order(read: Callable[[], Mapping[str, TalentRecord]], ids: Sequence[str]) -> list[TalentRecord]:
    records = read()
    return [records[talent_id] for talent_id in ids if talent_id in records]


def _anew(work: Callable[[Database], T]) -> Callable[[Database], T]:
    """The same work, after which claims look through everybody again.

    The marks come last: an import may take long, and their rows are locked from then on.
    """

    def both(db: Database) -> T:
        result = work(db)
        due.forget_marks(db)
        return result

    return both


def open_url(
    url: str, *, create: bool = False, read_only: bool = False, names: AppNames = AS_OURS
) -> PostgresRepository:
    """Open the roster that a Postgres URL names. `create` is ignored: a database is never made unasked."""
    del create
    return PostgresRepository.open(url, read_only=read_only, names=names)
