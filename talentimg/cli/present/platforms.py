"""Platforms for people: a row for each, with its latest nights as a row of bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from talentimg.cli.present.fitting import print_fitting
from talentimg.cli.terminal import LONGEST_CELL, printable
from talentimg.service.run.nights import PlatformNight
from talentimg.service.run.platforms import PlatformReport, PlatformStanding, PlatformState

BARS: Final = "▁▂▃▄▅▆▇█"
NOBODY_ASKED: Final = "·"
IN_DIGITS: Final = "0123456789"
"""For a terminal that has no bars."""
USUAL: Final = 0.9
"""Platforms that answer so often are well."""


def print_platforms(reports: Sequence[PlatformReport], now: datetime, console: Console | None = None) -> None:
    """Print a row for each platform."""
    console = console or Console(highlight=False)
    table = Table("Platform", "State", "Pace", "Quota\nof the day", "Success,\n7 nights")
    for column in (table.columns[0], table.columns[1], table.columns[4]):
        column.no_wrap = True
    for report in reports:
        standing = report.standing
        table.add_row(
            Text(printable(standing.label, LONGEST_CELL)),
            _state(standing, now),
            Text(_pace(standing)),
            Text(_quota(standing)),
            _success(report, console),
        )
    print_fitting(table, console)
    for report in reports:
        for line in _told(report.standing, now):
            console.print(printable(line), soft_wrap=True)
    console.print(
        "Success is the share of looks that were answered; that there is no picture is an answer.",
        soft_wrap=True,
    )


def sparkline(nights: Sequence[PlatformNight], marks: str = BARS) -> str:
    """A mark for each night, the higher the better; a dot where nobody asked."""
    gap = NOBODY_ASKED if marks == BARS else "."
    top = len(marks) - 1
    return "".join(
        marks[round(top * night.answered / night.asked)] if night.asked else gap for night in nights
    )


def _state(standing: PlatformStanding, now: datetime) -> Text:
    if standing.state is PlatformState.RESTING:
        text = Text(f"resting\nuntil {_when(standing.until, now)}", "yellow")
    else:
        text = Text("ready", "green")
    if _lacks_credentials(standing):
        text.append("\nno credentials", "dim")
    return text


def _lacks_credentials(standing: PlatformStanding) -> bool:
    return standing.needs != "nothing" and not standing.has_credentials


def _told(standing: PlatformStanding, now: datetime) -> Iterator[str]:
    """What does not fit into a table."""
    if standing.why:
        yield f"{standing.label} is left alone until {_when(standing.until, now)}. {standing.why}"
    for host in standing.hosts:
        yield f"{host.host} is left alone until {_when(host.until, now)}. {host.why or ''}".rstrip()
    if _lacks_credentials(standing):
        yield f"{standing.label} has no credentials of the agency. It needs {standing.needs}."


def _when(until: datetime | None, now: datetime) -> str:
    if until is None:
        return "-"
    until = until.astimezone(UTC)
    is_today = until.date() == now.astimezone(UTC).date()
    return f"{until:%H:%M} UTC" if is_today else f"{until:%Y-%m-%d %H:%M} UTC"


def _pace(standing: PlatformStanding) -> str:
    at_once = f"{standing.concurrency} at once"
    return f"{at_once}\n{standing.per_minute:,} a minute" if standing.per_minute else at_once


def _quota(standing: PlatformStanding) -> str:
    if standing.per_day is None or standing.used_today is None:
        return "-"
    return f"{standing.used_today:,} of {standing.per_day:,}"


def _success(report: PlatformReport, console: Console) -> Text:
    marks = BARS if _has_bars(console) else IN_DIGITS
    rate = report.success
    style = "" if rate is None else "green" if rate >= USUAL else "yellow"
    percent = "never asked" if rate is None else f"{_percent(rate)} %"
    return Text.assemble((sparkline(report.nights, marks), style), f"\n{percent}")


def _percent(rate: float) -> str:
    """Not all and not nothing unless it is."""
    tenths = min(99.9, max(0.1, 100 * rate)) if 0 < rate < 1 else 100 * rate
    return f"{tenths:.1f}" if 0 < rate < 1 else f"{tenths:.0f}"


def _has_bars(console: Console) -> bool:
    try:
        BARS.encode(console.encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True
