"""The decision, by examples that can be read and by properties that must never break."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from talentimg.models import (
    INITIALS,
    MANUAL,
    USER,
    Account,
    Candidate,
    Lock,
    OptOut,
    Order,
    OutcomeKind,
    Policy,
    Reason,
    Selection,
    State,
    Talent,
    TalentRecord,
)
from talentimg.service.decision.chain import (
    Ground,
    Rules,
    Verdict,
    chain_of,
    next_source,
    resolve,
    shows_another,
    standing,
)
from talentimg.service.decision.explain import explain
from talentimg.service.decision.outcomes import outcome_kind
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

PLATFORMS = ("instagram", "tiktok", "youtube", "bluesky")
RULES = Rules(order=PLATFORMS, grace=timedelta(days=7))


def talent(*platforms: str, avatar: bool = False) -> Talent:
    accounts = tuple(Account(f"a-{p}", "ada", p, "ada") for p in platforms)
    return Talent("ada", "Ada", avatar_url="https://cdn.example/a.png" if avatar else None, accounts=accounts)


def found(source: str, content: str = "") -> Candidate:
    return Candidate("ada", source, State.FOUND, content_hash=content or f"hash-{source}", checked_at=NOW)


def trouble(source: str, since: timedelta = timedelta(hours=1), content: str | None = None) -> Candidate:
    return Candidate(
        "ada",
        source,
        State.TROUBLE,
        reason=Reason.TIMEOUT,
        content_hash=content,
        checked_at=NOW,
        trouble_since=NOW - since,
    )


def absent(
    source: str, times: int = 1, span: timedelta = timedelta(0), content: str | None = None
) -> Candidate:
    return Candidate(
        "ada",
        source,
        State.ABSENT,
        reason=Reason.NOT_FOUND,
        content_hash=content,
        checked_at=NOW,
        absent_since=NOW - span,
        absent_count=times,
    )


def record(
    *candidates: Candidate, shown: str = INITIALS, policy: Policy | None = None, avatar: bool = False
) -> TalentRecord:
    platforms = [c.source for c in candidates if c.source not in {USER, MANUAL}]
    selection = Selection(shown, f"hash-{shown}", f"https://x/{shown}") if shown != INITIALS else Selection()
    return TalentRecord(
        talent(*platforms, avatar=avatar or any(c.source == USER for c in candidates)),
        selection,
        policy or Policy(),
        {c.source: c for c in candidates},
    )


# -- the walk, by example --------------------------------------------------------------


def test_the_highest_source_that_answers_wins() -> None:
    decision = resolve(record(found("instagram"), found("tiktok")), RULES, NOW)
    assert (decision.source, decision.ground) == ("instagram", Ground.ANSWERED)


def test_a_higher_source_takes_over_from_a_lower_one() -> None:
    decision = resolve(record(found("instagram"), found("tiktok"), shown="tiktok"), RULES, NOW)
    assert decision.source == "instagram"


def test_a_shown_source_in_trouble_stays_though_a_lower_one_has_a_picture() -> None:
    seen = record(trouble("instagram", content="hash-instagram"), found("tiktok"), shown="instagram")
    assert resolve(seen, RULES, NOW).source == "instagram"


def test_after_the_grace_time_a_lower_source_with_a_picture_takes_over() -> None:
    seen = record(
        trouble("instagram", timedelta(days=8), "hash-instagram"), found("tiktok"), shown="instagram"
    )
    assert resolve(seen, RULES, NOW).source == "tiktok"


def test_the_grace_time_includes_its_last_moment() -> None:
    seen = record(
        trouble("instagram", timedelta(days=7), "hash-instagram"), found("tiktok"), shown="instagram"
    )
    assert resolve(seen, RULES, NOW).ground is Ground.HELD


def test_after_the_grace_time_initials_still_do_not_take_over() -> None:
    seen = record(
        trouble("instagram", timedelta(days=400), "hash-instagram"), absent("tiktok"), shown="instagram"
    )
    decision = resolve(seen, RULES, NOW)
    assert (decision.source, decision.ground) == ("instagram", Ground.HELD)


def test_the_first_absence_keeps_what_is_shown() -> None:
    seen = record(absent("instagram", content="hash-instagram"), found("tiktok"), shown="instagram")
    assert resolve(seen, RULES, NOW).ground is Ground.HELD


@pytest.mark.parametrize(
    ("times", "span", "stays"),
    [
        (2, timedelta(hours=19, minutes=59), True),
        (2, timedelta(hours=20), False),
        (1, timedelta(days=9), True),
        (5, timedelta(hours=1), True),
    ],
)
def test_absence_is_confirmed_by_two_looks_twenty_hours_apart(
    times: int, span: timedelta, stays: bool
) -> None:
    seen = record(absent("instagram", times, span, "hash-instagram"), found("tiktok"), shown="instagram")
    assert (resolve(seen, RULES, NOW).source == "instagram") is stays


@pytest.mark.parametrize(
    ("question", "content", "connected", "outdated", "is_another"),
    [
        ("ada", "hash", True, False, False),
        ("eve", "hash", True, False, True),
        ("ada", "hash", False, False, True),
        ("ada", "hash", True, True, False),  # its own question tells more than its source's candidate
        (None, "hash", True, False, False),
        (None, "hash", True, True, True),
        (None, "hash", False, False, True),
        (None, None, True, True, True),
        (None, None, False, False, False),  # what an older program chose, from a source that we cannot ask
    ],
)
def test_what_is_shown_is_anothers_if_it_answers_what_is_no_longer_asked(
    question: str | None, content: str | None, connected: bool, outdated: bool, is_another: bool
) -> None:
    seen = TalentRecord(
        talent(*(["instagram"] if connected else [])),
        Selection("instagram", content, "https://x/", NOW, question),
        outdated=frozenset({"instagram"} if outdated else ()),
    )
    assert shows_another(seen) is is_another
    assert standing(seen) == (Selection(synced_at=NOW) if is_another else seen.selection)
    assert not shows_another(replace(seen, selection=Selection())), "initials are nobody's"


def test_with_no_picture_shown_absence_moves_on_at_once() -> None:
    assert resolve(record(absent("instagram"), found("tiktok")), RULES, NOW).source == "tiktok"


def test_a_confirmed_absence_with_a_lower_source_in_recent_trouble_keeps_the_picture() -> None:
    gone = absent("instagram", 2, timedelta(days=1), "hash-instagram")
    assert resolve(record(gone, trouble("tiktok"), shown="instagram"), RULES, NOW).ground is Ground.HELD
    old = record(gone, trouble("tiktok", timedelta(days=8)), shown="instagram")
    assert resolve(old, RULES, NOW).source == INITIALS


def test_an_older_picture_of_ours_is_better_than_initials() -> None:
    gone = absent("instagram", 2, timedelta(days=1))
    decision = resolve(record(gone, trouble("tiktok", content="old"), shown="instagram"), RULES, NOW)
    assert (decision.source, decision.content_hash, decision.ground) == ("tiktok", "old", Ground.REMEMBERED)


def test_the_chain_ends_at_the_user_avatar_and_then_initials() -> None:
    assert resolve(record(absent("instagram"), found(USER)), RULES, NOW).source == USER
    assert resolve(record(absent("instagram"), absent(USER)), RULES, NOW).source == INITIALS


def test_a_manual_picture_stands_below_platforms_and_above_the_user_avatar() -> None:
    assert resolve(record(found("bluesky"), found(MANUAL), found(USER)), RULES, NOW).source == "bluesky"
    assert resolve(record(absent("bluesky"), found(MANUAL), found(USER)), RULES, NOW).source == MANUAL


def test_the_talents_own_order_goes_before_the_operators() -> None:
    own = Policy(order=Order(("bluesky", "tiktok")))
    assert chain_of(talent(*PLATFORMS), own, RULES.order) == (
        "bluesky",
        "tiktok",
        "instagram",
        "youtube",
        MANUAL,
    )


def test_a_platform_nobody_ordered_comes_after_the_others() -> None:
    assert chain_of(talent("elsewhere", "tiktok"), Policy(), RULES.order) == ("tiktok", "elsewhere", MANUAL)


def test_opting_out_shows_initials_and_asks_nobody() -> None:
    seen = record(found("instagram"), shown="instagram", policy=Policy(opt_outs=(OptOut(),)))
    assert resolve(seen, RULES, NOW).source == INITIALS
    assert next_source(seen, RULES, NOW, ()) is None


def test_a_lock_that_has_run_out_holds_nothing() -> None:
    ended = Policy(lock=Lock("eve", NOW - timedelta(days=2), until=NOW))
    assert resolve(record(found("instagram"), shown="tiktok", policy=ended), RULES, NOW).source == "instagram"


def test_a_picture_an_older_program_chose_stays_while_its_source_was_never_asked() -> None:
    seen = replace(record(shown="instagram"), talent=talent("instagram"), candidates={})
    assert resolve(seen, RULES, NOW).ground is Ground.HELD


@pytest.mark.parametrize("source", ["tiktok", "facebook", "upload", USER, INITIALS])
def test_a_picture_of_an_older_program_is_not_lost_to_trouble_of_another_source(source: str) -> None:
    """Its source is not connected, or unknown to us: nobody can confirm that it is gone."""
    legacy = Selection(source, None, "https://old.example/p.jpg")
    seen = replace(record(trouble("instagram")), selection=legacy)
    assert resolve(seen, RULES, NOW).ground is Ground.HELD
    answered = replace(record(found("instagram")), selection=legacy)
    assert resolve(answered, RULES, NOW).source == "instagram"
    nothing = replace(record(absent("instagram")), selection=legacy)
    assert resolve(nothing, RULES, NOW).source == INITIALS
    assert outcome_kind(nothing, nothing, resolve(nothing, RULES, NOW), RULES) is OutcomeKind.DEMOTED


def test_a_manual_picture_of_an_older_program_is_a_persons_choice() -> None:
    chosen = replace(
        record(found("instagram")), selection=Selection(MANUAL, None, "https://old.example/p.jpg")
    )
    decision = resolve(chosen, RULES, NOW)
    assert (decision.source, decision.ground) == (MANUAL, Ground.LOCKED)
    assert next_source(chosen, RULES, NOW, ()) is None


def test_a_picture_of_an_account_that_the_app_disconnected_goes_although_others_are_silent() -> None:
    gone = replace(record(trouble("tiktok")), selection=Selection("instagram", "our-copy", "https://x/i.jpg"))
    assert resolve(gone, RULES, NOW).source == INITIALS


# -- asking ------------------------------------------------------------------------------


def test_sources_are_asked_from_the_top_and_only_until_one_decides() -> None:
    seen = record(found("instagram"), found("tiktok"))
    assert next_source(seen, RULES, NOW, ()) == "instagram"
    assert next_source(seen, RULES, NOW, {"instagram"}) is None


def test_a_source_without_a_picture_leads_to_the_next() -> None:
    seen = record(absent("instagram"), found("tiktok"))
    assert next_source(seen, RULES, NOW, {"instagram"}) == "tiktok"


def test_a_held_picture_asks_nobody_below() -> None:
    seen = record(trouble("instagram", content="x"), found("tiktok"), shown="instagram")
    assert next_source(seen, RULES, NOW, {"instagram"}) is None


def test_nobody_is_asked_about_a_manual_picture() -> None:
    seen = record(absent("instagram"), found(MANUAL), found(USER))
    assert next_source(seen, RULES, NOW, {"instagram"}) is None


# -- the word for it ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (record(found("instagram")), OutcomeKind.UPDATED),
        (record(found("instagram"), shown="instagram"), OutcomeKind.UNCHANGED),
        (record(found("instagram", "new"), shown="instagram"), OutcomeKind.UPDATED),
        (record(found("instagram"), shown="tiktok"), OutcomeKind.UPDATED),
        (record(trouble("instagram", content="x"), shown="instagram"), OutcomeKind.KEPT),
        (record(absent("instagram", content="x"), shown="instagram"), OutcomeKind.KEPT),
        (
            record(absent("instagram", 2, timedelta(days=1)), found("tiktok"), shown="instagram"),
            OutcomeKind.DEMOTED,
        ),
        (record(absent("instagram", 2, timedelta(days=1)), shown="instagram"), OutcomeKind.DEMOTED),
        (record(absent("instagram")), OutcomeKind.UNCHANGED),
        (record(), OutcomeKind.UNCHANGED),
        (record(trouble("instagram")), OutcomeKind.FAILED),
        (record(absent("instagram"), trouble("tiktok")), OutcomeKind.FAILED),
        (record(replace(trouble("tiktok"), reason=Reason.NO_TOKEN)), OutcomeKind.RECONNECT),
        (
            record(replace(trouble("tiktok", content="x"), reason=Reason.TOKEN), shown="tiktok"),
            OutcomeKind.RECONNECT,
        ),
        (record(replace(trouble("elsewhere"), reason=Reason.UNSUPPORTED)), OutcomeKind.UNCHANGED),
        (record(found("instagram"), policy=Policy(opt_outs=(OptOut(),))), OutcomeKind.OPTED_OUT),
        (record(found("instagram"), policy=Policy(lock=Lock("eve", NOW))), OutcomeKind.LOCKED),
    ],
)
def test_every_end_of_a_sync_has_its_outcome(seen: TalentRecord, kind: OutcomeKind) -> None:
    assert outcome_kind(seen, seen, resolve(seen, RULES, NOW), RULES) is kind


# -- why ---------------------------------------------------------------------------------


def test_explaining_names_every_source_and_who_won() -> None:
    seen = record(absent("instagram"), found("tiktok"), found("youtube"), shown="tiktok")
    steps = explain(seen, RULES, NOW)
    assert [(step.source, step.verdict) for step in steps] == [
        ("instagram", Verdict.PASSES),
        ("tiktok", Verdict.WINS),
        ("youtube", None),
        (INITIALS, None),
    ]
    assert all(step.why for step in steps)


def test_explaining_a_lock_says_so_at_every_source() -> None:
    seen = record(found("instagram"), shown="tiktok", policy=Policy(lock=Lock("eve", NOW)))
    assert {step.verdict for step in explain(seen, RULES, NOW)} == {None}


# -- properties --------------------------------------------------------------------------

spans = st.timedeltas(timedelta(0), timedelta(days=30))
contents = st.none() | st.sampled_from(["old-1", "old-2"])


def candidates_of(source: str) -> st.SearchStrategy[Candidate]:
    return st.one_of(
        st.just(found(source)),
        st.builds(trouble, st.just(source), spans, contents),
        st.builds(absent, st.just(source), st.integers(1, 4), spans, contents),
    )


def troubles_of(source: str) -> st.SearchStrategy[Candidate]:
    return st.builds(trouble, st.just(source), spans, contents)


def records(
    candidate: Callable[[str], st.SearchStrategy[Candidate]] = candidates_of,
) -> st.SearchStrategy[TalentRecord]:
    sources = st.lists(st.sampled_from((*PLATFORMS, USER, MANUAL)), unique=True)

    def build(names: list[str]) -> st.SearchStrategy[TalentRecord]:
        parts = st.tuples(*(candidate(name) for name in names))
        shown = st.sampled_from([INITIALS, *names])
        return st.builds(lambda cs, s: record(*cs, shown=s), parts, shown)

    return sources.flatmap(build)


@given(records())
def test_a_lock_is_never_broken(seen: TalentRecord) -> None:
    locked = replace(seen, policy=Policy(lock=Lock("eve", NOW)))
    decision = resolve(locked, RULES, NOW)
    assert (decision.source, decision.content_hash) == (seen.selection.source, seen.selection.content_hash)
    assert decision.keeps_selection
    assert next_source(locked, RULES, NOW, ()) is None


@given(records(troubles_of))
def test_trouble_alone_never_loses_a_picture(seen: TalentRecord) -> None:
    assume(seen.selection.has_picture)
    decision = resolve(seen, RULES, NOW)
    assert (decision.source, decision.content_hash) == (seen.selection.source, seen.selection.content_hash)


@given(records(), st.sampled_from(PLATFORMS))
def test_a_shown_source_that_falls_silent_never_brings_initials(seen: TalentRecord, source: str) -> None:
    """Whatever the other sources say, no picture is lost because one could not be asked."""
    others = [candidate for candidate in seen.candidates.values() if candidate.source != source]
    silent = record(*others, trouble(source, timedelta(days=30), f"hash-{source}"), shown=source)
    assert resolve(silent, RULES, NOW).source != INITIALS


@given(records())
def test_a_higher_source_that_answers_wins(seen: TalentRecord) -> None:
    chain = chain_of(seen.talent, seen.policy, RULES.order)
    assume(chain)
    top = {**seen.candidates, chain[0]: found(chain[0])}
    assert resolve(replace(seen, candidates=top), RULES, NOW).source == chain[0]


@given(records())
def test_initials_only_when_nothing_else_is_left(seen: TalentRecord) -> None:
    if resolve(seen, RULES, NOW).source != INITIALS:
        return
    assert all(candidate.state is not State.FOUND for candidate in seen.candidates.values())
    shown = seen.candidates.get(seen.selection.source)
    if seen.selection.has_picture and shown is not None:
        assert shown.state is State.ABSENT


@given(records())
def test_the_same_facts_give_the_same_answer(seen: TalentRecord) -> None:
    again = replace(seen, candidates=dict(reversed(list(seen.candidates.items()))))
    assert resolve(seen, RULES, NOW) == resolve(again, RULES, NOW)


@given(records())
def test_deciding_twice_changes_nothing_the_second_time(seen: TalentRecord) -> None:
    first = resolve(seen, RULES, NOW)
    url = None if first.source == INITIALS else "https://x"
    after = replace(seen, selection=Selection(first.source, first.content_hash, url))
    second = resolve(after, RULES, NOW)
    assert (second.source, second.content_hash) == (first.source, first.content_hash)


@given(records(), st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001  made aware below
def test_asking_ends_and_every_question_is_new(seen: TalentRecord, moment: datetime) -> None:
    asked: set[str] = set()
    while source := next_source(seen, RULES, moment.replace(tzinfo=NOW.tzinfo), asked):
        assert source not in asked
        asked.add(source)
    assert asked <= set(chain_of(seen.talent, seen.policy, RULES.order))
