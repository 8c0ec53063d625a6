"""One place turns errors into words and exit codes."""

from __future__ import annotations

import sys

import pytest

from talentimg.cli.errors import Stopped, guarded
from talentimg.errors import (
    ChangesRefused,
    ConfigError,
    FaultyFile,
    LossLimitExceeded,
    TalentimgError,
    TalentNotFound,
)


def raising(error: BaseException) -> int:
    def command() -> None:
        raise error

    return guarded(command)


def every_error(kind: type[TalentimgError] = TalentimgError) -> list[type[TalentimgError]]:
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in every_error(child))]


def example(kind: type[TalentimgError]) -> TalentimgError:
    if kind is LossLimitExceeded:  # makes its own sentences
        return LossLimitExceeded(losses=6, shown=12, allowed=5, needed=6)
    if kind is ChangesRefused:
        return ChangesRefused({"ada": "It is so."})
    if kind is FaultyFile:  # likewise
        return FaultyFile("roster.csv", [("roster.csv, line 2: it is so.", "Do this."), ("line 3", None)])
    return kind("It is so.", hint="Do this.")


@pytest.mark.parametrize("kind", every_error())
def test_every_error_of_ours_has_its_code_and_says_its_sentence_and_hint(
    kind: type[TalentimgError], capsys: pytest.CaptureFixture[str]
) -> None:
    error = example(kind)
    assert raising(error) == kind.exit_code
    assert capsys.readouterr().err == f"Error: {error.message}\nHint: {error.hint}\n"
    assert kind.exit_code in {1, 2, 3, 4, 66, 73, 75, 78}


def test_a_bug_is_reported_in_two_lines_without_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert raising(ValueError("https://api.example/?access_token=S3CRET")) == 1
    said = capsys.readouterr().err
    assert "ValueError in " in said
    assert "S3CRET" not in said
    assert "Traceback" not in said
    assert len(said.splitlines()) == 2


def test_verbose_shows_the_cause_and_the_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["talentimg", "--verbose", "list"])
    error = ConfigError("Wrong.")
    error.__cause__ = OSError("inner")
    assert raising(error) == 78
    assert "Cause: OSError" in capsys.readouterr().err
    assert raising(KeyError("x")) == 1
    assert "Traceback" in capsys.readouterr().err


def test_signals_and_exits_keep_their_codes() -> None:
    assert raising(Stopped(15)) == 143
    assert raising(SystemExit(66)) == 66
    assert raising(SystemExit(0)) == 0
    assert guarded(lambda: None) == 0


def test_control_characters_in_a_message_never_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    raising(TalentNotFound("There is no talent '\x1b]0;x\x07'."))
    assert not set("\x1b\x07") & set(capsys.readouterr().err)
