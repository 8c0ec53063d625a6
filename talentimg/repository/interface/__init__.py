"""The port to the database: the roster and everything that syncs find out.

It joins smaller ports, so that a service can ask for just the one that it needs. All methods
are synchronous and may be called from several threads. A backend translates its driver's errors
into ours (`StoreLocked`, `StoreUnavailable`, `StoreUnreadable`, ...).
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final

from talentimg.repository.interface.feed import Feed
from talentimg.repository.interface.leftovers import Leftovers
from talentimg.repository.interface.policies import Policies
from talentimg.repository.interface.politeness import Politeness
from talentimg.repository.interface.removals import Removals
from talentimg.repository.interface.renewals import Renewals
from talentimg.repository.interface.results import Claimed, Outlook, Results
from talentimg.repository.interface.reviews import Reviews
from talentimg.repository.interface.roster import Roster
from talentimg.repository.interface.run_log import RunLog
from talentimg.repository.interface.soundness import Soundness
from talentimg.repository.interface.tombstones import Tombstones
from talentimg.repository.interface.webhooks import Webhooks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta
    from types import TracebackType
    from typing import Self

    from talentimg.models import Run
    from talentimg.repository.interface.values import (
        Aged,
        Change,
        Claims,
        Disconnected,
        Dropped,
        Erased,
        ErasedTalents,
        Forgotten,
        Holder,
        Merged,
        NamedPage,
        NewAccount,
        NewTalent,
        Page,
        PictureInUse,
        RosterRow,
    )

__all__ = [
    "Aged",
    "Change",
    "Claimed",
    "Claims",
    "Disconnected",
    "Dropped",
    "Erased",
    "ErasedTalents",
    "Feed",
    "Forgotten",
    "Holder",
    "Leftovers",
    "Merged",
    "NamedPage",
    "NewAccount",
    "NewTalent",
    "Outlook",
    "Page",
    "PictureInUse",
    "Policies",
    "Politeness",
    "Removals",
    "Renewals",
    "Repository",
    "Results",
    "Reviews",
    "Roster",
    "RosterRow",
    "RunLog",
    "Soundness",
    "Tombstones",
    "Webhooks",
]


_VALUES: Final = {
    "Aged",
    "Change",
    "Claims",
    "Disconnected",
    "Dropped",
    "Erased",
    "ErasedTalents",
    "Forgotten",
    "Holder",
    "Merged",
    "NamedPage",
    "NewAccount",
    "NewTalent",
    "Page",
    "PictureInUse",
    "RosterRow",
}

if not TYPE_CHECKING:  # a checker would take every name for one of ours

    def __getattr__(name: str) -> object:
        """A value that was not asked for before: a command that only shows a talent needs none of them."""
        if name not in _VALUES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from talentimg.repository.interface import values  # noqa: PLC0415  start-up time

        return getattr(values, name)


class Repository(
    Roster,
    Results,
    Policies,
    Reviews,
    Politeness,
    RunLog,
    Leftovers,
    Tombstones,
    Removals,
    Renewals,
    Feed,
    Webhooks,
    Soundness,
):
    """Keeps a roster and everything known about it."""

    def claim_page(
        self,
        now: datetime,
        *,
        before: datetime | None,
        limit: int,
        lease: timedelta,
        unless_since: datetime | None = None,
    ) -> Claimed:
        """Claim as `claim` does, to load the records next. A backend far away reads them with the claim."""
        ids = self.claim(now, before=before, limit=limit, lease=lease, unless_since=unless_since)
        return Claimed(ids, lambda: self.load_many(ids))

    def at_work(self, now: datetime) -> tuple[Sequence[Run], Sequence[Claims]]:
        """The runs in progress, newest first, and what others have claimed, in one question."""
        return self.runs_in_progress(), self.claims(now)

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
