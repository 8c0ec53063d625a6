"""A roster run with everything that belongs to it: lock, record, safeguards and notifications.

It yields events and draws nothing: a command shows them as a progress bar, a page as a stream.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from talentimg.errors import BUG, TalentimgError, TryLater
from talentimg.models import MOST_COUNTED, OutcomeKind, RunState
from talentimg.repository.interface import Outlook
from talentimg.service.run.beat import Beat
from talentimg.service.run.events import RunFinished, RunReport, RunStarted, TalentSynced
from talentimg.service.run.night_valve import NightValve
from talentimg.service.run.tally import Tally
from talentimg.service.run.telling import Telling
from talentimg.service.run.upkeep import Upkeep
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Awaitable,
        Callable,
        Coroutine,
        Mapping,
        Sequence,
    )
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.models import Outcome, Run, StopRequest
    from talentimg.repository.interface import Results
    from talentimg.service.decision.due import Schedule
    from talentimg.service.lookup.allowance import Traffic
    from talentimg.service.run.events import Observer, RunEvent
    from talentimg.service.run.records import RunRecords
    from talentimg.service.run.sweep import Swept
    from talentimg.service.run.sync import RosterSync, Syncer

log = logging.getLogger("talentimg.run")

INTERNAL_ERROR: Final = "An internal error in talentimg ended it."
CANCELLED: Final = "It was cancelled."
NO_UPKEEP: Final = Upkeep()
IN_VAIN: Final = "Others have claimed everybody who is due."


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run is asked to do.

    Talents whose last look was before `before` are due; None means everybody. `limit` is the maximum number
    of talents; None sets no limit. `by` is who starts it, for the record. `unless` says, once nobody else can
    begin one, whether it is not needed any more. `is_shared` says that the limit is one for all who join it.
    """

    before: datetime | None = None
    limit: int | None = None
    force: bool = False
    join: bool = False
    allow_losses: int | None = None
    by: str | None = None
    unless: Callable[[], bool] | None = None
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class _End:
    """How a run ended."""

    state: RunState
    exit_code: int | None
    """None for that of its outcomes, or of what is left to do."""
    note: str | None = None


class Nightly:
    """Starts roster runs."""

    def __init__(
        self,
        *,
        repository: Results,
        runs: RunRecords,
        open_syncer: Callable[[], AbstractAsyncContextManager[Syncer]],
        now: Callable[[], datetime],
        schedule: Schedule,
        observers: Sequence[Observer] = (),
        preload: Callable[[], object] = lambda: None,
        sweep: Callable[[], Swept] | None = None,
        upkeep: Upkeep = NO_UPKEEP,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Everything that runs need, chosen by `bootstrap`.

        Args:
            repository: says who is due.
            runs: the records of runs.
            open_syncer: opens the sync service with its network clients, set up for a run.
            now: the clock.
            schedule: says when talents are due.
            observers: notified when runs begin and end.
            preload: loads what the sync service will need, while the store is asked.
            sweep: removes what nobody needs any more, for a while, at the end of a run that is done.
            upkeep: done for a while at the end of a run that is done.
            sleep: waits some seconds, between two writes of a run's progress.
        """
        self.repository = repository
        self.runs = runs
        self.open_syncer = open_syncer
        self.now = now
        self.schedule = schedule
        self.observers = observers
        self.preload = preload
        self.sweep = sweep
        self.upkeep = upkeep
        self.sleep = sleep

    def start(self, request: RunRequest) -> NightlyRun:
        """A run, which begins when its first event is asked for."""
        return NightlyRun(self, request)


class NightlyRun:
    """One run: iterate over it for its events.

    Leaving the iteration early cancels what is in progress; use `contextlib.aclosing`. However it ends, the
    run is recorded, and `report` says how.
    """

    def __init__(self, services: Nightly, request: RunRequest) -> None:
        self._services = services
        self._request = request
        self._events = self._run()
        self._roster: RosterSync | None = None
        self._traffic: Mapping[str, Traffic] = {}
        self._tally = Tally()
        self._telling = Telling(services.runs)
        self._valve: NightValve | None = None
        self._total = 0
        self._requested_end: _End | None = None
        self._warnings: list[str] = []
        self.is_ending = False
        """Whether it can no longer be stopped, because it is being recorded."""
        self.report: RunReport | None = None

    def __aiter__(self) -> AsyncIterator[RunEvent]:
        return self._events

    async def aclose(self) -> None:
        """End it now."""
        await self._events.aclose()

    def stop(self, exit_code: int | None, note: str) -> None:
        """Start no more talents, and finish those in progress.

        Args:
            exit_code: for the record; None for that of its outcomes, or of what is left to do.
            note: one plain sentence for the record on what stopped it.
        """
        self._requested_end = self._requested_end or _End(RunState.STOPPED, exit_code, note)
        if self._roster is not None:
            self._roster.stop()
        if self._valve is not None:
            self._valve.stop()

    def abandon(self, error: BaseException) -> None:
        """Say why the iteration is about to be left early: an error of the caller."""
        self._requested_end = self._requested_end or self._early_end(error)

    async def _run(self) -> AsyncGenerator[RunEvent, None]:
        """All events.

        Raises:
            RunInProgress: another run is in progress, and the request does not join it.
        """
        loading = asyncio.ensure_future(in_thread(self._services.preload))
        asked = self._request
        run = await in_thread(self._services.runs.begin, join=asked.join, by=asked.by, unless=asked.unless)
        try:
            await self._notify(lambda observer: observer.started())
            most = min(self._request.limit or MOST_COUNTED, MOST_COUNTED)
            self._total = await in_thread(self._count, most)
            run = await in_thread(self._services.runs.counted, run, self._total)
            yield RunStarted(run, self._total, is_more=self._total == most != self._request.limit)
            if self._total:
                await loading
                async with self._told_to_others(run):
                    async for outcome in self._outcomes(run):
                        self._tally.add(outcome)
                        self._telling.add(outcome)
                        yield TalentSynced(outcome)
            end = self._requested_end or self._regular_end()
            if end.state is RunState.DONE and not run.joined:
                async with self._told_to_others(run):
                    if warning := await self._services.upkeep.before_the_end():
                        self._warnings.append(warning)
                    await in_thread(self._sweep)
        except BaseException as error:
            await _shielded(self._finish(run, self._early_end(error)))
            raise
        yield RunFinished(await _shielded(self._finish(run, end)))
        if self._requested_end is None:
            await self._services.upkeep.afterwards()

    @asynccontextmanager
    async def _told_to_others(self, run: Run) -> AsyncIterator[None]:
        """While its progress is written, and a stop that others ask for is heard."""
        services = self._services
        beat = Beat(
            services.runs,
            lambda: self._so_far(run),
            self._obey,
            services.sleep,
            lambda: self._telling.write(run.id),
        )
        telling = asyncio.create_task(beat.go_on())
        try:
            yield
        finally:
            telling.cancel()

    def _so_far(self, run: Run) -> Run:
        return replace(
            run,
            outcomes={kind: self._tally.counts[kind] for kind in OutcomeKind},
            showing_initials=self._tally.showing_initials,
            in_review=self._tally.in_review,
            in_progress=self._roster.in_progress if self._roster else 0,
            troubled=self._telling.troubled,
            new_pictures=self._telling.new_pictures,
            **self._at_stake(),
        )

    def _at_stake(self) -> dict[str, Any]:
        if self._valve is None:
            return {}
        return {"at_stake": self._valve.told, "has_looked": self._valve.has_looked}

    def _obey(self, request: StopRequest) -> None:
        self.stop(None, f"{request.by} stopped it.")

    def _sweep(self) -> None:
        """A sweep that fails is told, and is no failure of the run."""
        if self._services.sweep is None:
            return
        try:
            swept = self._services.sweep()
        except TalentimgError as error:
            self._warnings.append(f"What nobody needs could not be removed. {error.message}")
        else:
            if swept.removed:
                log.info("Swept: %s gone of what nobody needed.", f"{swept.removed:,}")

    def _count(self, most: int) -> int:
        """How many talents it will be, counted up to this; fewer if other processes share the work."""
        services = self._services
        return services.repository.count_due(services.now(), before=self._request.before, at_most=most)

    async def _outcomes(self, run: Run) -> AsyncIterator[Outcome]:
        request, services = self._request, self._services
        self._valve = NightValve(
            services.runs, services.repository, lambda: self._so_far(run), services.now, request.allow_losses
        )
        draw, limit = None, request.limit
        if request.is_shared and limit is not None:
            draw, limit = await in_thread(services.runs.allot, run, limit), None
        async with services.open_syncer() as syncer:
            self._traffic = syncer.traffic
            self._roster = syncer.sync_due(
                before=request.before,
                limit=limit,
                force=request.force,
                draw=draw,
                valve=self._valve,
                since=await in_thread(services.runs.began, run),
            )
            if self._requested_end:
                self._roster.stop()
                self._valve.stop()
            async with aclosing(self._roster) as outcomes:
                async for outcome in outcomes:
                    yield outcome
        self._valve.has_looked = True

    # -- how it ended --------------------------------------------------------------

    def _regular_end(self) -> _End:
        exceeded = self._roster.exceeded if self._roster else None
        if exceeded is not None:
            return _End(RunState.VALVE, exceeded.exit_code, exceeded.sentence)
        return _End(RunState.DONE, self._tally.exit_code)

    def _early_end(self, error: BaseException) -> _End:
        if isinstance(error, TalentimgError):
            return _End(RunState.FAILED, error.exit_code, error.message)
        if isinstance(error, asyncio.CancelledError | GeneratorExit):
            return self._requested_end or _End(RunState.STOPPED, 0, CANCELLED)
        return _End(RunState.FAILED, BUG, INTERNAL_ERROR)

    async def _finish(self, run: Run, end: _End) -> RunReport:
        """Record the run, and notify the observers."""
        self.is_ending = True
        ended, error = await in_thread(self._save, run, end)
        exit_code = error.exit_code if error else ended.exit_code or 0
        await self._notify(lambda observer: observer.ended(ended, exit_code))
        self.report = RunReport(
            run=ended,
            tally=self._tally,
            suspects=self._roster.suspects if self._roster else (),
            exceeded=self._roster.exceeded if self._roster else None,
            error=error,
            warnings=tuple(self._warnings),
        )
        return self.report

    def _save(self, run: Run, end: _End) -> tuple[Run, TalentimgError | None]:
        """The ended run, and why it could not be saved, if so: its summary is still useful."""
        services, outlook = self._services, self._outlook(end)
        self._telling.write_now(run.id)
        told = replace(
            run, troubled=self._telling.troubled, new_pictures=self._telling.new_pictures, **self._at_stake()
        )
        ended = services.runs.completed(
            told,
            self._tally,
            self._traffic,
            state=end.state,
            exit_code=self._exit_code(outlook) if end.exit_code is None else end.exit_code,
            outlook=outlook,
            note=end.note,
        )
        if not self._request.join and _is_in_vain(ended):
            ended = replace(ended, exit_code=TryLater.exit_code, note=IN_VAIN)
        try:
            services.runs.finish(ended)
        except TalentimgError as error:
            return ended, error
        return ended, None

    @property
    def _missed(self) -> int:
        """How many of those whom it was to look at it did not get to."""
        return max(0, self._total - self._tally.looked_at)

    def _exit_code(self, outlook: Outlook) -> int:
        is_left = self._missed and outlook.due  # others may have looked at those whom it did not get to
        return self._tally.exit_code or (TryLater.exit_code if is_left else 0)

    def _outlook(self, end: _End) -> Outlook:
        """What is left to do. Talents who are due now are counted up to `MOST_COUNTED`.

        If the store is away, those whom this run did not get to.
        """
        services = self._services
        schedule = services.schedule
        # A run over everybody would always count all talents as due: what matters then is who is due by the
        # settings.
        before = self._request.before or schedule.due_before()
        try:
            found = services.repository.outlook(
                services.now(), before=before, at_most=MOST_COUNTED, min_age=schedule.min_age
            )
        except TalentimgError:
            return Outlook(self._missed, (), None)
        # A store that could not be written to has kept the leases of this run, too.
        return found._replace(due=max(found.due, self._missed)) if end.state is RunState.FAILED else found

    async def _notify(self, notify: Callable[[Observer], str | None]) -> None:
        for observer in self._services.observers:
            warning = await in_thread(notify, observer)
            if warning:
                self._warnings.append(warning)


def _is_in_vain(run: Run) -> bool:
    """Whether a run found all that there was to do claimed by others."""
    return run.state is RunState.DONE and not run.looked_at and run.claimed_elsewhere > 0


async def _shielded(finishing: Coroutine[Any, Any, RunReport]) -> RunReport:
    """Finish the run even if the waiting task is cancelled meanwhile."""
    task = asyncio.ensure_future(finishing)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
