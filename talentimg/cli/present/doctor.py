"""What `doctor` has found, a line each: how bad, what, and what to do. Loads no rich."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Final

from talentimg.cli.terminal import columns_of, is_terminal, printable, shows_colour, write_data
from talentimg.cli.wrapping import wrapped
from talentimg.service.doctor.doctor import Examined, worst_of
from talentimg.service.doctor.interface import Finding, Severity

WORDS: Final = {
    Severity.WELL: ("well", "32"),
    Severity.SKIPPED: ("skipped", "2"),
    Severity.NOTE: ("note", "36"),
    Severity.NEEDS_YOU: ("needs you", "33;1"),
    Severity.BROKEN: ("broken", "31;1"),
}
"""How bad it is: in a word, and the colour of it in a terminal (ECMA-48, 8.3.117)."""
DONE: Final = ("done", "32;1")
AT: Final = 11
"""The column in which sentences begin."""
LEAST: Final = 30
"""Fewer columns are left for no sentence."""


def print_examined(one: Examined, *, quiet: bool = False, stream: IO[str] | None = None) -> None:
    """Print what one check has found; with `quiet` only what was done, and what needs somebody.

    Of those that could not look because of another one `print_unseen` tells, of all at once.
    """
    stream = stream or sys.stdout
    if one.because_of:
        return
    for sentence in one.done:
        _print(stream, DONE, f"{one.title}: {sentence}", None)
    for finding in one.findings:
        if not quiet or finding.severity in {Severity.NEEDS_YOU, Severity.BROKEN}:
            _print(stream, WORDS[finding.severity], f"{one.title}: {finding.what}", finding.remedy)


def print_unseen(examined: Iterable[Examined], stream: IO[str] | None = None) -> None:
    """Print which checks could not look, because of which others."""
    causes: dict[str, list[str]] = {}
    for one in examined:
        if one.because_of:
            causes.setdefault(one.because_of, []).append(one.title)
    for cause, titles in causes.items():
        what = f"Not looked at, because of {cause.lower()}: {', '.join(titles).lower()}."
        _print(stream or sys.stdout, WORDS[Severity.SKIPPED], what, None)


def _print(stream: IO[str], how_bad: tuple[str, str], what: str, remedy: str | None) -> None:
    word, colour = how_bad
    first = f"{word:<{AT}}"
    if shows_colour(stream):
        first = f"\x1b[{colour}m{word}\x1b[0m{' ' * (AT - len(word))}"
    lines = list(_lines(stream, what, remedy))
    stream.write("".join(f"{start}{line}\n" for start, line in zip(_starts(first), lines, strict=False)))


def _starts(first: str) -> Iterator[str]:
    yield first
    while True:
        yield " " * AT


def _lines(stream: IO[str], what: str, remedy: str | None) -> Iterator[str]:
    """All on one line for programs that look for lines; broken between words where a person looks."""
    said = [printable(what), *([printable(remedy)] if remedy else [])]
    if not is_terminal(stream):
        yield " ".join(said)
        return
    for sentence in said:
        yield from wrapped(sentence, max(LEAST, columns_of(stream) - AT)).split("\n")


def print_verdict(examined: Sequence[Examined], *, fix: bool) -> None:
    """Print what it comes to."""
    write_data(verdict_of(examined, fix=fix))


def verdict_of(examined: Sequence[Examined], *, fix: bool) -> str:
    """What it comes to, in a sentence or two."""
    findings = [finding for one in examined for finding in one.findings]
    worst = worst_of(finding.severity for finding in findings)
    if worst is Severity.BROKEN:
        told = f"talentimg cannot work: {_number(findings, Severity.BROKEN)} broken."
    elif worst is Severity.NEEDS_YOU:
        told = f"{_number(findings, Severity.NEEDS_YOU)} a person."
    else:
        told = "All is well."
    can_fix = not fix and any(finding.can_fix for finding in findings)
    return f"{told} Some of it heals with: talentimg doctor --fix" if can_fix else told


def _number(findings: Iterable[Finding], severity: Severity) -> str:
    number = sum(finding.severity is severity for finding in findings)
    verb = {Severity.BROKEN: ("is", "are"), Severity.NEEDS_YOU: ("needs", "need")}[severity]
    return f"1 thing {verb[0]}" if number == 1 else f"{number} things {verb[1]}"
