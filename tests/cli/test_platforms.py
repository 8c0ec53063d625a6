"""`talentimg platforms`: what is drawn of them, at every width, and what programs are given."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from talentimg.cli.present.platforms import IN_DIGITS, print_platforms, sparkline
from talentimg.models import PlatformCount, Run, RunState
from talentimg.providers.registry import platform_names
from talentimg.repository.registry import open_repository
from talentimg.repository.urls import sqlite_url
from talentimg.service.run.nights import PlatformNight
from talentimg.service.run.platforms import PlatformReport, PlatformStanding, PlatformState, RestingHost
from tests.conftest import NOW

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

NIGHTS = tuple(
    PlatformNight(date(2026, 11, 18) + timedelta(days=number), asked, answered)
    for number, (asked, answered) in enumerate([(0, 0), (8, 0), (8, 2), (8, 4), (8, 6), (8, 8), (9, 9)])
)
RESTING = PlatformStanding(
    platform="youtube",
    label="YouTube",
    needs="an API key, or the talent's own token",
    has_credentials=False,
    state=PlatformState.RESTING,
    until=NOW + timedelta(hours=1),
    why="Too many.",
    hosts=(RestingHost("a.example", NOW + timedelta(days=1), None),),
    concurrency=4,
    per_minute=1_200,
    per_day=10_000,
    used_today=1_234,
    quota_resets_at=NOW,
)


def drawn(width: int, encoding: str = "utf-8") -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=file, width=width, highlight=False)
    print_platforms([PlatformReport(RESTING, NIGHTS), PlatformReport(RESTING, NIGHTS[:1])], NOW, console)
    file.seek(0)
    return file.read()


def test_a_night_is_a_mark_and_one_on_which_nobody_asked_a_dot() -> None:
    assert sparkline(NIGHTS) == "·▁▃▅▆██"
    assert sparkline(NIGHTS, IN_DIGITS) == ".024799"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_cut_at_any_width(width: int) -> None:
    text = drawn(width)
    assert all(len(line) <= width for line in text.splitlines() if line.startswith("│"))
    assert "…" not in text
    words = " ".join(text.replace("│", " ").split())
    for told in (
        "·▁▃▅▆██",
        "1,234 of 10,000",
        "YouTube",
        "59.2 %",
        "never asked",
        "1,200 a minute",
        "Too many.",
        "an API key",
    ):
        assert told in words


def test_a_terminal_without_bars_gets_digits() -> None:
    assert ".024799" in drawn(120, "ascii")


def test_programs_get_a_line_for_each_platform_with_its_nights(shell: Shell) -> None:
    run = Run(
        "r1",
        NOW,
        "h",
        1,
        state=RunState.DONE,
        ended_at=NOW,
        platforms={"tiktok": PlatformCount(found=3, trouble=1)},
    )
    with open_repository(sqlite_url(shell.data / "talentimg.db"), create=True) as repository:
        repository.save_run(run)
    lines = shell("platforms", "--json").lines
    assert [line["platform"] for line in lines] == list(platform_names())
    assert {len(line["nights"]) for line in lines} == {7}
    assert all(line.keys() >= {"state", "success", "per_day", "used_today"} for line in lines)


def test_people_get_a_row_for_each(shell: Shell) -> None:
    shell("add", "Ada")
    told = shell("platforms")
    assert told.code == 0
    assert "Bluesky" in told.out
    assert "never asked" in told.out
