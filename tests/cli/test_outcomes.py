"""What the command line says of each outcome, and the exit code that outcomes come to."""

from __future__ import annotations

import pytest

from talentimg.cli.outcomes import OUTCOMES, sentence
from talentimg.cli.sync import exit_code_of
from talentimg.models import Attempt, Outcome, OutcomeKind, Reason, State


def test_every_kind_has_its_row_in_the_order_in_which_they_are_listed() -> None:
    assert list(OUTCOMES) == list(OutcomeKind)


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
        (outcome(OutcomeKind.LOCKED), "Profile photo locked on instagram; no platform was asked. Because."),
        (
            outcome(OutcomeKind.OPTED_OUT, source="initials"),
            "Opted out; initials are shown and no platform was asked. Because.",
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
            "No profile photo was available, initials are shown: Because.",
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
