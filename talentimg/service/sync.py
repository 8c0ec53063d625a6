"""Syncs one talent, or many, yielding an outcome for each as it is kept.

An outcome is told only after its result is durable: a failed save is never a success.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from talentimg.errors import TalentimgError
from talentimg.models import (
    INITIALS,
    NEEDS_THE_PERSON,
    HistoryEntry,
    Outcome,
    OutcomeKind,
    Reason,
    Selection,
    State,
)
from talentimg.repository.interface import Change
from talentimg.service.chain import Ground, is_confirmed_absent, next_question, outcome_kind, resolve
from talentimg.service.supply import Claims, Named
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from talentimg.models import (
        Attempt,
        Candidate,
        Picture,
        TalentRecord,
    )
    from talentimg.repository.interface import Repository
    from talentimg.service.chain import Decision, Rules
    from talentimg.service.sources import Asked, Sources
    from talentimg.service.supply import Supply

log = logging.getLogger("talentimg.sync")

_SECONDARY: Final = NEEDS_THE_PERSON | {Reason.UNSUPPORTED}
BATCH: Final = 50
"""Results written in one transaction at most."""
LEASE: Final = timedelta(minutes=10)
"""For how long a talent is ours unless told otherwise; a look takes a few minutes at the very most."""
BY_SYNC: Final = "sync"
"""Who the history names when nobody in person changed what is shown."""


@dataclass(frozen=True, slots=True)
class _Result:
    change: Change
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None = None


class Syncer:
    """Walks the chain for talents, keeps what it finds, and says what it did."""

    def __init__(
        self,
        *,
        repository: Repository,
        sources: Sources,
        rules: Rules,
        address_of: Callable[[str], str | None],
        now: Callable[[], datetime],
        concurrency: int,
        lease: timedelta = LEASE,
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: where results are kept.
            sources: asks the platforms.
            rules: order and grace time.
            address_of: the public address of our copy of a content hash; None if it has none.
            now: the clock.
            concurrency: talents looked at at the same time.
            lease: for how long a talent that is taken because it is due is nobody else's.
        """
        self._repository = repository
        self._sources = sources
        self._rules = rules
        self._address_of = address_of
        self._now = now
        self._concurrency = concurrency
        self._lease = lease

    async def sync(self, talent_id: str, *, force: bool = False) -> Outcome:
        """Sync one talent.

        Args:
            talent_id: whom.
            force: fetch pictures anew even where nothing seems to have changed. A lock
                holds all the same.

        Raises:
            TalentNotFound: no such talent.
        """
        record = await in_thread(self._repository.load, talent_id)
        result = await self._look(record, force=force)
        await in_thread(self._repository.save, [result.change], self._now())
        return result.outcome

    def sync_many(self, talent_ids: Iterable[str], *, force: bool = False) -> AsyncGenerator[Outcome, None]:
        """Sync talents side by side; outcomes come as they are kept, in no fixed order.

        Ids that vanish from the roster meanwhile are passed over. Leaving the iteration
        early cancels what is under way; use `contextlib.aclosing`.
        """
        return self._sync_all_of(Named(self._repository, talent_ids), force=force)

    def sync_due(
        self, *, before: datetime | None, limit: int | None, force: bool = False
    ) -> AsyncGenerator[Outcome, None]:
        """Sync whoever is due, sharing the work with other processes that do the same.

        Talents are claimed page by page, and given back if they were not finished: when the
        iteration is left early, or when something stops it.

        Args:
            before: the time of the last look before which a talent is due; None takes everybody.
            limit: talents to take at most.
            force: as for `sync`.
        """
        claims = Claims(
            self._repository,
            self._now,
            before=before,
            limit=limit,
            lease=self._lease,
            at_once=self._concurrency,
        )
        return self._sync_all_of(claims, force=force)

    async def _sync_all_of(self, supply: Supply, *, force: bool) -> AsyncGenerator[Outcome, None]:
        results: asyncio.Queue[_Result | _End] = asyncio.Queue(maxsize=2 * BATCH)
        work = asyncio.create_task(self._work_through(supply, results, force=force))
        try:
            end: _End | None = None
            while end is None:
                batch, end = await _next_batch(results)
                await self._keep(batch, supply)
                for result in batch:
                    yield result.outcome
            if end.error is not None:
                raise end.error
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work
            await supply.end()

    async def _keep(self, batch: Sequence[_Result], supply: Supply) -> None:
        """Write results. Begun, it is seen through, so they are settled from then on."""
        ids = [result.change.talent_id for result in batch]
        supply.settled(ids)
        try:
            await in_thread(self._repository.save, [result.change for result in batch], self._now())
        except TalentimgError:
            supply.unsettled(ids)
            raise
        supply.kept(ids)

    def settle(
        self, before: TalentRecord, after: TalentRecord, *, why: str, by: str
    ) -> tuple[Change, Outcome]:
        """Decide anew from what is known, asking nobody: after a disconnect, for example.

        Args:
            before: the talent as it was, for telling what changed.
            after: the talent as it is to be judged.
            why: for the history.
            by: likewise.
        """
        result = self._conclude(before, after, (), why=why, by=by)
        return result.change, result.outcome

    # -- many ------------------------------------------------------------------------------

    async def _work_through(
        self, supply: Supply, results: asyncio.Queue[_Result | _End], *, force: bool
    ) -> None:
        """Feed the queue; its last item is the end, with the error that stopped the work if one did."""

        async def worker() -> None:
            while record := await supply.next():
                await results.put(await self._look_safely(record, force=force))

        error: Exception | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._concurrency):
                    group.create_task(worker())
        except ExceptionGroup as several:
            error = several.exceptions[0]
        await results.put(_End(error))

    async def _look_safely(self, record: TalentRecord, *, force: bool) -> _Result:
        """One talent's trouble, even a bug of ours, never stops the others; a store that is away does."""
        try:
            return await self._look(record, force=force)
        except TalentimgError:
            raise
        except Exception:
            log.exception("a bug stopped the sync of %r", record.talent.id)
            shown = record.selection
            outcome = Outcome(
                talent_id=record.talent.id,
                name=record.talent.name,
                kind=OutcomeKind.KEPT if shown.has_picture else OutcomeKind.FAILED,
                source=shown.source,
                previous_source=shown.source,
                reason=Reason.BUG,
                detail="A mistake in talentimg itself; --verbose shows it.",
                url=shown.url,
                content_hash=shown.content_hash,
            )
            return _Result(Change(record.talent.id, replace(shown, synced_at=self._now())), outcome)

    # -- one ---------------------------------------------------------------------------------

    async def _look(self, record: TalentRecord, *, force: bool) -> _Result:
        """Ask down the chain until the decision stands."""
        began = monotonic()
        looks: dict[str, Asked] = {}
        seen = record
        while source := next_question(seen, self._rules, self._now(), looks):
            looks[source] = await self._sources.ask(seen, source, force=force)
            seen = replace(seen, candidates={**seen.candidates, source: looks[source].candidate})
        return self._conclude(record, seen, tuple(looks.values()), seconds=monotonic() - began)

    def _conclude(
        self,
        before: TalentRecord,
        seen: TalentRecord,
        looks: Sequence[Asked],
        *,
        why: str | None = None,
        by: str = BY_SYNC,
        seconds: float = 0.0,
    ) -> _Result:
        now = self._now()
        decision = resolve(seen, self._rules, now)
        kind = outcome_kind(before, seen, decision, self._rules)
        selection = self._selection(seen.selection, seen, decision, now)
        attempts = tuple(look.attempt for look in looks)
        telling = _telling(kind, decision, attempts, seen)
        change = Change(
            talent_id=before.talent.id,
            selection=selection,
            candidates=(
                *(_given_up(look.candidate, selection) for look in looks),
                *_no_longer_due(before, looks),
            ),
            picture=_picture_of(looks),
            history=_history(before, selection, why or telling[1] or kind.value, by, now),
            external_ids=_learnt_ids(before, looks),
            account_errors=_account_errors(before, looks),
        )
        return _Result(change, _outcome(before, selection, kind, telling, attempts, seconds=seconds))

    def _selection(
        self, shown: Selection, seen: TalentRecord, decision: Decision, now: datetime
    ) -> Selection:
        if decision.keeps:
            return replace(shown, synced_at=now)
        candidate = seen.candidates.get(decision.source)
        if decision.source == INITIALS or candidate is None or decision.content_hash is None:
            return Selection(synced_at=now)
        url = self._address_of(decision.content_hash) or candidate.picture_url
        return Selection(decision.source, decision.content_hash, url, now)


# -- pieces of a conclusion ----------------------------------------------------------------------


async def _next_batch(results: asyncio.Queue[_Result | _End]) -> tuple[list[_Result], _End | None]:
    """What is ready: at least one item and at most a batch, and the end once it is reached."""
    batch: list[_Result] = []
    item = await results.get()
    while isinstance(item, _Result):
        batch.append(item)
        if len(batch) == BATCH or results.empty():
            return batch, None
        item = results.get_nowait()
    return batch, item


def _no_longer_due(before: TalentRecord, looks: Sequence[Asked]) -> Iterator[Candidate]:
    """Sources that were not needed this time: an early look once planned for them must not come again."""
    asked = {look.candidate.source for look in looks}
    for source, candidate in before.candidates.items():
        if source not in asked and candidate.next_due_at is not None:
            yield replace(candidate, next_due_at=None)


def _given_up(candidate: Candidate, selection: Selection) -> Candidate:
    """The candidate without its picture, once that is gone for certain and no longer shown."""
    gone = candidate.state is State.ABSENT and candidate.source != selection.source
    certain = gone and (is_confirmed_absent(candidate) or not candidate.has_picture)
    return candidate.without_picture() if certain else candidate


def _picture_of(looks: Sequence[Asked]) -> Picture | None:
    """The new picture row of a sync: at most one, as the walk ends at the first good picture."""
    return next((look.picture for look in looks if look.picture is not None), None)


def _telling(
    kind: OutcomeKind, decision: Decision, attempts: Sequence[Attempt], seen: TalentRecord
) -> tuple[Reason | None, str | None]:
    """The reason and sentence that explain an outcome, from the source that caused it."""
    if kind in {OutcomeKind.UPDATED, OutcomeKind.UNCHANGED, OutcomeKind.LOCKED, OutcomeKind.OPTED_OUT}:
        return None, None
    if decision.ground is Ground.HELD:
        candidate = seen.candidates.get(decision.source)
        return (candidate.reason, candidate.detail) if candidate else (None, None)
    wanted = State.ABSENT if kind is OutcomeKind.DEMOTED else State.TROUBLE
    # The trouble that somebody here can mend is told before one that waits for the person.
    fitting = sorted((a for a in attempts if a.state is wanted), key=lambda a: a.reason in _SECONDARY)
    chosen = next(iter(fitting), attempts[0] if attempts else None)
    return (chosen.reason, chosen.detail) if chosen else (None, None)


def _learnt_ids(before: TalentRecord, looks: Sequence[Asked]) -> tuple[tuple[str, str], ...]:
    """The platforms' stable ids of this person that were not known before."""
    return tuple(
        (account.id, look.candidate.platform_user_id)
        for look in looks
        if (account := before.talent.account(look.candidate.source)) is not None
        and account.external_id is None
        and look.candidate.platform_user_id is not None
    )


def _account_errors(before: TalentRecord, looks: Sequence[Asked]) -> tuple[tuple[str, str | None], ...]:
    """For each account that was asked: what is wrong with it, or None."""
    return tuple(
        (account.id, look.candidate.detail if look.candidate.state is State.TROUBLE else None)
        for look in looks
        if (account := before.talent.account(look.candidate.source)) is not None
    )


def _history(
    before: TalentRecord, selection: Selection, why: str, by: str, now: datetime
) -> HistoryEntry | None:
    shown = before.selection
    if (shown.source, shown.content_hash) == (selection.source, selection.content_hash):
        return None
    return HistoryEntry(
        talent_id=before.talent.id,
        at=now,
        from_source=shown.source,
        from_hash=shown.content_hash,
        to_source=selection.source,
        to_hash=selection.content_hash,
        why=why,
        by=by,
    )


def _outcome(
    before: TalentRecord,
    selection: Selection,
    kind: OutcomeKind,
    telling: tuple[Reason | None, str | None],
    attempts: tuple[Attempt, ...],
    *,
    seconds: float,
) -> Outcome:
    return Outcome(
        talent_id=before.talent.id,
        name=before.talent.name,
        kind=kind,
        source=selection.source,
        previous_source=before.selection.source,
        reason=telling[0],
        detail=telling[1],
        url=selection.url,
        content_hash=selection.content_hash,
        attempts=attempts,
        seconds=round(seconds, 3),
    )
