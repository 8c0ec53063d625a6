"""A line of a crontab, run by the shell that cron uses, and put beside the lines of others."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import CannotCreate, ConfigError
from talentimg.schedule import crontab
from talentimg.schedule.job import Job
from talentimg.schedule.places import Crontab
from talentimg.schedule.programs import Answer
from tests.waiting import TIME_LIMIT

ECHO = Job(("echo", "ran"))
DAY_S = 24 * 3600
MIDNIGHT = 20_000 * DAY_S
"""Some midnight, in UTC."""
LINE = crontab.line(Job(("/opt/talentimg",)))


def command_of(line: str) -> str:
    """What cron hands to the shell: https://manpages.debian.org/bookworm/cron/crontab.5.en.html"""
    return line.split(" ", 5)[5].replace(r"\%", "%")


def minutes_of(line: str) -> list[int]:
    return [int(minute) for minute in line.split(" ", maxsplit=1)[0].split(",")]


def ran_at(job: Job, times: list[int]) -> list[int]:
    """At which of these times of a clock the line runs its command."""
    script = (
        f'date() {{ echo "$T"; }}\nfor T in "$@"; do\necho "at $T"\n{command_of(crontab.line(job))}\ndone'
    )
    words = ["sh", "-c", script, "sh", *map(str, times)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=TIME_LIMIT, check=True)
    ran, at = [], 0
    for line in done.stdout.splitlines():
        if line.startswith("at "):
            at = int(line.removeprefix("at "))
        else:
            assert line == "ran --quiet sync-all"
            ran.append(at)
    return ran


@pytest.mark.parametrize("at", [0, 5, 120, 127, 14 * 60 + 59, 24 * 60 - 1])
@pytest.mark.parametrize("offset", [0, 60, 5 * 60 + 45, -9 * 60 - 30, 14 * 60])
def test_in_every_zone_it_runs_once_a_day_when_the_night_begins(at: int, offset: int) -> None:
    job = Job(ECHO.program, at=at)
    # cron starts it at these minutes of the machine's own clock, a little late.
    started = [
        MIDNIGHT + hour * 3600 + minute * 60 - offset * 60 + 3
        for hour in range(48)
        for minute in minutes_of(crontab.line(job))
    ]
    ran = ran_at(job, started)
    assert len(ran) == 2
    assert {time % DAY_S for time in ran} == {at * 60 + 3}


@given(st.lists(st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1), min_size=1))
def test_any_path_reaches_the_shell_as_it_is(words: list[str]) -> None:
    words = [word.replace("\n", " ").replace("\r", " ") for word in words]
    line = crontab.line(Job(("printf", r"%s\0", *words)))
    assert "\n" not in line
    assert "%" not in line.replace(r"\%", "")
    command = command_of(line).partition("|| ")[2]
    done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=TIME_LIMIT, check=True)
    assert done.stdout.decode().split("\0") == [*words, "--quiet", "sync-all", ""]


OF_OTHERS = st.lists(st.sampled_from(["", "# a comment", "MAILTO=eve", "0 2 * * * backup", "@daily x % y"]))


@given(OF_OTHERS, st.booleans())
def test_what_others_wrote_stays_as_it_was(lines: list[str], is_ended: bool) -> None:
    before = "\n".join(lines) + ("\n" if is_ended and lines else "")
    with_it = crontab.with_line(before, LINE)
    assert with_it.splitlines().count(LINE) == 1
    assert crontab.with_line(with_it, LINE) == with_it
    assert crontab.without_line(with_it).splitlines() == before.splitlines()


def test_an_earlier_line_is_replaced_where_it_stands() -> None:
    later = crontab.line(Job(("/opt/talentimg",), at=180))
    assert crontab.with_line(f"a\n{LINE}\nb\n", later) == f"a\n{later}\nb\n"


class Program:
    """`crontab`, with what it keeps."""

    def __init__(self, text: str | None = None, *, code: int = 0, error: str = "") -> None:
        self.text, self.code, self.error = text, code, error

    def __call__(self, *words: str, given: str = "") -> Answer:
        assert words[0] == "crontab"
        if self.code:
            return Answer(self.code, "", self.error)
        if words[1:] == ("-",):
            self.text = given
            return Answer(0, "", "")
        if self.text is None:
            return Answer(1, "", "no crontab for eve\n")
        return Answer(0, self.text, "")


def test_a_line_is_installed_seen_and_taken_away() -> None:
    program, job = Program(), Job(("/opt/talentimg",))
    place = Crontab(program)
    assert not place.look(job).is_there
    place.install(job)
    assert program.text == f"{LINE}\n"
    assert place.look(job).is_current
    moved = place.look(Job(("/elsewhere/talentimg",)))
    assert (moved.is_there, moved.is_current) == (True, False)
    assert place.remove()
    assert not place.remove()
    assert program.text == ""


def test_a_line_that_somebody_wrote_by_hand_is_named() -> None:
    by_hand = "0 2 * * * /home/eve/.local/bin/talentimg sync-all"
    found = Crontab(Program(f"# talentimg sync-all\n{by_hand}\n")).look(ECHO)
    assert found.notes == (f"Another line runs it too: {by_hand}",)


def test_credentials_that_only_this_shell_has_are_told() -> None:
    program = Program("AWS_REGION=eu-west-1\n")
    place, job = Crontab(program), Job(("t",), of_this_shell=("AWS_ACCESS_KEY_ID", "AWS_REGION"))
    place.install(job)
    (told,) = place.look(job).notes
    assert told.startswith("Only this shell knows what AWS_ACCESS_KEY_ID says.")
    program.text = f" 'AWS_ACCESS_KEY_ID' = key\n{program.text}"
    assert place.look(job).notes == ()


def test_what_crontab_refuses_is_told() -> None:
    with pytest.raises(ConfigError) as refused:
        Crontab(Program(code=1, error="You (eve) are not allowed to use this program (crontab)\n")).look(ECHO)
    assert "not allowed" in (refused.value.hint or "")
    program = Program("")
    program.code = 0

    def refuses(*words: str, given: str = "") -> Answer:
        return program(*words, given=given) if words[1] == "-l" else Answer(1, "", "bad minute\n")

    with pytest.raises(CannotCreate):
        Crontab(refuses).install(ECHO)
