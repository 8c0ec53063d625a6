"""The records of roster runs, kept in memory."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from talentimg.models import RunState
from talentimg.repository.interface import RunLog
from talentimg.repository.memory.state import MemoryState
from talentimg.repository.values import normalise

if TYPE_CHECKING:
    from talentimg.models import Run


class MemoryRunLog(MemoryState, RunLog):
    """Keeps the records in a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: dict[str, Run] = {}

    def lock_run(self) -> bool:
        """Always True: no other process can open this repository."""
        return True

    def unlock_run(self) -> None:
        """No lock is held."""

    def save_run(self, run: Run) -> None:
        # The caller may go on counting in the same mappings.
        kept = deepcopy(normalise(run))
        with self._lock:
            self._runs[kept.id] = kept

    def run(self, run_id: str) -> Run | None:
        with self._lock:
            return self._runs.get(normalise(run_id))

    def runs(self, *, limit: int = 20) -> list[Run]:
        with self._lock:
            newest = sorted(self._runs.values(), key=lambda run: (run.started_at, run.id), reverse=True)
        return newest[:limit]

    def runs_in_progress(self) -> list[Run]:
        return [run for run in self.runs(limit=len(self._runs)) if run.state is RunState.RUNNING]
