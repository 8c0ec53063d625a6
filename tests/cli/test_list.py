"""`talentimg list`: for people, for programs, and for the next command."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from talentimg.cli.present.roster_list import MEASURED, tab_separated, table_lines
from talentimg.models import Account
from talentimg.repository.interface import RosterRow
from talentimg.service.decision.state import Standing, TalentState
from talentimg.service.people.listing import Listed
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Shell

LONG = "made-by-another-system-0d4f6b0e-5a1f-4a9e-8a51-6f6d1b2c9a10-and-some-more-of-it"


def row(talent_id: str, name: str = "Ada Lovelace", *platforms: str) -> Listed:
    accounts = tuple(Account(p, talent_id, p, f"{talent_id}.example") for p in platforms)
    found = RosterRow(talent_id, name, platforms, synced_at=NOW, accounts=accounts)
    return Listed(found, Standing(TalentState.NEEDS_YOU, "."))


@pytest.fixture
def roster(online: Shell) -> Shell:
    people = [("ada", "Ada", "ada.example", ""), (LONG, "Long", "", "long"), ("zoe", "Zo\u00eb", "", "")]
    file = "id,name,bluesky,github\n" + "".join(",".join(person) + "\n" for person in people)
    assert online("import", "-", stdin=file).code == 0
    return online


def test_in_a_pipe_ids_are_whole_and_fields_have_tabs_between_them(roster: Shell) -> None:
    done = roster("list", COLUMNS="40")
    assert [line.split("\t") for line in done.out.splitlines()] == [
        ["ada", "Ada", "bluesky=ada.example", "initials", "", "stale"],
        [LONG, "Long", "github=long", "initials", "", "stale"],
        ["zoe", "Zo\u00eb", "", "initials", "", "initials"],
    ]
    assert done.err == ""


def test_a_part_of_the_roster_can_be_asked_for(roster: Shell) -> None:
    for words, ids in (
        (("ZOE\u0308",), ["zoe"]),
        (("--platform", "GitHub"), [LONG]),
        (("--source", "initials", "a"), ["ada", LONG]),
        (("--without-picture", "--never-looked-at"), ["ada", LONG, "zoe"]),
        (("--source", "manual"), []),
        (("--state", "stale", "--sort", "name"), ["ada", LONG]),
        (("--search", "zoe", "--state", "Initials", "--state", "needs-you"), ["zoe"]),
        (("--older-than", "3d", "--platform", "bluesky"), ["ada"]),
    ):
        assert roster("list", "--ids", *words).out.splitlines() == ids
    assert [line["talent_id"] for line in roster("list", "--json", "ada.example").lines] == ["ada"]


def test_that_there_is_nobody_is_no_data(roster: Shell) -> None:
    done = roster("list", "nobody")
    assert (done.code, done.out, done.err) == (0, "", "Nobody on the roster is so.\n")
    done = roster("list", "--source", "githib")
    assert done.code == 2
    assert "Did you mean 'github'?" in done.err
    for words, said in (
        (("--state", "need-you"), "Did you mean 'needs-you'?"),
        (("--sort", "nme"), "One of: id, name, age, state, source."),
        (("--older-than", "yesterday"), "A number and m, h, d or w"),
    ):
        done = roster("list", *words)
        assert done.code == 2
        assert said in done.err


@pytest.mark.parametrize("width", [50, 60, 80, 120])
def test_a_table_fits_the_terminal_and_cuts_no_id(width: int) -> None:
    rows = [
        row(f"t{n}", "\u5c71\u7530\u592a\u90ce" * (n % 5), "instagram", "youtube", "github")
        for n in range(20)
    ]
    lines = list(table_lines(rows, width))
    assert len(lines) == 21
    assert all(cell_len(line) <= width for line in lines)
    assert [line.split()[0] for line in lines] == ["Id", *(f"t{n}" for n in range(20))]
    shown = list(table_lines([*rows, row(LONG)], width))
    at = shown.index(LONG)
    assert shown[at + 1].startswith("   ")
    assert shown[at + 1].split()[0] == "Ada"
    assert all(cell_len(line) <= width for line in shown if line != LONG)
    assert [*shown[:at], *shown[at + 2 :]] == lines, "one long id pushes nobody aside"


def test_a_name_gives_way_before_the_source_does() -> None:
    listed = [row(f"t{n}", "Ada of the Analytical Engine " * 2, "github") for n in range(3)]
    rows = [replace(one, row=replace(one.row, source="another-source")) for one in listed]
    lines = list(table_lines(rows, 90))
    assert all("another-source" in line and cell_len(line) <= 90 for line in lines[1:])


def test_a_table_begins_before_the_last_row_is_known() -> None:
    taken = 0

    def rows() -> Iterator[Listed]:
        nonlocal taken
        for taken in range(1, 10 * MEASURED):
            yield row(f"t{taken}")

    lines = table_lines(rows(), 80)
    assert next(lines).startswith("Id")
    assert taken == MEASURED


def test_what_would_break_a_line_is_marked() -> None:
    assert tab_separated(row("a\tb\n", "\x1b[31mRed")).count("\t") == 5
    assert "\x1b" not in tab_separated(row("a\tb\n", "\x1b[31mRed"))
