"""A person's word on the command line: what is said, what is told of it, and how each command ends."""

from __future__ import annotations

import io
import os
import pty
import struct
import termios
from fcntl import ioctl
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from talentimg.cli import person
from talentimg.cli.outcomes import sentence
from talentimg.cli.present.history import SAID, print_history, told
from talentimg.cli.terminal import columns_of
from talentimg.models import Action, Outcome, OutcomeKind
from talentimg.repository.interface import NewTalent
from talentimg.repository.migrations import upgrade
from talentimg.repository.registry import open_repository
from talentimg.service.decision.versions import Version
from talentimg.service.people.history import Event
from tests.cli.test_terminal import TRUE_COLOUR, in_terminal
from tests.conftest import NOW
from tests.service.world import picture_bytes

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

HASH = "0123456789abcdef" * 4


@pytest.fixture
def ada(shell: Shell) -> Shell:
    """A roster with Ada on it, and two portraits of hers in a folder."""
    upgrade(shell.roster_url, new_roster=True)
    with open_repository(shell.roster_url) as repository:
        repository.add([NewTalent("ada", "Ada")], NOW)
    for number in (1, 2):
        (shell.home / f"{number}.jpg").write_bytes(picture_bytes(number))
    return shell


def test_a_picture_is_chosen_locked_gone_back_to_and_all_of_it_is_told(ada: Shell) -> None:
    assert ada("set", "ada", "1.jpg", "--by", "eve").out.startswith("Chosen: Ada shows 1.jpg, until: ")
    chosen = ada("set", "ada", "2.jpg", "--by", "eve", "--why", "press kit", "--json")
    assert (chosen.code, chosen.json["outcome"], chosen.json["source"]) == (0, "locked", "manual")
    assert "set images.public_url" in chosen.err
    locked = ada("lock", "ada", "--until", "2999-12-24", "--by", "mia")
    assert locked.out == "Locked: Ada keeps the picture that was chosen until 2999-12-24 00:00 UTC\n"
    refused = ada("set", "ada", "1.jpg")
    assert (refused.code, refused.out) == (2, "")
    assert "locked by mia" in refused.err
    assert "talentimg unlock ada" in refused.err
    synced = ada("sync", "ada", "--force")
    assert synced.out.startswith("Profile photo chosen by a person; no platform was asked. Locked by mia on ")
    assert ada("unlock", "ada").out == "Ada is unlocked. Shown now: the picture that was chosen.\n"
    back = ada("rollback", "ada", "--by", "eve")
    assert back.out.endswith("It is locked until: talentimg unlock ada\n")
    events = ada("history", "ada", "--json").lines
    assert [e["action"] for e in events] == ["rollback", "unlock", "lock", "set", "set"]
    assert [e["by"] for e in events if e["version"]] == ["eve"] * 3
    assert events[0]["about"]["version"] == str(events[-1]["version"])
    assert events[0]["content_hash"] == events[-1]["content_hash"]
    assert [e["is_shown"] for e in events] == [True, False, False, False, False]
    policy = ada("show", "ada", "--json").json["policy"]
    assert policy["lock"]["why"] == f"went back to version {events[-1]['version']}"
    (row,) = ada("list", "--json").lines
    assert row["policy"]["lock"]["by"] == "eve"
    code, printed = in_terminal(ada, "history", "ada")
    assert (code, len(TRUE_COLOUR.findall(printed)) > 100) == (0, True)
    code, printed = in_terminal(ada, "history", "ada", "--no-pictures")
    assert (code, TRUE_COLOUR.findall(printed)) == (0, [])
    code, printed = in_terminal(ada, "list")
    assert "manual (locked, chosen)" in printed


def test_what_is_brought_on_stdin_or_cannot_be_read_and_what_is_no_time(ada: Shell) -> None:
    for words, code, says in (
        (("set", "ada", "-"), 2, "cannot be shown"),
        (("set", "ada", "nothing.jpg"), 2, "cannot be read"),
        (("set", "ada", "."), 2, "cannot be read"),
        (("set", "ada", "https://127.0.0.1/a.jpg"), 2, "cannot be shown"),
        (("set", "nobody", "1.jpg"), 66, "no talent"),
        (("set", "ada"), 2, "Which picture?"),
        (("set", "ada", "1.jpg", "--from", "tiktok"), 2, "Which picture?"),
        (("set", "ada", "--from", "tiktok"), 2, "No picture from tiktok is stored for Ada."),
        (("set", "ada", "--from", "tiktik"), 2, "tiktik"),
        (("set", "ada", "--from", "tiktok", "--crop", "0,0,50"), 2, "--crop is for a picture that you bring"),
        (("set", "ada", "1.jpg", "--crop", "0,0"), 2, "'0,0' is no square."),
        (("set", "ada", "1.jpg", "--crop", "200,0,50"), 2, "too small for a square of 50 at 200,0"),
        (("lock", "ada", "--until", "2020-01-01"), 2, "is over"),
        (("order", "ada"), 2, "Which order?"),
        (("order", "ada", "manual"), 2, "no platform"),
        (("opt-out", "ada", "--platform", "instagramm"), 2, "instagram"),
        (("rollback", "ada"), 2, "Nothing else was shown before"),
        (("rollback", "ada", "--to", "7"), 2, "has no version 7"),
        (("history", "nobody"), 66, "no talent"),
    ):
        done = ada(*words)
        assert (done.code, done.out) == (code, ""), words
        assert says in done.err, words


def test_saying_twice_what_is_so_already_is_no_error(ada: Shell) -> None:
    for words, says in (
        (("unset", "ada"), "Nobody chose a picture for Ada. Shown now: initials.\n"),
        (("unlock", "ada"), "Ada has no lock. Shown now: initials.\n"),
        (("opt-in", "ada"), "Ada had not opted out of every picture. Shown now: initials.\n"),
        (("opt-out", "ada"), "Ada has opted out of every picture. Shown now: initials.\n"),
        (("opt-out", "ada"), "Ada had already opted out of every picture. Shown now: initials.\n"),
    ):
        done = ada(*words)
        assert (done.code, done.out, done.err) == (0, says, "")
    assert "wants no picture" in ada("set", "ada", "1.jpg").err
    assert "of every picture" in ada("history", "ada").out


# -- in words -----------------------------------------------------------------------------------


NASTY = "\x1b[2Jeve\u202e"
EVENTS = [
    Event(NOW, NASTY, NASTY, "set", {"picture": f"{NASTY}.jpg"}, Version(9, NOW, "manual", HASH, NASTY)),
    Event(NOW, "eve", None, "lock", {"until": "2026-12-24T18:00:00+00:00"}),
    Event(NOW, "eve", None, "lock"),
    Event(NOW, "eve", None, "opt_out"),
    Event(NOW, "eve", "why", "a_newer_word", {"a": "b"}),
    Event(NOW, "eve", None, "connect"),
    Event(NOW, "sync", "updated", version=Version(1, NOW, "instagram", HASH, "sync", is_shown=True)),
    Event(None, "another program", version=Version(None, None, "tiktok", None, "another program")),
]


def test_a_square_of_a_picture_is_another_picture(ada: Shell) -> None:
    whole = ada("set", "ada", "2.jpg", "--json").json
    square = ada("set", "ada", "2.jpg", "--crop", "40, 40,150", "--json").json
    assert square["content_hash"] not in {None, whole["content_hash"]}


@pytest.mark.parametrize("action", Action)
def test_what_a_person_did_is_told_in_words(action: Action) -> None:
    assert action in SAID
    words = told(
        Event(NOW, "eve", action=action, about={"platform": "github", "handle": "ada", "to": "ada2"})
    )
    assert "{" not in words
    assert words != action.replace("_", " ")


def test_an_import_that_was_taken_back_is_told_as_that() -> None:
    assert told(Event(NOW, "eve", action="import", about={"taken_back": "1"})) == "took an import back"


@pytest.mark.parametrize("columns", [20, 50, 80, 120])
def test_a_history_can_be_read_at_any_width_and_commands_nothing(columns: int) -> None:
    file = io.StringIO()
    app: Any = None  # no picture is drawn where no terminal is
    print_history(app, EVENTS, pictures=True, console=Console(file=file, width=columns, highlight=False))
    printed = file.getvalue()
    assert not {"\x1b", "\u202e"} & set(printed)
    assert max(map(len, printed.splitlines())) <= columns
    assert "updated" in printed.replace("\n", "")


def test_each_word_is_told_with_what_it_is_about() -> None:
    assert [told(event) for event in EVENTS[1:]] == [
        "locked it until 2026-12-24 18:00 UTC",
        "locked it until somebody unlocks it",
        "noted the opt-out of every picture",
        "a newer word (b)",
        "connect",
        "",
        "",
    ]


def test_outcomes_say_who_decided() -> None:
    outcome = Outcome("ada", "Ada", OutcomeKind.LOCKED, "manual", "manual", detail="Chosen by eve.")
    assert sentence(outcome) == "Profile photo chosen by a person; no platform was asked. Chosen by eve."


def test_a_source_has_its_name_in_a_sentence() -> None:
    assert [person.picture_of(s) for s in ("initials", "manual", "user", "tiktok")] == [
        "initials",
        "the picture that was chosen",
        "the user's own avatar",
        "the picture from tiktok",
    ]


@pytest.mark.parametrize(("said", "columns"), [(None, 50), ("70", 70), ("0", 50), ("wide", 50)])
def test_a_terminal_tells_how_wide_it_is(
    said: str | None, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if said is None:
        monkeypatch.delenv("COLUMNS", raising=False)
    else:
        monkeypatch.setenv("COLUMNS", said)
    leader, follower = pty.openpty()
    ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 50, 0, 0))
    with os.fdopen(follower, "w") as stream:
        assert columns_of(stream) == columns
    os.close(leader)
    monkeypatch.delenv("COLUMNS", raising=False)
    assert columns_of(io.StringIO()) == 80
