"""The port of a check, and what it finds: what, how bad, and what to do."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.errors import SOME_FAILED, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

NAMED: Final = 5
"""So many talents are named in a sentence; programs are given all of them."""


class Severity(StrEnum):
    """How bad it is."""

    WELL = "well"
    SKIPPED = "skipped"
    """Nobody could look: another finding says why, or there is nothing to look at."""
    NOTE = "note"
    """Worth knowing. It passes by itself, or is meant so."""
    NEEDS_YOU = "needs_you"
    """Without a person it does not get better."""
    BROKEN = "broken"
    """As long as it is so, talentimg cannot work."""


EXIT_CODES: Final = {Severity.NEEDS_YOU: SOME_FAILED, Severity.BROKEN: ConfigError.exit_code}
"""Those of the command, by the worst that was found. Everything else is 0."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has found: a sentence for people, which holds no secret, and what to do about it.

    `can_fix` says that `--fix` tries to heal it, and `otherwise` what to do if that did not. `talents` are
    the ids of whom it concerns.
    """

    what: str
    severity: Severity = Severity.WELL
    remedy: str | None = None
    can_fix: bool = False
    talents: tuple[str, ...] = ()
    otherwise: str | None = None

    def after_healing(self) -> Finding:
        """The same once it was to be healed: it is still so."""
        return replace(self, remedy=self.otherwise or self.remedy, can_fix=False)


@dataclass(frozen=True, slots=True)
class Look:
    """How long and how closely a check may look."""

    deep: bool = False
    """Whether at everything, and not at a sample."""
    until: float = float("inf")
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    def has_time(self) -> bool:
        """Whether to go on. A check that walks a long way asks it, and tells how far it came."""
        return self.clock() < self.until


class Check(ABC):
    """One thing that can be well or not. It may raise whatever it likes: that is a finding then."""

    name: ClassVar[str]
    """What programs call it."""
    title: ClassVar[str]
    """What people call it, in a word or three."""
    seconds: ClassVar[float] = 20.0
    """How long a look may take; one at everything takes up to an hour."""
    failure: ClassVar[Severity] = Severity.NEEDS_YOU
    """How bad it is if the check itself cannot look. A wrong setting is broken in any case."""
    needs: ClassVar[tuple[str, ...]] = ()
    """The checks without which this one cannot look: once one of them has found something broken."""
    explained_by: ClassVar[tuple[str, ...]] = ("disk", "rights")
    """The checks that say more of it where this one cannot look."""

    @abstractmethod
    def look(self, look: Look) -> Iterable[Finding]:
        """What there is to tell; that all is well, too. Nothing is written."""

    def heal(self, found: Sequence[Finding], look: Look) -> Iterable[str]:  # noqa: ARG002  most heal nothing
        """Heal what can be healed of what was found, and say in sentences what was done."""
        return ()


def named(names: Sequence[str]) -> str:
    """Some of many in a sentence: talents by their ids, mostly."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more:,} more" if more > 0 else "")


def counted(number: int, one: str, several: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else several}"
