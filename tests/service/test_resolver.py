"""What is written and what is reported, value by value: a look, a word, a retraction, a bug."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from talentimg.models import (
    INITIALS,
    Account,
    Attempt,
    Candidate,
    HistoryEntry,
    Lock,
    OptOut,
    Outcome,
    OutcomeKind,
    Picture,
    Policy,
    Reason,
    Selection,
    State,
    Suspect,
    Talent,
    TalentRecord,
)
from talentimg.models.question import account_question, question_of
from talentimg.repository.interface import Change
from talentimg.service.decision.chain import Rules
from talentimg.service.decision.resolver import (
    DUPLICATE_PICTURE,
    INTERNAL_ERROR,
    NO_LONGER_ASKED,
    Resolver,
    brought_by,
    forms_of,
)
from talentimg.service.decision.versions import BY_MENDING, BY_RECROP, BY_SYNC
from talentimg.service.results import SourceResult
from talentimg.store.keys import public_address
from tests.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OURS = "https://pictures.example"
ASKS = account_question("instagram", "ada")
ADA = Talent(
    "ada",
    "Ada",
    accounts=(
        Account("1", "ada", "instagram", "ada"),
        Account("2", "ada", "tiktok", "ada", external_id="t1"),
    ),
)
SUSPECT = Suspect("instagram", "bytes", "old", NOW, 3)
SHOWN = Selection("instagram", "old", f"{OURS}/old.webp", NOW - DAY, ASKS)
GOOD = Candidate(
    "ada",
    "instagram",
    State.FOUND,
    asked="instagram: ada",
    tries=2,
    platform_user_id="i1",
    content_hash="old",
    source_hash="bytes",
    picture_url="https://cdn.example/old.jpg",
    checked_at=NOW - DAY,
    found_at=NOW - DAY,
    question=ASKS,
)


def record(
    *candidates: Candidate, shown: Selection = SHOWN, policy: Policy | None = None, talent: Talent = ADA
) -> TalentRecord:
    return TalentRecord(talent, shown, policy or Policy(), {c.source: c for c in candidates})


def resolver(public_url: str | None = OURS) -> Resolver:
    return Resolver(Rules(("instagram", "tiktok")), public_url, lambda: NOW)


def looked(*candidates: Candidate, picture: Picture | None = None) -> list[SourceResult]:
    return [
        SourceResult(c, Attempt(c.source, c.state, reason=c.reason, detail=c.detail), picture)
        for c in candidates
    ]


def locked(until: timedelta | None) -> Policy:
    return Policy(lock=Lock("eve", NOW - DAY, until=None if until is None else NOW + until))


def trouble(source: str, reason: Reason = Reason.TIMEOUT, detail: str = "No answer.") -> Candidate:
    since = NOW - HOUR
    return Candidate("ada", source, State.TROUBLE, reason, detail, checked_at=NOW, trouble_since=since)


def absent(source: str, times: int = 2) -> Candidate:
    return Candidate(
        "ada",
        source,
        State.ABSENT,
        Reason.NOT_FOUND,
        "No such account.",
        checked_at=NOW,
        absent_since=NOW - DAY,
        absent_count=times,
        content_hash="old",
        question=ASKS,
    )


# -- a look ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("public_url", "url"),
    [
        (OURS, public_address(OURS, "new", "ada")),
        ("https://app.example/avatars", "https://app.example/avatars/ada"),
        (None, "https://cdn.example/new.jpg"),
    ],
)
def test_a_new_picture_is_written_and_reported_whole(public_url: str | None, url: str) -> None:
    new = replace(GOOD, content_hash="new", picture_url="https://cdn.example/new.jpg", detail="It has moved.")
    row = Picture("new", "bytes", 400, 400, (), NOW)
    before = record(GOOD)
    result = resolver(public_url).result_of(
        before, record(new), looked(new, picture=row), by="eve", seconds=1.23456
    )
    shown = Selection("instagram", "new", url, NOW, ASKS)
    assert result.change == Change(
        "ada",
        shown,
        candidates=(new,),
        picture=row,
        history=HistoryEntry(
            "ada", NOW, "instagram", "old", "instagram", "new", "updated", "eve", SHOWN.url, ASKS
        ),
        external_ids=(("1", "i1"),),
        account_errors=(("1", None),),
        read=before,
    )
    assert result.outcome == Outcome(
        "ada",
        "Ada",
        OutcomeKind.UPDATED,
        "instagram",
        "instagram",
        url=url,
        content_hash="new",
        previous_hash="old",
        attempts=(Attempt("instagram", State.FOUND, detail="It has moved."),),
        seconds=1.235,
    )


def test_an_id_that_the_roster_has_and_one_that_nobody_told_are_not_written() -> None:
    seen = [replace(GOOD, platform_user_id=None), replace(GOOD, source="tiktok", platform_user_id="t2")]
    change = resolver().result_of(record(GOOD), record(GOOD), looked(*seen)).change
    assert change.external_ids == ()
    assert change.account_errors == (("1", None), ("2", None))


def test_of_an_avatar_no_account_is_told() -> None:
    avatar = replace(GOOD, source="user", platform_user_id="x")
    change = resolver().result_of(record(GOOD), record(GOOD), looked(avatar)).change
    assert (change.external_ids, change.account_errors) == ((), ())


def test_only_trouble_stands_beside_an_account() -> None:
    seen = looked(absent("instagram"), trouble("tiktok"))
    change = resolver().result_of(record(GOOD), record(GOOD), seen).change
    assert change.account_errors == (("1", None), ("2", "No answer."))


@pytest.mark.parametrize(
    ("seen", "shown", "kind", "reason"),
    [
        ([trouble("instagram")], SHOWN, OutcomeKind.KEPT, Reason.TIMEOUT),
        ([absent("instagram"), trouble("tiktok")], SHOWN, OutcomeKind.KEPT, Reason.NOT_FOUND),
        ([absent("instagram"), absent("tiktok")], SHOWN, OutcomeKind.DEMOTED, Reason.NOT_FOUND),
        (
            [trouble("instagram", Reason.TOKEN), trouble("tiktok")],
            Selection(),
            OutcomeKind.FAILED,
            Reason.TIMEOUT,
        ),
        (
            [absent("instagram"), trouble("tiktok", Reason.TOKEN)],
            Selection(),
            OutcomeKind.RECONNECT,
            Reason.TOKEN,
        ),
        ([absent("instagram"), absent("tiktok")], Selection(), OutcomeKind.UNCHANGED, None),
    ],
)
def test_an_outcome_names_the_trouble_that_caused_it(
    seen: list[Candidate], shown: Selection, kind: OutcomeKind, reason: Reason | None
) -> None:
    told = [replace(c, detail=f"{c.source}: {c.reason}") for c in seen]
    outcome = resolver().result_of(record(shown=shown), record(*told, shown=shown), looked(*told)).outcome
    assert (outcome.kind, outcome.reason) == (kind, reason)
    assert outcome.detail in {None if reason is None else f"{c.source}: {reason}" for c in told}


def test_a_demotion_that_a_person_brought_about_says_so_and_not_what_the_platform_said() -> None:
    replaced = replace(ADA, accounts=(replace(ADA.accounts[0], handle="other"),))
    before = replace(record(talent=replaced), outdated=frozenset({"instagram", "bluesky"}))
    seen = absent("instagram", times=1)
    result = resolver().result_of(before, record(seen, talent=replaced), looked(seen))
    why = NO_LONGER_ASKED.format("instagram")
    assert (result.outcome.kind, result.outcome.reason, result.outcome.detail) == (
        OutcomeKind.DEMOTED,
        None,
        why,
    )
    assert result.change.history is not None
    assert result.change.history.why == why
    assert result.change.drop == ("bluesky", "instagram")


def test_what_is_held_back_stays_and_is_due_at_once() -> None:
    gone = absent("instagram")
    other = replace(trouble("tiktok"), next_due_at=NOW + HOUR)
    result = resolver().result_of(
        record(GOOD), record(gone, other), looked(gone, other), hold_reason="Too many."
    )
    assert result.change.selection == replace(SHOWN, synced_at=NOW)
    assert result.change.candidates == (
        replace(gone, next_due_at=NOW),
        replace(other, next_due_at=None),
    )
    assert (result.outcome.kind, result.outcome.detail) == (OutcomeKind.KEPT, "Too many.")


def test_what_an_older_program_chose_is_held_back_too() -> None:
    result = resolver().result_of(record(), record(), hold_reason="Too many.")
    assert result.change.selection == replace(SHOWN, synced_at=NOW)
    assert (result.outcome.kind, result.outcome.reason, result.outcome.detail) == (
        OutcomeKind.KEPT,
        None,
        "Too many.",
    )


def test_what_an_older_program_chose_is_known_by_the_question_of_its_source_once_that_was_asked() -> None:
    shown = replace(SHOWN, question=None)
    seen = replace(trouble("instagram"), question=ASKS)
    result = resolver().result_of(record(shown=shown), record(seen, shown=shown), looked(seen))
    assert result.change.selection == replace(shown, synced_at=NOW, question=ASKS)
    result = resolver().result_of(record(), record(replace(seen, question="other")), looked(seen))
    assert result.change.selection.question == ASKS, "which it has already"


# -- a person's word ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "policy", "stays"),
    [
        (SHOWN, Policy(), False),
        (Selection("instagram", None, "https://old.example/ada.jpg", NOW - DAY), Policy(), False),
        (replace(SHOWN, source="tiktok", question=question_of(ADA, "tiktok")), Policy(), True),
        (SHOWN, locked(None), True),
        (SHOWN, locked(HOUR), True),
        (SHOWN, locked(-HOUR), False),
    ],
)
def test_disconnecting_takes_effect_at_once_unless_it_is_locked_or_another_source_is_shown(
    shown: Selection, policy: Policy, stays: bool
) -> None:
    """Not even while another source is in trouble, although initials never come of trouble alone."""
    before = record(GOOD, trouble("tiktok"), shown=shown, policy=policy)
    before = replace(before, outdated=frozenset({"bluesky"}))
    change = resolver().without_account(before, "instagram", why="Ada has left Instagram.", by="eve").change
    assert change.selection == (shown if stays else Selection(synced_at=shown.synced_at))
    assert change.drop == ("bluesky", "instagram")
    assert change.read == before
    assert (change.history is None) == stays
    if change.history is not None:
        assert change.history == HistoryEntry(
            "ada",
            NOW,
            shown.source,
            shown.content_hash,
            INITIALS,
            None,
            "Ada has left Instagram.",
            "eve",
            shown.url,
            shown.question,
        )


def test_what_is_no_longer_asked_for_goes_and_the_look_is_still_to_come() -> None:
    before = replace(
        record(talent=replace(ADA, accounts=()), shown=replace(SHOWN, synced_at=NOW - 3 * DAY)),
        outdated=frozenset({"instagram"}),
    )
    result = resolver().decided(before, before, why="Another handle.", by="eve")
    assert result.change.selection == Selection(synced_at=NOW - 3 * DAY)
    assert result.change.drop == ("instagram",)
    assert result.change.history is not None
    assert (result.change.history.why, result.change.history.by) == ("Another handle.", "eve")


# -- a suspected placeholder -----------------------------------------------------------------


def came(**what: Any) -> HistoryEntry:
    """The change that brought what is shown."""
    entry = HistoryEntry("ada", NOW - DAY, "instagram", "first", "instagram", "old", "updated", BY_SYNC)
    return replace(entry, **what)


@pytest.mark.parametrize(
    ("last", "shown"),
    [
        (
            came(from_url=f"{OURS}/first.webp", from_question=ASKS),
            Selection("instagram", "first", f"{OURS}/first.webp", NOW - DAY, ASKS),
        ),
        (
            came(from_source="tiktok", from_url=f"{OURS}/first.webp", from_question="ada"),
            Selection("tiktok", "first", f"{OURS}/first.webp", NOW - DAY, "ada"),
        ),
        (came(from_source=INITIALS, from_hash=None), Selection(synced_at=NOW - DAY)),
        (came(from_question="another"), Selection(synced_at=NOW - DAY)),
        (None, Selection(synced_at=NOW - DAY)),
    ],
    ids=["own", "lower", "initials", "outdated", "unknown"],
)
def test_a_retraction_goes_back_to_what_was_shown_before(last: HistoryEntry | None, shown: Selection) -> None:
    before = record(replace(GOOD, trouble_since=NOW - 9 * DAY))
    result = resolver().retract(before, last, SUSPECT)
    own = shown.source == "instagram"
    rejected = Candidate(
        "ada",
        "instagram",
        State.TROUBLE,
        Reason.PLACEHOLDER,
        DUPLICATE_PICTURE,
        asked="instagram: ada",
        tries=2,
        platform_user_id="i1",
        content_hash="first" if own else None,
        picture_url=shown.url if own else None,
        checked_at=NOW,
        trouble_since=NOW,
        question=ASKS,
    )
    entry = HistoryEntry(
        "ada",
        NOW,
        "instagram",
        "old",
        shown.source,
        shown.content_hash,
        DUPLICATE_PICTURE,
        BY_SYNC,
        SHOWN.url,
        ASKS,
    )
    assert result is not None
    assert result.change == Change("ada", shown, candidates=(rejected,), history=entry, read=before)
    assert result.outcome == Outcome(
        "ada",
        "Ada",
        OutcomeKind.KEPT,
        shown.source,
        "instagram",
        url=shown.url,
        content_hash=shown.content_hash,
        previous_hash="old",
    )


@pytest.mark.parametrize(
    "before",
    [
        record(GOOD, policy=locked(None)),
        record(GOOD, policy=locked(HOUR)),
        record(GOOD, policy=Policy(opt_outs=(OptOut(),))),
    ],
)
def test_what_a_person_decided_is_not_retracted(before: TalentRecord) -> None:
    assert resolver().retract(before, came(), SUSPECT) is None


@pytest.mark.parametrize(
    "before",
    [
        record(),
        record(replace(GOOD, content_hash="another")),
        record(replace(GOOD, source="tiktok")),
    ],
)
def test_what_the_source_offers_is_left_where_that_is_not_what_is_shown(before: TalentRecord) -> None:
    result = resolver().retract(before, came(), SUSPECT)
    assert result is not None
    assert result.change.selection.content_hash != before.selection.content_hash
    assert (result.change.candidates, result.change.history is not None) == ((), True)


def test_a_lock_that_has_run_out_keeps_no_placeholder() -> None:
    assert resolver().retract(record(GOOD, policy=locked(timedelta(0))), came(), SUSPECT) is not None


# -- an internal error -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "kind"), [(SHOWN, OutcomeKind.KEPT), (Selection(synced_at=NOW - DAY), OutcomeKind.FAILED)]
)
def test_after_a_bug_everything_stays_and_nobody_is_due_early(shown: Selection, kind: OutcomeKind) -> None:
    early = replace(GOOD, next_due_at=NOW - HOUR)
    before = record(early, replace(GOOD, source="tiktok"), shown=shown)
    result = resolver().after_internal_error(before)
    assert result.change == Change(
        "ada",
        replace(shown, synced_at=NOW),
        candidates=(replace(early, next_due_at=None),),
        read=before,
    )
    assert result.outcome == Outcome(
        "ada",
        "Ada",
        kind,
        shown.source,
        shown.source,
        Reason.BUG,
        INTERNAL_ERROR,
        shown.url,
        shown.content_hash,
        previous_hash=shown.content_hash,
    )


def test_even_after_a_bug_nobody_is_shown_whom_the_roster_no_longer_asks_for() -> None:
    before = record(talent=replace(ADA, accounts=()))
    result = resolver().after_internal_error(before)
    assert result.change.selection == Selection(synced_at=NOW)
    assert (result.outcome.kind, result.outcome.reason, result.outcome.detail) == (
        OutcomeKind.DEMOTED,
        Reason.BUG,
        INTERNAL_ERROR,
    )


# -- the history ---------------------------------------------------------------------------------


def test_a_picture_made_anew_was_brought_by_the_change_that_brought_it_first() -> None:
    history = [
        came(from_hash="c", to_hash="d"),
        came(from_hash="b", to_hash="c", by=BY_RECROP),
        came(from_hash="a", to_hash="b", by=BY_MENDING),
        came(from_hash="z", to_hash="a"),
        came(from_hash="gap", to_hash="y"),
    ]
    assert [e.to_hash for e in brought_by(history, replace(SHOWN, content_hash="d"))] == ["d", "a"]
    assert [e.to_hash for e in brought_by(history[1:], replace(SHOWN, content_hash="c"))] == ["a"]
    assert list(brought_by(history, SHOWN)) == []
    assert list(brought_by(history, Selection("tiktok", "d"))) == []
    assert forms_of(history, "c") == ["c", "b", "a"]
    assert forms_of(history, "d") == ["d"]
