"""`talentimg doctor`: what is drawn at every width, what programs are given, and how it ends."""

from __future__ import annotations

import io
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from talentimg.bootstrap import App
from talentimg.cli.present.doctor import AT, print_examined, verdict_of
from talentimg.service.doctor.doctor import Examined
from talentimg.service.doctor.interface import Finding, Severity
from talentimg.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shell

GRANT = 'GRANT UPDATE ("profileImageUrl", "profileImageSource") ON public."Talent" TO agency_pictures;'
RIGHTS = Examined(
    "rights",
    "Rights",
    (
        Finding("The database role lacks a right.", Severity.BROKEN, f"Whoever owns the table says: {GRANT}"),
        Finding("Eve\x1b[2J is\u202e here.", Severity.NOTE),
    ),
    ("It was looked at.",),
)


class Terminal(io.StringIO):
    """A stream at which a person looks."""

    def isatty(self) -> bool:
        return True


def drawn(monkeypatch: pytest.MonkeyPatch, width: int, *, quiet: bool = False) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    print_examined(RIGHTS, quiet=quiet, stream=stream)
    return stream.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    lines = drawn(monkeypatch, width).splitlines()
    assert max(map(len, lines)) <= width
    assert [line[:AT].strip() for line in lines if line[:AT].strip()] == ["done", "broken", "note"]
    assert GRANT in " ".join(line[AT:] for line in lines)


def test_foreign_text_moves_no_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not {"\x1b", "\u202e"} & set(drawn(monkeypatch, 80))


def test_quiet_tells_what_was_done_and_what_needs_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    told = drawn(monkeypatch, 120, quiet=True)
    assert "looked at" in told
    assert "GRANT" in told
    assert "Eve" not in told


def test_a_pipe_gets_a_line_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    stream = io.StringIO()
    print_examined(RIGHTS, stream=stream)
    assert len(stream.getvalue().splitlines()) == 3


@pytest.mark.parametrize(
    ("severities", "verdict"),
    [
        ([Severity.WELL, Severity.NOTE], "All is well."),
        ([Severity.NEEDS_YOU], "1 thing needs a person."),
        ([Severity.NEEDS_YOU] * 2, "2 things need a person."),
        ([Severity.NEEDS_YOU, Severity.BROKEN], "talentimg cannot work: 1 thing is broken."),
    ],
)
def test_what_it_comes_to(severities: list[Severity], verdict: str) -> None:
    found = [Examined("x", "X", (Finding("It is.", severity),)) for severity in severities]
    assert verdict_of(found, fix=False) == verdict


def test_no_roster_is_told_as_that_and_makes_none(shell: Shell) -> None:
    done = shell("doctor", "--json")
    assert done.code == 78
    worst = {one["check"]: one["worst"] for one in done.json["checks"]}
    assert worst["store"] == "broken"
    assert worst["pictures"] == worst["runs"] == "skipped"
    assert not shell.data.exists()


def test_settings_that_cannot_be_read_are_a_finding(shell: Shell) -> None:
    done = shell("doctor", "--json", TALENTIMG_SYNC_LIMIT="many")
    assert (done.code, done.json["worst"]) == (78, "broken")
    assert [one["check"] for one in done.json["checks"]] == ["settings"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"TALENTIMG_DATABASE_URL": "nonsense"},
        {"TALENTIMG_DATABASE_URL": "mysql://eve:S3CRET@db.example/x"},
        {"TALENTIMG_IMAGES_STORE": "ftp://pictures"},
        {"TALENTIMG_APP_COLUMNS": "x"},
    ],
    ids=str,
)
def test_an_address_that_is_none_is_told_once(tmp_path: Path, wrong: dict[str, str]) -> None:
    settings = load_settings(environment={"TALENTIMG_DATA_DIR": str(tmp_path / "data"), **wrong})
    with closing(App(settings, dry=True)) as app:
        examined = list(app.doctor().examine())
    assert [one.check for one in examined if one.worst is Severity.BROKEN] == ["settings"]
    assert "S3CRET" not in repr(examined)


def test_an_empty_roster_is_well_and_quiet(online: Shell) -> None:
    done = online("doctor", "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")
