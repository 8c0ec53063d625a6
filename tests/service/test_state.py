"""How a talent stands: one word each, the same that a sync's outcome would lead one to expect."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.models import (
    INITIALS,
    MANUAL,
    NEEDS_THE_PERSON,
    Account,
    Candidate,
    Choice,
    Lock,
    OptOut,
    OutcomeKind,
    Policy,
    Reason,
    Review,
    ReviewState,
    Selection,
    State,
    Talent,
    TalentRecord,
)
from talentimg.service.decision.chain import (
    Rules,
    resolve,
)
from talentimg.service.decision.outcomes import outcome_kind
from talentimg.service.decision.state import TalentState, state_of
from tests.conftest import NOW

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.service.decision.state import Standing

RULES = Rules(("instagram", "youtube"))
SINCE = NOW - timedelta(hours=25)
HASH = "a" * 64
BOTH = Talent("ada", "Ada", accounts=tuple(Account(p, "ada", p, "ada") for p in ("instagram", "youtube")))
LATER = NOW + timedelta(hours=3)


def standing(record: TalentRecord) -> Standing:
    return state_of(record, RULES, NOW, looked_since=SINCE)


def candidate(
    source: str,
    state: State,
    reason: Reason | None = None,
    *,
    due: datetime | None = None,
    picture: bool = True,
) -> Candidate:
    return Candidate(
        "ada",
        source,
        state,
        reason,
        content_hash=HASH if picture else None,
        checked_at=NOW,
        next_due_at=due,
        trouble_since=NOW if state is State.TROUBLE else None,
        question="ada",
    )


def shown(source: str, *candidates: Candidate, policy: Policy | None = None) -> TalentRecord:
    has = source != INITIALS
    selection = Selection(source, HASH if has else None, None, NOW, "ada" if has else None)
    return TalentRecord(BOTH, selection, policy or Policy(), {c.source: c for c in candidates})


FOUND = candidate("instagram", State.FOUND)
SILENT = candidate("instagram", State.TROUBLE, Reason.TIMEOUT)
LOWER = candidate("youtube", State.FOUND)
WAITING = Review("ada", "instagram", "new", "b" * 64, ReviewState.WAITING, NOW)
REJECTED = replace(WAITING, state=ReviewState.REJECTED)


@pytest.mark.parametrize(
    ("record", "state"),
    [
        (shown("instagram", FOUND), TalentState.FRESH),
        (shown("instagram", SILENT), TalentState.KEPT),
        (shown("instagram", replace(SILENT, next_due_at=LATER)), TalentState.WAITING),
        (shown("instagram", candidate("instagram", State.ABSENT, Reason.NO_PICTURE)), TalentState.KEPT),
        (shown("instagram", replace(SILENT, reason=Reason.TOKEN)), TalentState.NEEDS_YOU),
        (shown("instagram", replace(SILENT, reason=Reason.IDENTITY)), TalentState.NEEDS_YOU),
        (shown("youtube", replace(SILENT, reason=Reason.IDENTITY), LOWER), TalentState.NEEDS_YOU),
        (shown("youtube", replace(SILENT, reason=Reason.NO_TOKEN), LOWER), TalentState.FRESH),
        (shown("youtube", replace(SILENT, reason=Reason.PLACEHOLDER), LOWER), TalentState.FRESH),
        (shown("youtube", replace(SILENT, next_due_at=LATER), LOWER), TalentState.WAITING),
        (shown(INITIALS, candidate("instagram", State.ABSENT, Reason.NO_PICTURE)), TalentState.INITIALS),
        (shown(INITIALS, candidate("instagram", State.TROUBLE, Reason.NO_TOKEN)), TalentState.NEEDS_YOU),
        (replace(shown("instagram", FOUND), selection=Selection()), TalentState.STALE),
        (
            replace(shown("instagram", FOUND), selection=Selection("instagram", HASH, None, SINCE, "old")),
            TalentState.STALE,
        ),
        (shown("instagram", SILENT, policy=Policy(Lock("eve", NOW))), TalentState.LOCKED),
        (shown("instagram", FOUND, policy=Policy(Lock("eve", NOW, until=NOW))), TalentState.FRESH),
        (
            shown(MANUAL, candidate(MANUAL, State.FOUND), policy=Policy(choice=Choice("eve", NOW))),
            TalentState.LOCKED,
        ),
        (shown(INITIALS, SILENT, policy=Policy(opt_outs=(OptOut(),))), TalentState.INITIALS),
        (TalentRecord(Talent("ada", "Ada")), TalentState.INITIALS),
        (replace(shown("instagram", SILENT), reviews=(WAITING,)), TalentState.NEEDS_YOU),
        (replace(shown("instagram", FOUND), reviews=(REJECTED,)), TalentState.FRESH),
        (
            replace(shown("instagram", FOUND, policy=Policy(Lock("eve", NOW))), reviews=(WAITING,)),
            TalentState.LOCKED,
        ),
    ],
)
def test_each_case_has_its_word(record: TalentRecord, state: TalentState) -> None:
    found = standing(record)
    assert found.state is state
    assert found.why.endswith(".")


TIMES = st.sampled_from([None, SINCE - timedelta(days=3), NOW, LATER])
CANDIDATES = st.builds(
    candidate,
    st.sampled_from(["instagram", "youtube", MANUAL]),
    st.sampled_from(State),
    st.none() | st.sampled_from(Reason),
    due=TIMES,
    picture=st.booleans(),
)
POLICIES = st.builds(
    Policy,
    lock=st.sampled_from([None, Lock("eve", NOW), Lock("eve", NOW, until=NOW)]),
    choice=st.sampled_from([None, Choice("eve", NOW)]),
    opt_outs=st.sampled_from([(), (OptOut(),), (OptOut("instagram"),)]),
)
SELECTIONS = st.builds(
    Selection,
    st.sampled_from(["instagram", "youtube", MANUAL, INITIALS, "myspace"]),
    st.sampled_from([None, HASH]),
    st.sampled_from([None, "https://x.example/1"]),
    TIMES,
    st.sampled_from([None, "ada", "another", MANUAL]),
)
RECORDS = st.builds(
    lambda talent, selection, policy, found: TalentRecord(
        talent, selection, policy, {c.source: c for c in found}
    ),
    st.sampled_from([BOTH, Talent("ada", "Ada")]),
    SELECTIONS,
    POLICIES,
    st.lists(CANDIDATES, max_size=3),
)


@given(RECORDS)
def test_everybody_has_one_state_and_a_sentence_and_persons_come_first(record: TalentRecord) -> None:
    found = standing(record)
    assert found.why.endswith(".")
    kind = outcome_kind(record, record, resolve(record, RULES, NOW), RULES)
    assert (found.state is TalentState.LOCKED) == (kind is OutcomeKind.LOCKED)
    if kind is OutcomeKind.OPTED_OUT:
        assert found.state is TalentState.INITIALS
    if found.state is TalentState.NEEDS_YOU:
        reasons = {c.reason for c in record.candidates.values()}
        assert reasons & (NEEDS_THE_PERSON | {Reason.IDENTITY})
    if found.state in {TalentState.FRESH, TalentState.KEPT}:
        assert record.selection.has_picture
        at = record.selection.synced_at
        assert at is not None or not record.talent.accounts


@given(RECORDS)
def test_a_fresh_picture_is_what_a_source_answered_within_the_schedule(record: TalentRecord) -> None:
    if standing(record).state is TalentState.FRESH:
        decisive = record.candidates.get(record.selection.source)
        assert decisive is None or decisive.state is not State.ABSENT
        assert not record.talent.accounts or (record.selection.synced_at or NOW) >= SINCE


def test_who_has_no_account_is_told_so() -> None:
    alone = TalentRecord(Talent("ada", "Ada"))
    assert standing(alone).why == "There is no account to look at."
