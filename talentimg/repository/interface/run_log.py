"""The port to the records of roster runs, and to the lock that only one run can hold."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from talentimg.models import Run, RunTalent, StopRequest


class RunLog(ABC):
    """Keeps a record of each roster run."""

    @abstractmethod
    def lock_run(self) -> bool:
        """Acquire the lock that only one roster run of all processes can hold; False if another one holds it.

        It is released by `unlock_run`, by `close`, and when this process ends for whatever reason.

        Raises:
            NoRunLock: the database cannot keep such a lock; talents can be claimed all the same.
        """

    @abstractmethod
    def unlock_run(self) -> None:
        """Release that lock; not an error if it is not held."""

    @abstractmethod
    def save_run(self, run: Run) -> None:
        """Keep the record of a run, replacing an earlier one of the same run.

        What was asked of it stays, and its revision grows.
        """

    @abstractmethod
    def write_progress(self, run: Run) -> StopRequest | None:
        """Keep how far a run has come, in one statement: its counts, and the time at which it writes.

        One that is on record as ended, or on none, is left as it is.

        Returns:
            Who asked it to stop, and when; None if nobody has, or it has ended.
        """

    @abstractmethod
    def allot(self, run_id: str, talents: int) -> None:
        """Say how many talents a run looks at, with all who share its work. Else there is no limit."""

    @abstractmethod
    def draw(self, run_id: str, wanted: int) -> int:
        """Take so many of those that are allotted to a run, or as many as are left; 0 once none are.

        Args:
            run_id: a run that is on record.
            wanted: how many; less than 0 gives back what nobody needed.
        """

    @abstractmethod
    def note_talents(
        self, run_id: str, talents: Sequence[RunTalent], *, settled: Collection[str] = ()
    ) -> None:
        """Keep of whom a run has something to tell, in place of what it told of them before.

        Nothing is kept of those who have left the roster, or of what talentimg was told to forget.

        Args:
            run_id: a run that is on record.
            talents: each once.
            settled: the ids of those of whom it has nothing to tell after all.
        """

    @abstractmethod
    def noted_talents(self, run_ids: Collection[str]) -> list[RunTalent]:
        """Of whom these runs have something to tell, by id. It goes with the runs and with the talents."""

    @abstractmethod
    def request_stop(self, run_id: str, request: StopRequest) -> None:
        """Ask a run in progress to stop, and those who share its work. Who asked first stays on record."""

    @abstractmethod
    def run(self, run_id: str) -> Run | None:
        """The run with this id, if there is one."""

    @abstractmethod
    def taking_part(self, run_id: str) -> list[Run]:
        """The run with this id and those who have joined it: itself first, then in the order of their start.

        Empty if there is no such run.
        """

    @abstractmethod
    def runs(self, *, limit: int = 20, before: str | None = None) -> list[Run]:
        """The latest runs, newest first.

        Args:
            limit: the most of a page.
            before: the id of the run with which the page before ended; after one that is gone comes nothing.
        """

    @abstractmethod
    def runs_in_progress(self) -> list[Run]:
        """All runs that have not reported their end, newest first. Some of them may have died."""
