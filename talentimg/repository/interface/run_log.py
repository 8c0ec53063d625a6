"""The port to the log of roster runs, and to the lock that one of them holds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from talentimg.models import Run


class RunLog(ABC):
    """Keeps the records of roster runs."""

    @abstractmethod
    def lock_run(self) -> bool:
        """Take the lock that one roster run holds at a time, over all processes; False when it is taken.

        It ends with `unlock_run`, with `close`, and with this process, however that ends.
        """

    @abstractmethod
    def unlock_run(self) -> None:
        """Let go of that lock; no error when it is not held."""

    @abstractmethod
    def save_run(self, run: Run) -> None:
        """Keep a run, in place of what was kept of it before."""

    @abstractmethod
    def run(self, run_id: str) -> Run | None:
        """The run of this id."""

    @abstractmethod
    def runs(self, *, limit: int = 20) -> list[Run]:
        """The latest runs, newest first."""
