"""What one look adds to what is known, value by value; what a sync writes of it; when the next look is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models import INITIALS, Attempt, Candidate, Reason, Selection, State, Talent, TalentRecord
from talentimg.service.decision.candidates import due_now, observed
from talentimg.service.decision.chain import Verdict
from talentimg.service.decision.due import SLACK, Schedule
from talentimg.service.decision.explain import Step
from talentimg.service.decision.observe import BEFORE_EXPIRY, TROUBLE_PAUSE, Look, absent, found, trouble
from talentimg.service.results import SourceResult, StoredPicture
from tests.conftest import NOW

if TYPE_CHECKING:
    from datetime import datetime

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOOK = Look("ada", "instagram", NOW, "instagram: ada", 2, "i1", "ada", "It has moved.")
KNOWN = Candidate(
    "ada",
    "instagram",
    State.FOUND,
    platform_user_id="i0",
    content_hash="old",
    source_hash="bytes",
    picture_url="https://cdn.example/old.jpg",
    picture_key="key",
    etag="e",
    last_modified="m",
    checked_at=NOW - DAY,
    found_at=NOW - DAY,
    next_due_at=NOW - HOUR,
    question="before",
)
STORED = StoredPicture("new", "n", "https://cdn.example/n.jpg", "k", NOW + DAY, "e2", "m2")


def gone(since: timedelta | None, times: int = 1, found_at: timedelta | None = None) -> Candidate:
    return replace(
        KNOWN,
        state=State.ABSENT,
        found_at=None if found_at is None else NOW - found_at,
        absent_since=None if since is None else NOW - since,
        absent_count=times,
        trouble_since=NOW - 9 * DAY,
    )


# -- found --------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [None, KNOWN, gone(DAY, 2), replace(KNOWN, trouble_since=NOW - DAY)])
@pytest.mark.parametrize("renews", [True, False])
def test_a_picture_takes_the_place_of_all_that_was_known(known: Candidate | None, renews: bool) -> None:
    assert found(known, LOOK, STORED, renew_address=renews) == Candidate(
        "ada",
        "instagram",
        State.FOUND,
        None,
        "It has moved.",
        "instagram: ada",
        2,
        "i1",
        "new",
        "n",
        "https://cdn.example/n.jpg",
        "k",
        NOW + DAY,
        "e2",
        "m2",
        NOW,
        NOW,
        next_due_at=NOW + DAY - BEFORE_EXPIRY if renews else None,
        question="ada",
    )


def test_the_platforms_id_of_a_person_is_kept_where_an_answer_leaves_it_out() -> None:
    look = replace(LOOK, user_id=None)
    assert found(KNOWN, look, STORED, renew_address=False).platform_user_id == "i0"
    assert found(None, look, STORED, renew_address=False).platform_user_id is None
    assert absent(KNOWN, look, Reason.NOT_FOUND, "").platform_user_id == "i0"


def test_an_address_that_does_not_expire_is_not_renewed() -> None:
    stored = replace(STORED, url_expires_at=None)
    assert found(None, LOOK, stored, renew_address=True).next_due_at is None


# -- absent -------------------------------------------------------------------------------


def test_an_absence_keeps_the_picture_and_ends_trouble_and_early_looks() -> None:
    before = replace(KNOWN, state=State.TROUBLE, trouble_since=NOW - 9 * DAY)
    assert absent(before, LOOK, Reason.NOT_FOUND, "No such account.") == replace(
        before,
        state=State.ABSENT,
        reason=Reason.NOT_FOUND,
        detail="No such account.",
        asked="instagram: ada",
        tries=2,
        platform_user_id="i1",
        checked_at=NOW,
        absent_since=NOW,
        absent_count=1,
        trouble_since=None,
        next_due_at=None,
        question="ada",
    )


@pytest.mark.parametrize(
    ("known", "since", "times"),
    [
        (None, timedelta(0), 1),
        (gone(None, 7), timedelta(0), 1),
        (gone(DAY), DAY, 2),
        (gone(DAY, 3, found_at=2 * DAY), DAY, 4),
        (gone(DAY, 3, found_at=DAY), DAY, 4),
        (gone(timedelta(0), 3), timedelta(0), 4),
        (gone(-timedelta(seconds=1), 3), timedelta(0), 1),
        (gone(DAY, 3, found_at=DAY - timedelta(seconds=1)), timedelta(0), 1),
    ],
)
def test_absences_count_from_the_first_unless_a_clock_was_wrong(
    known: Candidate | None, since: timedelta, times: int
) -> None:
    """A first absence in the future, or before the picture was last seen, cannot be."""
    seen = absent(known, LOOK, Reason.NOT_FOUND, "No such account.")
    assert (seen.absent_since, seen.absent_count) == (NOW - since, times)


def test_trouble_counts_anew_after_an_absence() -> None:
    """Else the grace time of the next trouble would be over before it began."""
    troubled = replace(KNOWN, state=State.TROUBLE, trouble_since=NOW - 9 * DAY)
    later = replace(LOOK, at=NOW + HOUR)
    seen = trouble(absent(troubled, LOOK, Reason.NOT_FOUND, ""), later, Reason.TIMEOUT, "", None)
    assert seen.trouble_since == NOW + HOUR


# -- trouble ------------------------------------------------------------------------------


def test_trouble_leaves_the_picture_and_the_absences_as_they_are() -> None:
    before = gone(DAY, 2)
    assert trouble(before, LOOK, Reason.TIMEOUT, "No answer.", None) == replace(
        before,
        state=State.TROUBLE,
        reason=Reason.TIMEOUT,
        detail="No answer.",
        asked="instagram: ada",
        tries=2,
        checked_at=NOW,
        next_due_at=NOW + TROUBLE_PAUSE,
        question="ada",
    )


@pytest.mark.parametrize(
    ("known", "since"),
    [(None, NOW), (KNOWN, NOW), (gone(DAY), NOW - 9 * DAY), (replace(KNOWN, trouble_since=NOW + DAY), NOW)],
)
def test_trouble_lasts_since_it_was_first_seen_and_never_since_tomorrow(
    known: Candidate | None, since: datetime
) -> None:
    seen = trouble(known, LOOK, Reason.TIMEOUT, "No answer.", None)
    assert (seen.talent_id, seen.source, seen.trouble_since) == ("ada", "instagram", since)


@pytest.mark.parametrize(
    ("reason", "retry_at", "next_due_at"),
    [
        (Reason.TIMEOUT, None, NOW + TROUBLE_PAUSE),
        (Reason.THROTTLED, NOW + 3 * HOUR, NOW + 3 * HOUR),
        (Reason.TOKEN, None, None),
        (Reason.IDENTITY, None, None),
        (Reason.PLACEHOLDER, None, None),
        (Reason.TOO_SMALL, NOW + 3 * HOUR, NOW + 3 * HOUR),
    ],
)
def test_what_will_not_pass_by_itself_is_not_asked_again_in_an_hour(
    reason: Reason, retry_at: datetime | None, next_due_at: datetime | None
) -> None:
    assert trouble(KNOWN, LOOK, reason, "", retry_at).next_due_at == next_due_at


# -- what a sync writes of it ---------------------------------------------------------------


def record(*candidates: Candidate, shown: str = "instagram") -> TalentRecord:
    return TalentRecord(Talent("ada", "Ada"), Selection(shown), candidates={c.source: c for c in candidates})


def test_of_sources_that_were_not_needed_an_early_look_is_cancelled() -> None:
    early = [replace(KNOWN, source=s) for s in ("instagram", "tiktok")]
    before = record(*early, replace(KNOWN, source="youtube", next_due_at=None))
    seen = replace(KNOWN, content_hash="new", next_due_at=NOW + HOUR)
    result = SourceResult(seen, Attempt("instagram", State.FOUND))
    assert observed(before, [result], Selection("instagram")) == (
        seen,
        replace(early[1], next_due_at=None),
    )


@pytest.mark.parametrize(
    ("seen", "shown", "stays"),
    [
        (gone(DAY, 2), INITIALS, False),
        (gone(DAY, 2), "instagram", True),
        (gone(DAY, 1), INITIALS, True),
        (gone(timedelta(0), 2), INITIALS, True),
        (replace(gone(DAY, 2), state=State.TROUBLE), INITIALS, True),
        (KNOWN, INITIALS, True),
    ],
)
def test_a_picture_is_forgotten_only_once_it_is_certainly_gone_and_not_shown(
    seen: Candidate, shown: str, stays: bool
) -> None:
    """One absence forgets nothing, even of a source that is not shown: it may be the last picture left."""
    seen = replace(seen, checked_at=NOW)
    result = SourceResult(seen, Attempt("instagram", seen.state))
    (written,) = observed(record(shown=shown), [result], Selection(shown))
    assert written == (seen if stays else seen.without_picture())


def test_of_a_source_that_never_had_a_picture_no_address_is_kept() -> None:
    seen = replace(gone(DAY, 1), content_hash=None, checked_at=NOW)
    result = SourceResult(seen, Attempt("instagram", State.ABSENT))
    (written,) = observed(record(shown=INITIALS), [result], Selection(INITIALS))
    assert written == seen.without_picture()


def test_whoever_is_held_back_is_due_for_what_is_shown_and_for_nothing_else() -> None:
    after = record(KNOWN, replace(KNOWN, source="tiktok"))
    assert [(c.source, c.next_due_at) for c in due_now(after, NOW)] == [("instagram", NOW), ("tiktok", None)]


# -- the next look -----------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [None, timedelta(hours=6)])
def test_a_talent_is_due_a_little_before_the_minimum_age(asked: timedelta | None) -> None:
    schedule = Schedule(DAY, lambda: NOW)
    assert schedule.due_before(asked) == NOW - (asked or DAY) + (asked or DAY) * SLACK
    assert schedule.due_before(timedelta(0)) == NOW


@pytest.mark.parametrize(
    ("planned", "synced_at", "source", "verdict", "at"),
    [
        (None, NOW - HOUR, "instagram", Verdict.WINS, NOW - HOUR + DAY),
        (NOW + 3 * HOUR, NOW - HOUR, "instagram", Verdict.WINS, NOW + 3 * HOUR),
        (NOW + 9 * DAY, NOW - HOUR, "instagram", Verdict.WINS, NOW - HOUR + DAY),
        (None, None, "instagram", Verdict.PASSES, NOW),
        (NOW + 3 * HOUR, None, "instagram", Verdict.PASSES, NOW + 3 * HOUR),
        (NOW + 3 * HOUR, NOW - HOUR, "instagram", None, None),
        (None, NOW - HOUR, INITIALS, Verdict.WINS, None),
    ],
)
def test_the_next_look_is_the_regular_one_or_an_earlier_one(
    planned: datetime | None,
    synced_at: datetime | None,
    source: str,
    verdict: Verdict | None,
    at: datetime | None,
) -> None:
    candidate = replace(KNOWN, next_due_at=planned)
    step = Step(source, verdict, candidate if planned else None, "")
    one = TalentRecord(Talent("ada", "Ada"), Selection(synced_at=synced_at))
    assert Schedule(DAY, lambda: NOW).next_check(one, step) == at


def test_who_answered_in_place_of_somebody_is_kept_for_a_person_to_accept() -> None:
    after = trouble(KNOWN, LOOK, Reason.IDENTITY, "Somebody else.", None)
    assert (after.platform_user_id, after.content_hash) == ("i1", "old")
