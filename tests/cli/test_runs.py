"""`talentimg runs`: what is drawn of a run, and the command on a store that holds some."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from talentimg.cli.present.run_tables import outcomes_in_words, print_run, print_runs, size, took
from talentimg.models import OutcomeKind, Run, RunProgress, RunState
from talentimg.repository.registry import open_repository
from talentimg.repository.urls import sqlite_url
from talentimg.shapes import run_json, shown_run_json
from tests.cli.test_mistakes import assert_plain
from tests.cli.test_terminal import in_terminal
from tests.conftest import NOW
from tests.runs import MISLEADING, RUN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.cli.conftest import Shell

NEW = Run(id="20261124-020000-0000", started_at=NOW, host="night-1", pid=1)


def drawn(runs: Run | Sequence[Run], width: int = 100) -> str:
    """One run, or a table of several, as it is drawn where nobody looks."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_run(RunProgress((runs,)), console) if isinstance(runs, Run) else print_runs(runs, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def rows(text: str) -> list[list[str]]:
    """The cells of every table in it."""
    lines = (line for line in text.splitlines() if line.startswith("│"))
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines]


# -- words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (59.9, "59.9 s"),
        (59.97, "1 min 00 s"),
        (60, "1 min 00 s"),
        (3599.2, "59 min 59 s"),
        (3599.9, "1 h 00 min"),
        (3600, "1 h 00 min"),
        (90_061, "25 h 01 min"),
    ],
)
def test_lengths_of_time_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert took(replace(RUN, ended_at=NOW + timedelta(seconds=seconds))) == words


def test_of_a_run_that_died_nobody_knows_how_long_it_took() -> None:
    assert took(replace(RUN, state=RunState.DIED)) == took(NEW) == "-"


@pytest.mark.parametrize(
    ("received", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_960, "1.0 MB"),
        (48_200_400, "48.2 MB"),
        (7_300_000_000_000, "7300.0 GB"),
    ],
)
def test_sizes_are_said_as_people_say_them(received: int, words: str) -> None:
    assert size(received) == words


def test_outcomes_that_there_were_not_are_not_said() -> None:
    assert outcomes_in_words(RUN.outcomes) == "12 updated, 9980 unchanged, 3 kept, 5 opted out"
    assert outcomes_in_words({}) == ""


# -- tables -----------------------------------------------------------------------------------


def test_a_line_for_each_run() -> None:
    running = replace(RUN, id="2", state=RunState.RUNNING, ended_at=None, exit_code=None, outcomes={})
    assert rows(drawn([running, RUN])) == [
        ["2", "2026-11-24 02:00", "running", "0 looked at"],
        ["", "-", "", ""],
        [RUN.id, "2026-11-24 02:00", "done", "10000 looked at"],
        ["", "1 h 02 min", "exit 3", "12 updated, 9980 unchanged, 3 kept, 5"],
        ["", "", "", "opted out"],
    ]


@pytest.mark.parametrize("state", list(RunState))
def test_the_table_fits_a_pipe_and_no_id_is_cut(state: RunState) -> None:
    everything = dict.fromkeys(OutcomeKind, 1234)
    run = replace(RUN, state=state, exit_code=143, outcomes=everything)
    text = drawn([run], width=80)
    assert RUN.id in text
    assert state.value in text
    assert "…" not in text
    said = " ".join(row[-1] for row in rows(text))
    assert said == f"{1234 * len(OutcomeKind)} looked at {outcomes_in_words(everything)}"


def test_of_one_night_that_several_shared_each_line_says_whose_it_was() -> None:
    part = replace(RUN, id="20261124-020001-0000", joined=True, part_of=RUN.id)
    text = drawn([part, RUN], width=80)
    assert text.count("took part in") == 1
    assert text.count(RUN.id) == 2, "neither id is cut"
    said = " ".join(row[-1] for row in rows(drawn([replace(part, part_of=None)], width=80)))
    assert said.endswith("took part in another run")


def test_everything_about_a_run() -> None:
    text = drawn(RUN)
    head = dict(line.split(maxsplit=1) for line in text.splitlines()[:5])
    assert {key: value.strip() for key, value in head.items()} == {
        "run": RUN.id,
        "started": "2026-11-24 02:00:00 UTC",
        "took": "1 h 02 min",
        "by": "process 4711 on night-1",
        "state": "done",
    }
    assert "exit code  3" in text
    assert "shared" not in text
    assert "Looked at 10000 talents; 41 of them show initials" in text
    found = rows(text)
    assert ["kept", "3", "no certain answer; the picture stays"] in found
    assert not any(row[0] == "failed" for row in found)
    platforms = [row for row in found if len(row) == 8]
    assert platforms == [
        ["instagram", "10011", "48.2 MB", "9949", "40", "3", "-", "9949"],
        ["youtube", "1", "8.2 kB", "7", "-", "-", "1", "-"],
        ["initials", "-", "-", "-", "-", "-", "-", "41"],
        ["user", "-", "-", "2", "-", "-", "-", "2"],
    ]
    assert ["bob", "4.0", "user"] in found
    assert text.splitlines()[-2:] == ["Still due: 17", "The next one is due at 2026-11-25 01:00:00 UTC."]


def test_a_run_without_anything_to_tell_has_no_tables() -> None:
    assert rows(drawn(NEW)) == []
    claimed = replace(NEW, claimed_elsewhere=3)
    assert "3 more are claimed by other processes, and may still be looked at." in drawn(claimed)
    claimed = replace(claimed, claimed_by=("17 on n\x1b[2J", "4 on m"), claimed_until=NOW)
    said = f"3 more are claimed by process 17 on n\ufffd[2J and 1 more until {NOW:%Y-%m-%d %H:%M:%S} UTC"
    assert said in " ".join(drawn(claimed).split())
    assert "Nobody else is due." in drawn(replace(NEW, still_due=0))


def test_a_run_that_was_joined_or_ended_early_says_so() -> None:
    shut = replace(RUN, joined=True, state=RunState.VALVE, note="Too many\x1b[2J losses.")
    text = drawn(shut)
    assert "the work of another run" in text
    assert "valve: Too many�[2J losses." in text


def test_of_a_run_that_died_it_is_said_when_that_was_noticed() -> None:
    text = drawn(replace(RUN, state=RunState.DIED, exit_code=None))
    assert "noticed    2026-11-24 03:02:03 UTC" in text
    assert "took" not in text


GOING = replace(
    NEW,
    total=40,
    outcomes={OutcomeKind.UPDATED: 10},
    in_progress=5,
    written_at=NOW + timedelta(seconds=20),
)


def test_of_a_run_that_goes_on_it_is_said_how_far_it_is_and_how_fast() -> None:
    assert "10 looked at of 40, 0.5 a second" in " ".join(drawn([GOING]).split())
    text = drawn(GOING)
    assert "so far      10 looked at of 40, 0.5 a second, about 1 min 00 s left" in text
    assert "right now   5 in progress" in text
    assert "last heard  2026-11-24 02:00:20 UTC" in text
    assert "0 looked at" in drawn([NEW])
    assert "of 10000 or more, 0.5 a second" in " ".join(drawn(replace(GOING, total=10_000)).split())


def test_who_takes_part_and_who_asked_for_its_end_is_said() -> None:
    asked = replace(GOING, stop_requested_by=MISLEADING, stop_requested_at=NOW)
    joined = replace(
        GOING, id="20261124-020001-0000", joined=True, part_of=GOING.id, pid=9, state=RunState.DONE
    )
    console = Console(file=io.StringIO(), width=120, highlight=False)
    print_run(RunProgress((asked, joined)), console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "stop        asked for by eve\ufffd[2J\ufffd[bold] at 2026-11-24 02:00:00 UTC" in text
    assert "shared by   process 9 on night-1: 10 looked at, done (20261124-020001-0000)" in text
    assert "so far      20 looked at of 40, 1.0 a second, about 20.0 s left" in text
    assert f"the work of {GOING.id}" in drawn(joined)


def test_nothing_foreign_reaches_the_terminal() -> None:
    odd = replace(
        RUN, id=MISLEADING, host=MISLEADING, note=MISLEADING, platforms={MISLEADING: RUN.platforms["user"]}
    )
    for text in (drawn(odd), drawn([odd])):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "eve�[2J�[bold]" in text


def test_the_document_of_a_run_holds_everything_by_name() -> None:
    document = run_json(RUN)
    assert document["looked_at"] == 10_000 == sum(document["outcomes"].values())
    assert set(document["outcomes"]) == {kind.value for kind in OutcomeKind}
    assert document["platforms"]["youtube"] == {
        "outcomes": {},
        "found": 7,
        "absent": 0,
        "trouble": 0,
        "calls": 1,
        "received": 8240,
        "quota": 1,
    }
    assert document["slowest"][1] == {"talent_id": "bob", "seconds": 4.0, "source": "user"}
    assert document["next_due_at"] == "2026-11-25T01:00:00.000Z"
    assert document["state"] == "done"


# -- the command --------------------------------------------------------------------------------


@pytest.fixture
def nights(shell: Shell) -> Shell:
    """Thirty nights on record, the last of them eventful."""
    with open_repository(sqlite_url(shell.data / "talentimg.db"), create=True) as repository:
        for age in range(30):
            when = NOW - timedelta(days=age)
            run = replace(RUN, id=f"night-{age:02}", started_at=when, ended_at=when + timedelta(seconds=4))
            repository.save_run(run)
    return shell


def test_the_latest_runs_come_first_and_twenty_will_do(nights: Shell) -> None:
    done = nights("runs")
    assert done.code == 0
    assert [row[0] for row in rows(done.out) if row[0]] == [f"night-{age:02}" for age in range(20)]
    assert [run["id"] for run in nights("runs", "--limit", "2", "--json").lines] == ["night-00", "night-01"]


def test_one_run_is_told_as_it_was_kept(nights: Shell) -> None:
    done = nights("runs", "night-00", "--json")
    assert done.code == 0
    kept = replace(RUN, id="night-00", ended_at=NOW + timedelta(seconds=4), revision=1)
    assert done.json == shown_run_json(RunProgress((kept,)))
    assert done.out.startswith('{\n  "id"')
    text = nights("runs", "night-00").out
    assert "took       4.0 s" in text
    assert ["instagram", "10011", "48.2 MB", "9949", "40", "3", "-", "9949"] in rows(text)


def test_a_run_in_progress_is_asked_to_stop(nights: Shell) -> None:
    assert_plain(nights("runs", "--stop"), 2, "No run is in progress.", "talentimg runs")
    assert_plain(nights("runs", "night-00", "--stop"), 2, "has ended already: done.")
    assert_plain(nights("runs", "no-such", "--stop"), 2, "There is no run")
    assert_plain(nights("runs", "--by", "eve"), 2, "--by")
    assert_plain(nights("runs", "--stop", "--limit", "1"), 2, "--limit")
    with open_repository(nights.roster_url) as repository:
        for number in (1, 2):
            started = NOW + timedelta(minutes=number)
            repository.save_run(replace(NEW, id=f"going-{number}", started_at=started))
    done = nights("runs", "--stop", "--by", "eve")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("The run going-2 was asked to stop.")
    asked = nights("runs", "going-1", "--stop", "--json", "--by", "bob").json
    assert (asked["state"], asked["stop_requested_by"]) == ("running", "bob")
    assert asked["progress"]["stop_requested_by"] == "bob"
    assert nights("runs", "going-2", "--json").json["progress"]["stop_requested_by"] == "eve"


def test_on_a_terminal_it_has_colours_and_nothing_that_misleads(nights: Shell) -> None:
    code, printed = in_terminal(nights, "runs", "night-00")
    assert code == 0
    assert "\x1b[32mdone" in printed
    assert "\x1b[2J" not in printed
    assert "\u202e" not in printed


def test_an_unknown_run_is_a_plain_mistake(nights: Shell) -> None:
    assert_plain(nights("runs", "no\x1b[2Jsuch"), 2, "There is no run", "talentimg runs")
    assert_plain(nights("runs", "night-00", "--limit", "3"), 2, "--limit")


def test_where_no_run_is_on_record_the_command_says_so(shell: Shell) -> None:
    shell("add", "Ada")
    assert shell("runs").out == "No runs on record yet. Start one with: talentimg sync-all\n"
    assert shell("runs", "--json").out == ""


def test_without_a_roster_it_says_that(shell: Shell) -> None:
    assert_plain(shell("runs"), 78)


def test_a_real_run_is_on_record(shell: Shell) -> None:
    shell("add", "Ada", "--id", "ada", "--avatar-url", "https://127.0.0.1:1/ada.png")
    shell("sync-all")
    (run,) = shell("runs", "--json").lines
    assert (run["looked_at"], run["pid"] > 0, run["joined"]) == (1, True, False)
    assert run["id"] in shell("runs", run["id"]).out
