"""What waits for a person, value by value: each way of asking, and what a person has said already."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.models import (
    INITIALS,
    Account,
    Candidate,
    Lock,
    OptOut,
    OutcomeKind,
    Policy,
    Reason,
    Review,
    ReviewMode,
    ReviewState,
    Selection,
    State,
    Talent,
    TalentRecord,
)
from talentimg.models.likeness import alike, looks_the_same
from talentimg.service.decision.chain import (
    Decision,
    Ground,
    Rules,
    Verdict,
    next_source,
    resolve,
)
from talentimg.service.decision.explain import PROPOSED, REJECTED, STAYS_UNTIL_THEN, explain
from talentimg.service.decision.outcomes import outcome_kind
from talentimg.service.decision.proposals import reviews_to_write
from tests.conftest import NOW

OFF, SOURCE, VISUAL, ALL = ReviewMode
PLATFORMS = ("instagram", "tiktok")
ADA = Talent("ada", "Ada", accounts=tuple(Account(p, "ada", p, "ada") for p in PLATFORMS))


def look(*cells: int) -> str:
    """A likeness of which only the cells count here."""
    return "0" * 16 + bytes((*cells, *([90, 200, 30] * 24)))[:72].hex()


FACE, LIGHTER, ANOTHER = look(10, 20), look(12, 22), look(250, 5, 0, 240, 0, 250, 0, 130, 250, 0, 99, 0, 250)
LOOKS = {"shown": FACE, "again": LIGHTER, "new": ANOTHER}


def found(source: str, content: str) -> Candidate:
    return Candidate(
        "ada", source, State.FOUND, content_hash=content, source_hash=f"b-{content}", checked_at=NOW
    )


def record(
    *candidates: Candidate, shown: Selection | None = None, reviews: tuple[Review, ...] = ()
) -> TalentRecord:
    kept = Selection("instagram", "shown", "https://x.example", NOW, "ada")
    by_source = {c.source: c for c in candidates}
    return TalentRecord(ADA, shown or kept, candidates=by_source, reviews=reviews, likenesses=LOOKS)


def review(content: str, state: ReviewState = ReviewState.WAITING, source: str = "instagram") -> Review:
    return Review("ada", source, f"b-{content}", content, state, NOW, LOOKS.get(content))


def decide(of: TalentRecord, mode: ReviewMode) -> Decision:
    return resolve(of, Rules(PLATFORMS, review=mode), NOW)


def waits(of: TalentRecord, mode: ReviewMode) -> bool:
    return decide(of, mode).proposed is not None


def test_the_likenesses_here_are_what_they_are_called() -> None:
    assert looks_the_same(FACE, LIGHTER)
    assert not looks_the_same(FACE, ANOTHER)
    assert not alike(FACE, LIGHTER) or looks_the_same(FACE, LIGHTER)


@pytest.mark.parametrize(
    ("content", "waiting"),
    [("shown", set()), ("again", {ALL}), ("new", {VISUAL, ALL}), ("unknown", {VISUAL, ALL})],
)
def test_a_picture_of_the_shown_source(content: str, waiting: set[ReviewMode]) -> None:
    """One of which nobody can tell what it looks like may look like anything."""
    assert {mode for mode in ReviewMode if waits(record(found("instagram", content)), mode)} == waiting


@pytest.mark.parametrize(("content", "waiting"), [("again", {SOURCE, ALL}), ("new", {SOURCE, VISUAL, ALL})])
def test_a_picture_of_another_source(content: str, waiting: set[ReviewMode]) -> None:
    shown = Selection("tiktok", "shown", "https://x.example", NOW, "ada")
    one = record(found("instagram", content), found("tiktok", "shown"), shown=shown)
    assert {mode for mode in ReviewMode if waits(one, mode)} == waiting


def test_the_first_picture_surprises_nobody_but_whoever_wants_to_see_all() -> None:
    one = record(found("instagram", "new"), shown=Selection())
    assert {mode for mode in ReviewMode if waits(one, mode)} == {ALL}
    decision = decide(one, ALL)
    assert (decision.source, decision.ground) == (INITIALS, Ground.NOTHING_LEFT)
    assert outcome_kind(one, one, decision, Rules(PLATFORMS)) is OutcomeKind.KEPT


def test_what_an_older_program_chose_cannot_be_compared() -> None:
    old = Selection("instagram", None, "https://old.example/a.jpg", NOW)
    assert not waits(record(found("instagram", "new"), shown=old), VISUAL)
    elsewhere = replace(old, source="tiktok")
    assert waits(record(found("instagram", "new"), shown=elsewhere), VISUAL)
    assert waits(record(found("instagram", "new"), shown=elsewhere), SOURCE)


def test_what_a_person_no_longer_chooses_makes_way_at_once() -> None:
    chosen = Selection("manual", "shown", "https://x.example", NOW, "manual")
    one = record(found("instagram", "new"), found("manual", "shown"), shown=chosen)
    assert {mode for mode in ReviewMode if waits(one, mode)} == {ALL}


def test_a_rejected_picture_is_known_by_its_bytes_however_it_is_cut_by_now() -> None:
    rejected = (review("new", ReviewState.REJECTED),)
    cut_anew = replace(found("instagram", "cut"), source_hash="b-new")
    assert decide(record(cut_anew, shown=Selection(), reviews=rejected), OFF).source == INITIALS
    assert decide(record(cut_anew, reviews=rejected), OFF).ground is Ground.REJECTED
    same_cut = replace(found("instagram", "new"), source_hash="b-other")
    assert decide(record(same_cut, shown=Selection(), reviews=rejected), OFF).source == INITIALS


def test_losses_never_wait() -> None:
    gone = Candidate(
        "ada",
        "instagram",
        State.ABSENT,
        Reason.NOT_FOUND,
        checked_at=NOW,
        absent_since=NOW - timedelta(days=2),
        absent_count=2,
    )
    for mode in ReviewMode:
        assert decide(record(gone), mode) == Decision(INITIALS, None, Ground.NOTHING_LEFT)


@pytest.mark.parametrize("policy", [Policy(Lock("eve", NOW)), Policy(opt_outs=(OptOut(),))])
def test_a_persons_word_is_asked_about_nothing(policy: Policy) -> None:
    assert not waits(replace(record(found("instagram", "new")), policy=policy), ALL)


def test_what_the_roster_no_longer_asks_for_goes_and_the_next_picture_is_the_first() -> None:
    of_another = Selection("instagram", "shown", "https://x.example", NOW, "grace")
    one = record(found("instagram", "new"), shown=of_another)
    assert decide(one, VISUAL) == Decision("instagram", "new", Ground.ANSWERED)
    decision = decide(one, ALL)
    assert (decision.source, decision.proposed) == (INITIALS, one.candidates["instagram"])
    assert outcome_kind(one, one, decision, Rules(PLATFORMS)) is OutcomeKind.DEMOTED


@pytest.mark.parametrize("mode", ReviewMode)
def test_what_was_approved_is_shown_and_only_exactly_that(mode: ReviewMode) -> None:
    approved = (review("new", ReviewState.APPROVED),)
    assert not waits(record(found("instagram", "new"), reviews=approved), mode)
    newer = record(found("instagram", "newer"), reviews=approved)
    assert waits(newer, mode) == waits(record(found("instagram", "newer")), mode)


@pytest.mark.parametrize("mode", ReviewMode)
def test_what_was_rejected_does_not_come_back_nor_does_what_looks_like_it(mode: ReviewMode) -> None:
    rejected = (review("new", ReviewState.REJECTED, "tiktok"),)
    one = record(found("instagram", "new"), reviews=rejected)
    assert decide(one, mode) == Decision("instagram", "shown", Ground.REJECTED)
    assert outcome_kind(one, one, decide(one, mode), Rules(PLATFORMS)) is OutcomeKind.UNCHANGED
    similar = replace(
        one, likenesses={**LOOKS, "copy": ANOTHER}, candidates={"instagram": found("instagram", "copy")}
    )
    assert decide(similar, mode).ground is Ground.REJECTED


def test_where_nothing_of_a_source_is_shown_a_rejected_picture_leads_to_the_next() -> None:
    rejected = (review("new", ReviewState.REJECTED),)
    one = record(found("instagram", "new"), shown=Selection(), reviews=rejected)
    rules = Rules(PLATFORMS)
    assert next_source(one, rules, NOW, {"instagram"}) == "tiktok"
    both = replace(one, candidates={**one.candidates, "tiktok": found("tiktok", "again")})
    assert resolve(both, rules, NOW) == Decision("tiktok", "again", Ground.ANSWERED)


def test_a_rejected_picture_is_not_remembered_either() -> None:
    silent = replace(found("instagram", "new"), state=State.TROUBLE, reason=Reason.TIMEOUT, trouble_since=NOW)
    one = record(silent, shown=Selection(), reviews=(review("new", ReviewState.REJECTED),))
    assert decide(one, OFF) == Decision(INITIALS, None, Ground.NOTHING_LEFT)


def test_the_chain_tells_what_waits_and_what_was_rejected() -> None:
    shown = Selection("tiktok", "shown", "https://x.example", NOW, "ada")
    one = record(found("instagram", "new"), found("tiktok", "shown"), shown=shown)
    told = explain(one, Rules(PLATFORMS, review=VISUAL), NOW)
    verdicts = {step.source: step.verdict for step in told}
    assert verdicts == {"instagram": Verdict.WAITS, "tiktok": Verdict.HOLDS, INITIALS: None}
    steps = {step.source: step.why for step in told}
    assert (steps["instagram"], steps["tiktok"]) == (PROPOSED, STAYS_UNTIL_THEN)
    rejected = replace(one, reviews=(review("new", ReviewState.REJECTED),))
    steps = {step.source: step.why for step in explain(rejected, Rules(PLATFORMS), NOW)}
    assert steps["instagram"] == REJECTED
    own = record(found("instagram", "new"), reviews=(review("new", ReviewState.REJECTED),))
    steps = {step.source: step.why for step in explain(own, Rules(PLATFORMS), NOW)}
    assert steps["instagram"] == f"{REJECTED} What is shown stays."


# -- what is written -------------------------------------------------------------------------

HELD = Decision("instagram", "shown", Ground.HELD)


def proposes(new: Candidate) -> Decision:
    return replace(HELD, ground=Ground.PROPOSED, proposed=new)


def test_what_waits_is_written_once_and_goes_when_it_is_no_longer_on_offer() -> None:
    new, before = found("instagram", "new"), record()
    (written,) = reviews_to_write(before, record(new), proposes(new), NOW)
    assert written == review("new")
    waiting = record(reviews=(written,))
    assert (
        reviews_to_write(waiting, replace(waiting, candidates={"instagram": new}), proposes(new), NOW) == ()
    )
    back = replace(waiting, candidates={"instagram": found("instagram", "shown")})
    assert reviews_to_write(waiting, back, HELD, NOW) == (replace(written, state=ReviewState.WITHDRAWN),)


def test_a_platform_that_is_silent_has_not_taken_its_picture_back() -> None:
    waiting = record(reviews=(review("new"),))
    silent = replace(found("instagram", "new"), state=State.TROUBLE, reason=Reason.TIMEOUT, trouble_since=NOW)
    assert reviews_to_write(waiting, replace(waiting, candidates={"instagram": silent}), HELD, NOW) == ()


@pytest.mark.parametrize("ground", [Ground.LOCKED, Ground.CHOSEN, Ground.OPTED_OUT])
def test_while_a_person_decides_what_waits_goes_on_waiting_if_it_may_still_come(ground: Ground) -> None:
    decision, new = replace(HELD, ground=ground), found("instagram", "new")
    waiting = record(new, reviews=(review("new"),))
    assert reviews_to_write(waiting, waiting, decision, NOW) == ()
    refused = replace(waiting, policy=Policy(opt_outs=(OptOut("instagram"),)))
    for gone in (record(found("tiktok", "new")), record(found("instagram", "newer")), refused):
        (written,) = reviews_to_write(waiting, gone, decision, NOW)
        assert written.state is ReviewState.WITHDRAWN


# -- properties ------------------------------------------------------------------------------

CONTENTS = ("shown", "again", "new", "unknown")


@st.composite
def records(draw: st.DrawFn) -> TalentRecord:
    candidates = [found(p, draw(st.sampled_from(CONTENTS))) for p in PLATFORMS if draw(st.booleans())]
    shown = draw(
        st.sampled_from([Selection(), *(Selection(p, "shown", "https://x", NOW, "ada") for p in PLATFORMS)])
    )
    states = st.sampled_from(list(ReviewState)[:3])
    said = {c: review(c, draw(states)) for c in CONTENTS if draw(st.booleans())}
    return record(*candidates, shown=shown, reviews=tuple(said.values()))


@given(records(), st.sampled_from(list(ReviewMode)))
def test_what_waits_changes_nothing_that_is_shown(one: TalentRecord, mode: ReviewMode) -> None:
    decision = decide(one, mode)
    if decision.proposed is not None and one.selection.has_picture:
        shown = one.selection
        assert (decision.source, decision.content_hash) == (shown.source, shown.content_hash)


def test_where_nothing_can_stay_the_next_picture_that_need_not_wait_is_shown() -> None:
    both, waits_already = (found("instagram", "new"), found("tiktok", "shown")), (review("new"),)
    one = record(*both, shown=Selection(), reviews=waits_already)
    for mode in (SOURCE, VISUAL):
        assert decide(one, mode) == Decision("tiktok", "shown", Ground.ANSWERED, both[0])
    assert decide(one, ALL) == Decision(INITIALS, None, Ground.NOTHING_LEFT, both[0])
    approved = replace(one, reviews=(*waits_already, review("shown", ReviewState.APPROVED, "tiktok")))
    decision = decide(approved, ALL)
    assert decision == Decision("tiktok", "shown", Ground.ANSWERED, both[0])
    assert outcome_kind(approved, approved, decision, Rules(PLATFORMS)) is OutcomeKind.UPDATED
    steps = {step.source: step.why for step in explain(approved, Rules(PLATFORMS, review=ALL), NOW)}
    assert (steps["instagram"], steps["tiktok"]) == (PROPOSED, STAYS_UNTIL_THEN)


@given(records(), st.sampled_from(list(ReviewMode)))
def test_nothing_that_a_person_rejected_comes_to_be_shown_or_asked_about(
    one: TalentRecord, mode: ReviewMode
) -> None:
    decision = decide(one, mode)
    rejected = {r.content_hash for r in one.reviews if r.state is ReviewState.REJECTED}
    if decision.content_hash != one.selection.content_hash:
        assert decision.content_hash not in rejected
    assert decision.proposed is None or decision.proposed.content_hash not in rejected


@given(records(), st.sampled_from([SOURCE, VISUAL, ALL]))
def test_nothing_that_waits_comes_to_be_shown_unseen(one: TalentRecord, mode: ReviewMode) -> None:
    decision = decide(one, mode)
    waiting = {r.content_hash for r in one.reviews if r.state is ReviewState.WAITING}
    if decision.content_hash != one.selection.content_hash:
        assert decision.content_hash not in waiting


@given(records())
def test_who_asks_for_nothing_is_asked_nothing(one: TalentRecord) -> None:
    assert decide(one, OFF).proposed is None


@given(records(), st.sampled_from([SOURCE, VISUAL]))
def test_whatever_waits_for_somebody_waits_for_whoever_wants_to_see_all(
    one: TalentRecord, mode: ReviewMode
) -> None:
    assert not waits(one, mode) or waits(one, ALL)
