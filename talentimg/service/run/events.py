"""The events that services yield while they work, for a progress bar, a stream or a log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.errors import LossLimitExceeded, TalentimgError
    from talentimg.models import Outcome, Run, Suspect
    from talentimg.service.run.tally import Tally


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run has been recorded.

    `total` is how many talents it will look at, at most. With `is_more` there are more than were counted.
    """

    run: Run
    total: int
    is_more: bool = False


@dataclass(frozen=True, slots=True)
class TalentSynced:
    """One more talent is done, and its result is durable."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class RunReport:
    """How a run ended, for whatever reason.

    `exceeded` says why the safety valve shut, if it did. `error` is why the run could not be recorded, if
    that failed. `warnings` are sentences about observers that could not be notified.
    """

    run: Run
    tally: Tally
    suspects: Sequence[Suspect] = ()
    exceeded: LossLimitExceeded | None = None
    error: TalentimgError | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is complete, or was asked to stop and has finished what was in progress."""

    report: RunReport


RunEvent: TypeAlias = RunStarted | TalentSynced | RunFinished


class Observer(Protocol):
    """Something that is notified of runs. It is called on a thread and must not raise."""

    def started(self) -> str | None:
        """A run has begun. Returns a sentence about what went wrong, if anything did."""

    def ended(self, run: Run, exit_code: int, /) -> str | None:
        """A run has ended. Returns a sentence about what went wrong, if anything did."""
