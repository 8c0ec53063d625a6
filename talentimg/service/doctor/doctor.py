"""Goes through the checks one after the other. None of them stops the others, whatever becomes of it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from talentimg.errors import ConfigError, TalentimgError
from talentimg.service.doctor.bounded import bounded
from talentimg.service.doctor.interface import EXIT_CODES, Finding, Look, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from talentimg.service.doctor.interface import Check

log = logging.getLogger("talentimg.doctor")

DEEP_SECONDS: Final = 3600.0
"""How long a look at everything may take."""
HEAL_SECONDS: Final = 3600.0
"""How long healing may take, for each check."""
GRACE_SECONDS: Final = 5.0
"""So much longer than it may look a check may take to come to an end by itself."""
_ORDER: Final = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Examined:
    """What one check has found, and what was done about it before."""

    check: str
    title: str
    findings: tuple[Finding, ...]
    done: tuple[str, ...] = ()
    because_of: str | None = None
    """The title of the check because of which this one could not look."""

    @property
    def worst(self) -> Severity:
        """The worst of it."""
        return worst_of(finding.severity for finding in self.findings)


def worst_of(severities: Iterable[Severity]) -> Severity:
    """The worst of these; of nothing: well."""
    return max(severities, key=_ORDER.index, default=Severity.WELL)


def exit_code_of(examined: Iterable[Examined]) -> int:
    """0 well, 3 something needs a person, 78 it cannot work."""
    return EXIT_CODES.get(worst_of(one.worst for one in examined), 0)


class Doctor:
    """Examines, and heals what can be healed."""

    def __init__(
        self,
        checks: Sequence[Check],
        *,
        clock: Callable[[], float] = time.monotonic,
        run: Callable[[Callable[[], list[Finding]], float], list[Finding]] = bounded,
    ) -> None:
        """All that it needs, chosen by `bootstrap`.

        Args:
            checks: in the order in which they are told, those that others need first.
            clock: seconds.
            run: runs a look that must not take longer than so many seconds.
        """
        self._checks = checks
        self._clock = clock
        self._run = run

    def examine(self, *, deep: bool = False, fix: bool = False) -> Iterator[Examined]:
        """What every check has found, told as it is found.

        Args:
            deep: whether to look at everything rather than at a sample.
            fix: whether to heal what can be healed, and to look again.
        """
        told: dict[str, Examined] = {}
        for check in self._checks:
            told[check.name] = self._examined(check, told, deep=deep, fix=fix)
            yield told[check.name]

    def _examined(self, check: Check, told: Mapping[str, Examined], *, deep: bool, fix: bool) -> Examined:
        if lacking := _first_lacking(check, told):
            return _unseen(check, lacking)
        findings, done = self._findings(check, told, deep=deep), []
        if not findings and (explained := _first_broken(check.explained_by, told)):
            return _unseen(check, explained)
        if fix and any(finding.can_fix for finding in findings):
            done = self._healed(check, findings, deep=deep)
            findings = [found.after_healing() for found in self._findings(check, told, deep=deep)]
        return Examined(check.name, check.title, tuple(findings), tuple(done))

    def _findings(self, check: Check, told: Mapping[str, Examined], *, deep: bool) -> list[Finding]:
        seconds = DEEP_SECONDS if deep else check.seconds
        look = Look(deep, self._clock() + seconds, self._clock)
        try:
            return self._run(lambda: list(check.look(look)), seconds + GRACE_SECONDS)
        except TimeoutError:
            what = f"This check did not come to an end within {seconds:.0f} seconds."
            return [Finding(what, check.failure, "What it asks does not answer. Try again, or look there.")]
        except TalentimgError as error:
            if _first_broken(check.explained_by, told):
                return []
            return [_finding_of(error, check.failure)]
        except Exception as error:
            log.debug("The check %s failed.", check.name, exc_info=True)
            what = f"This check itself failed ({type(error).__name__}), so nothing is known of it."
            return [Finding(what, check.failure, "Please report it; --verbose shows more.")]

    def _healed(self, check: Check, findings: Sequence[Finding], *, deep: bool) -> list[str]:
        """What was done. That it failed is told as well, and what is left is found anew."""
        look = Look(deep, self._clock() + HEAL_SECONDS, self._clock)
        done: list[str] = []
        try:
            done.extend(check.heal(findings, look))
        except TalentimgError as error:
            done.append(f"It could not be healed: {error.message}")
        except Exception as error:
            log.exception("Healing of %s failed.", check.name)
            done.append(f"It could not be healed, because of an internal error ({type(error).__name__}).")
        return done


def _unseen(check: Check, cause: Examined) -> Examined:
    what = f"Not looked at, because of: {cause.title.lower()}."
    return Examined(check.name, check.title, (Finding(what, Severity.SKIPPED),), because_of=cause.title)


def _first_broken(names: Sequence[str], told: Mapping[str, Examined]) -> Examined | None:
    return next((told[n] for n in names if n in told and told[n].worst is Severity.BROKEN), None)


def _first_lacking(check: Check, told: Mapping[str, Examined]) -> Examined | None:
    """A check that this one needs and that could not look, or found something broken."""
    found = (told[name] for name in check.needs if name in told)
    return next((one for one in found if one.worst in {Severity.BROKEN, Severity.SKIPPED}), None)


def _finding_of(error: TalentimgError, otherwise: Severity) -> Finding:
    severity = Severity.BROKEN if isinstance(error, ConfigError) else otherwise
    return Finding(error.message, severity, error.hint)


def without_settings(error: TalentimgError) -> Examined:
    """What is told where not even the settings can be read: nothing else can be looked at."""
    return Examined("settings", "Settings", (_finding_of(error, Severity.BROKEN),))
