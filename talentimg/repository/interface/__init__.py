"""The port to the database: the roster and everything that syncs find out.

It joins four smaller ports, so that a service can ask for just the one that it needs. All methods
are synchronous and may be called from several threads. A backend translates its driver's errors
into ours (`StoreLocked`, `StoreUnavailable`, `StoreUnreadable`, ...).
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from talentimg.repository.interface.politeness import Politeness
from talentimg.repository.interface.results import Change, Holder, Results
from talentimg.repository.interface.roster import NewAccount, NewTalent, Roster, RosterRow
from talentimg.repository.interface.run_log import RunLog

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = [
    "Change",
    "Holder",
    "NewAccount",
    "NewTalent",
    "Politeness",
    "Repository",
    "Results",
    "Roster",
    "RosterRow",
    "RunLog",
]


class Repository(Roster, Results, Politeness, RunLog):
    """Keeps a roster and everything known about it."""

    @abstractmethod
    def close(self) -> None:
        """Close all connections. The repository cannot be used afterwards."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
