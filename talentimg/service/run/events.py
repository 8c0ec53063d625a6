"""What services report while they work: for a bar, a stream or a log to draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.errors import LossLimitExceeded, TalentimgError
    from talentimg.models import Outcome, Run, Suspect
    from talentimg.service.run.tally import Tally


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run is on record. `total` is how many talents it will look at, at most."""

    run: Run
    total: int


@dataclass(frozen=True, slots=True)
class TalentSynced:
    """One more talent is done, and its result durable."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class RunReport:
    """How a run ended, whatever ended it.

    `exceeded` says why the safety valve kept pictures, if it did. `error` is why the record could not be
    kept, if it could not. `warnings` are sentences about those who could not be notified.
    """

    run: Run
    tally: Tally
    suspects: Sequence[Suspect] = ()
    exceeded: LossLimitExceeded | None = None
    error: TalentimgError | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run has come to its end by itself, or was asked to stop and finished what was under way."""

    report: RunReport


RunEvent: TypeAlias = RunStarted | TalentSynced | RunFinished
