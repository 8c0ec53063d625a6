"""The records of roster runs, kept in memory."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.models import RunState, StopRequest
from talentimg.repository.interface import RunLog
from talentimg.repository.memory.state import MemoryState
from talentimg.repository.values import normalise

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from talentimg.models import Run, RunTalent


class MemoryRunLog(MemoryState, RunLog):
    """Keeps the records in a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: dict[str, Run] = {}
        self._allotted: dict[str, int] = {}
        self._run_talents: dict[tuple[str, str], RunTalent] = {}

    def lock_run(self) -> bool:
        """Always True: no other process can open this repository."""
        return True

    def unlock_run(self) -> None:
        """No lock is held."""

    def save_run(self, run: Run) -> None:
        # The caller may go on counting in the same mappings.
        kept = deepcopy(normalise(run))
        with self._lock:
            before = self._runs.get(kept.id)
            self._runs[kept.id] = replace(
                kept,
                revision=before.revision + 1 if before else 1,
                stop_requested_by=before.stop_requested_by if before else None,
                stop_requested_at=before.stop_requested_at if before else None,
            )

    def write_progress(self, run: Run) -> StopRequest | None:
        with self._lock:
            kept = self._runs.get(normalise(run.id))
            if kept is None or kept.state is not RunState.RUNNING:
                return None
            self.save_run(replace(run, state=kept.state))
            if kept.stop_requested_at is None:
                return None
            return StopRequest(kept.stop_requested_by or "", kept.stop_requested_at)

    def allot(self, run_id: str, talents: int) -> None:
        with self._lock:
            self._allotted[normalise(run_id)] = talents

    def draw(self, run_id: str, wanted: int) -> int:
        one = normalise(run_id)
        with self._lock:
            if one not in self._allotted:
                return wanted
            granted = min(wanted, self._allotted[one])
            self._allotted[one] -= granted
        return granted

    def note_talents(
        self, run_id: str, talents: Sequence[RunTalent], *, settled: Collection[str] = ()
    ) -> None:
        with self._lock:
            for talent_id in settled:
                self._run_talents.pop((run_id, talent_id), None)
            for one in normalise(tuple(talents)):
                told = {
                    (one.talent_id, platform.lower()) for platform in ("", one.source, one.previous_source)
                }
                if one.talent_id in self._talents and told.isdisjoint(self._tombstones):
                    self._run_talents[normalise(run_id), one.talent_id] = one

    def noted_talents(self, run_ids: Collection[str]) -> list[RunTalent]:
        with self._lock:
            found = [one for (run_id, _), one in self._run_talents.items() if run_id in set(run_ids)]
        return sorted(found, key=lambda one: one.talent_id)

    def request_stop(self, run_id: str, request: StopRequest) -> None:
        asked = normalise(request)
        with self._lock:
            for run in self.taking_part(run_id):
                if run.state is RunState.RUNNING and run.stop_requested_at is None:
                    self._runs[run.id] = replace(
                        run,
                        stop_requested_by=asked.by,
                        stop_requested_at=asked.at,
                        revision=run.revision + 1,
                    )

    def taking_part(self, run_id: str) -> list[Run]:
        one = normalise(run_id)
        with self._lock:
            found = [run for run in self._runs.values() if one in {run.id, run.part_of}]
        return sorted(found, key=lambda run: (run.id != one, run.started_at, run.id))

    def run(self, run_id: str) -> Run | None:
        with self._lock:
            return self._runs.get(normalise(run_id))

    def runs(self, *, limit: int = 20, before: str | None = None) -> list[Run]:
        with self._lock:
            newest = sorted(self._runs.values(), key=lambda run: (run.started_at, run.id), reverse=True)
        if before is None:
            return newest[:limit]
        places = (place for place, run in enumerate(newest, start=1) if run.id == normalise(before))
        start = next(places, len(newest))
        return newest[start : start + limit]

    def runs_in_progress(self) -> list[Run]:
        return [run for run in self.runs(limit=len(self._runs)) if run.state is RunState.RUNNING]
