"""No check stops the others: one that fails, hangs or cannot look is a finding, and no secret is in it."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, ClassVar

import pytest

from talentimg.errors import ConfigError, StoreUnavailable
from talentimg.service.doctor.bounded import bounded
from talentimg.service.doctor.doctor import Doctor, exit_code_of
from talentimg.service.doctor.interface import Check, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from talentimg.service.doctor.doctor import Examined
    from talentimg.service.doctor.interface import Look


class Told(Check):
    """Tells or does what a test sets."""

    title: ClassVar = "Told"

    def __init__(self, name: str, does: Callable[[], Iterable[Finding]], **more: object) -> None:
        self.name = name  # type: ignore[misc]  # one class stands for several checks here
        self._does = does
        for key, value in more.items():
            setattr(self, key, value)

    def look(self, look: Look) -> Iterable[Finding]:
        del look
        return self._does()


def well() -> list[Finding]:
    return [Finding("Well.")]


def broken() -> list[Finding]:
    return [Finding("Broken.", Severity.BROKEN)]


def raising(error: Exception) -> Callable[[], Iterable[Finding]]:
    def does() -> Iterator[Finding]:
        yield Finding("Half of it.")
        raise error

    return does


def worst(examined: Iterable[Examined]) -> list[tuple[str, Severity]]:
    return [(one.check, one.worst) for one in examined]


@pytest.mark.parametrize(
    ("error", "severity"),
    [
        (StoreUnavailable("It is away."), Severity.NEEDS_YOU),
        (ConfigError("It is wrong."), Severity.BROKEN),
        (ZeroDivisionError("S3CRET"), Severity.NEEDS_YOU),
    ],
)
def test_one_that_fails_is_a_finding(error: Exception, severity: Severity) -> None:
    doctor = Doctor([Told("a", raising(error)), Told("b", well)])
    examined = list(doctor.examine())
    assert worst(examined) == [("a", severity), ("b", Severity.WELL)]
    assert "S3CRET" not in repr(examined)


def test_one_that_hangs_is_a_finding() -> None:
    never = Event()

    def hang() -> list[Finding]:
        never.wait()
        return []

    doctor = Doctor([Told("a", hang), Told("b", well)], run=lambda work, _: bounded(work, 0.0))
    first = next(doctor.examine())
    never.set()
    assert "did not come to an end" in first.findings[0].what
    assert first.worst is Severity.NEEDS_YOU


def test_those_that_need_what_is_broken_are_not_looked_at() -> None:
    checks = [
        Told("a", broken),
        Told("b", well, needs=("a",)),
        Told("c", well, needs=("b",)),
        Told("d", well),
    ]
    examined = list(Doctor(checks).examine())
    skipped = Severity.SKIPPED
    assert worst(examined) == [
        ("a", Severity.BROKEN),
        ("b", skipped),
        ("c", skipped),
        ("d", Severity.WELL),
    ]
    assert exit_code_of(examined) == 78


def test_what_another_check_explains_is_told_once() -> None:
    cannot = raising(ConfigError("It may not."))
    checks = [
        Told("a", broken),
        Told("b", cannot, explained_by=("a",)),
        Told("c", cannot, explained_by=("d",)),
    ]
    assert worst(Doctor(checks).examine()) == [
        ("a", Severity.BROKEN),
        ("b", Severity.SKIPPED),
        ("c", Severity.BROKEN),
    ]


class Wound(Check):
    """Heals at the first try, or fails to."""

    name: ClassVar = "wound"
    title: ClassVar = "Wound"

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error
        self._is_open = True

    def look(self, look: Look) -> Iterator[Finding]:
        del look
        if self._is_open:
            yield Finding("It is open.", Severity.NEEDS_YOU, can_fix=True)

    def heal(self, found: Sequence[Finding], look: Look) -> Iterator[str]:
        del found, look
        yield "It was cleaned."
        if self._error:
            raise self._error
        self._is_open = False


def test_healing_is_told_and_looked_at_again() -> None:
    (one,) = Doctor([Wound()]).examine(fix=True)
    assert (one.done, one.findings, one.worst) == (("It was cleaned.",), (), Severity.WELL)


@pytest.mark.parametrize("error", [StoreUnavailable("It is away."), ValueError("S3CRET")])
def test_healing_that_fails_is_told_with_what_is_left(error: Exception) -> None:
    (one,) = Doctor([Wound(error)]).examine(fix=True)
    assert one.worst is Severity.NEEDS_YOU
    assert one.done[0] == "It was cleaned."
    assert "could not be healed" in one.done[1]
    assert "S3CRET" not in repr(one)


def test_nothing_is_healed_unasked() -> None:
    (one,) = Doctor([Wound()]).examine()
    assert (one.done, one.worst) == ((), Severity.NEEDS_YOU)
    assert exit_code_of([one]) == 3
