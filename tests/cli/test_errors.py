"""One place turns errors into words and exit codes."""

from __future__ import annotations

import sys

import pytest

from talentimg.cli.errors import Stopped, guarded
from talentimg.cli.sync import exit_code_of
from talentimg.cli.words import sentence
from talentimg.errors import ConfigError, TalentimgError, TalentNotFound
from talentimg.models import Attempt, Outcome, OutcomeKind, Reason, State


def raising(error: BaseException) -> int:
    def command() -> None:
        raise error

    return guarded(command)


def every_error(kind: type[TalentimgError] = TalentimgError) -> list[type[TalentimgError]]:
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in every_error(child))]


@pytest.mark.parametrize("kind", every_error())
def test_every_error_of_ours_has_its_code_and_says_its_sentence_and_hint(
    kind: type[TalentimgError], capsys: pytest.CaptureFixture[str]
) -> None:
    assert raising(kind("It is so.", hint="Do this.")) == kind.exit_code
    assert capsys.readouterr().err == "Error: It is so.\nHint: Do this.\n"
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


def outcome(kind: OutcomeKind, *, source: str = "instagram", reason: Reason | None = None) -> Outcome:
    attempts = (Attempt("tiktok", State.ABSENT),)
    return Outcome(
        "ada", "Ada", kind, source, "instagram", reason=reason, detail="Because.", attempts=attempts
    )


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (outcome(OutcomeKind.UPDATED), "Profile photo updated from instagram"),
        (outcome(OutcomeKind.UNCHANGED), "Profile photo unchanged from instagram"),
        (outcome(OutcomeKind.UNCHANGED, source="initials"), "No profile photo on tiktok; initials are shown"),
        (outcome(OutcomeKind.KEPT), "Profile photo kept from instagram: Because."),
        (
            outcome(OutcomeKind.DEMOTED, source="tiktok"),
            "Profile photo now from tiktok instead of instagram: Because.",
        ),
        (
            outcome(OutcomeKind.DEMOTED, source="initials"),
            "Profile photo from instagram is gone, initials are shown: Because.",
        ),
        (outcome(OutcomeKind.LOCKED), "Profile photo locked on instagram; nobody was asked"),
        (
            outcome(OutcomeKind.OPTED_OUT, source="initials"),
            "Opted out; initials are shown and nobody was asked",
        ),
        (
            outcome(OutcomeKind.RECONNECT),
            "An account must be connected again, profile photo kept from instagram: Because.",
        ),
        (
            outcome(OutcomeKind.RECONNECT, source="initials"),
            "An account must be connected again, initials are shown: Because.",
        ),
        (
            outcome(OutcomeKind.FAILED, source="initials"),
            "No profile photo could be had, initials are shown: Because.",
        ),
    ],
)
def test_every_outcome_has_its_sentence(what: Outcome, says: str) -> None:
    assert sentence(what) == says


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([], 0),
        ([outcome(kind) for kind in (OutcomeKind.UPDATED, OutcomeKind.DEMOTED, OutcomeKind.LOCKED)], 0),
        ([outcome(OutcomeKind.KEPT, reason=Reason.NOT_FOUND)], 0),
        ([outcome(OutcomeKind.UPDATED), outcome(OutcomeKind.KEPT, reason=Reason.TIMEOUT)], 3),
        ([outcome(OutcomeKind.RECONNECT, reason=Reason.TOKEN)], 3),
        ([outcome(OutcomeKind.FAILED, reason=Reason.DNS)], 3),
        ([outcome(OutcomeKind.KEPT, reason=Reason.THROTTLED)] * 2, 75),
        ([outcome(OutcomeKind.KEPT, reason=Reason.DNS), outcome(OutcomeKind.KEPT, reason=Reason.BUG)], 1),
        ([outcome(OutcomeKind.UPDATED), outcome(OutcomeKind.KEPT, reason=Reason.THROTTLED)], 3),
    ],
)
def test_the_exit_code_tells_trouble_from_an_answer(outcomes: list[Outcome], code: int) -> None:
    assert exit_code_of(outcomes) == code
