"""What `show --why` says of each source, sentence by sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models import INITIALS, MANUAL, USER, Lock, OptOut, Order, Policy, Reason, Selection, State
from talentimg.service.decision.chain import Verdict
from talentimg.service.decision.explain import HELD_BACK, NOT_ASKED_SINCE, explain
from tests.conftest import NOW
from tests.service.test_chain import RULES, absent, found, record, talent, trouble

if TYPE_CHECKING:
    from talentimg.models import Candidate, TalentRecord

LAST = "No other source has a picture."
BELOW = "Not needed: a source above it decided."
LOCKED = "A person locked the picture; no source is asked."
OPTED_OUT = "The talent opted out; no source is asked."
DAYS = timedelta(days=8)
WINS, HOLDS, WAITS, PASSES = Verdict.WINS, Verdict.HOLDS, Verdict.WAITS, Verdict.PASSES


def told(seen: TalentRecord) -> list[tuple[str, Verdict | None, str]]:
    return [(step.source, step.verdict, step.why) for step in explain(seen, RULES, NOW)]


def why(seen: TalentRecord, source: str = "instagram") -> tuple[Verdict | None, str]:
    (step,) = (step for step in explain(seen, RULES, NOW) if step.source == source)
    assert step.candidate == seen.candidates.get(source)
    return step.verdict, step.why


def silent(since: timedelta = timedelta(hours=1), detail: str | None = None) -> Candidate:
    return replace(trouble("instagram", since, "hash-instagram"), detail=detail)


# -- the whole walk ---------------------------------------------------------------------


def test_a_source_that_answers_wins_and_those_below_are_not_needed() -> None:
    assert told(record(absent("instagram"), found("tiktok"), trouble("youtube"))) == [
        ("instagram", PASSES, "Not found. Seen 1x."),
        ("tiktok", WINS, "Offers a good picture."),
        ("youtube", None, BELOW),
        (INITIALS, None, BELOW),
    ]


def test_without_any_picture_it_is_initials() -> None:
    assert told(record(absent("instagram"), trouble("tiktok"))) == [
        ("instagram", PASSES, "Not found. Seen 1x."),
        ("tiktok", PASSES, "Timeout (no answer since 2026-11-24 01:00 UTC)"),
        (INITIALS, WINS, LAST),
    ]


def test_a_shown_picture_that_stays_decides() -> None:
    assert told(record(silent(), found("tiktok"), shown="instagram")) == [
        ("instagram", HOLDS, "Timeout (no answer since 2026-11-24 01:00 UTC) The picture stays."),
        ("tiktok", None, BELOW),
        (INITIALS, None, BELOW),
    ]


def test_a_picture_of_a_source_that_is_silent_for_long_stays_above_initials() -> None:
    waits = "Timeout (no answer since 2026-11-16 02:00 UTC) The picture stays until a lower source has one."
    seen = record(silent(DAYS), absent("tiktok"), shown="instagram")
    assert told(seen) == [
        ("instagram", WAITS, waits),
        ("tiktok", PASSES, "Not found. Seen 1x."),
        (INITIALS, PASSES, "Ranks below what is shown."),
    ]


def test_the_older_picture_of_a_silent_source_wins_where_there_is_no_other() -> None:
    remembered = (
        "Timeout (no answer since 2026-11-24 01:00 UTC)"
        " No other source answered either, so the older picture is shown."
    )
    assert told(record(silent(), absent("tiktok"))) == [
        ("instagram", WINS, remembered),
        ("tiktok", None, BELOW),
        (INITIALS, None, BELOW),
    ]


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [(Policy(lock=Lock("eve", NOW)), LOCKED), (Policy(opt_outs=(OptOut(),)), OPTED_OUT)],
    ids=["lock", "opt-out"],
)
def test_what_a_person_decided_is_said_at_every_source(policy: Policy, sentence: str) -> None:
    seen = record(found("instagram"), trouble("tiktok"), shown="tiktok", policy=policy)
    assert told(seen) == [(source, None, sentence) for source in ("instagram", "tiktok", INITIALS)]


def test_the_order_is_that_of_the_chain_and_a_choice_by_hand_is_told_only_where_there_is_one() -> None:
    seen = record(
        found("instagram"), found(USER), found(MANUAL), policy=Policy(order=Order((USER, "instagram")))
    )
    assert [step.source for step in explain(seen, RULES, NOW)] == [USER, "instagram", MANUAL, INITIALS]
    without = record(found("instagram"), found(USER))
    assert [step.source for step in explain(without, RULES, NOW)] == ["instagram", USER, INITIALS]


# -- one source -------------------------------------------------------------------------


def test_a_detail_is_told_with_the_picture() -> None:
    assert why(record(replace(found("instagram"), detail="Cut anew."))) == (
        WINS,
        "Offers a good picture. Cut anew.",
    )


def test_a_source_that_was_never_asked_says_so_and_keeps_what_is_shown() -> None:
    shown = Selection("instagram", "hash", "https://x/instagram")
    new = replace(record(), talent=talent("instagram"))
    assert why(new) == (PASSES, "Not asked yet.")
    assert why(replace(new, selection=shown)) == (HOLDS, "Never asked; what is shown stays.")


@pytest.mark.parametrize(
    ("times", "span", "verdict", "sentence"),
    [
        (1, timedelta(0), HOLDS, "Seen 1x; the picture stays until this is confirmed."),
        (3, timedelta(hours=1), HOLDS, "Seen 3x; the picture stays until this is confirmed."),
        (2, timedelta(hours=20), PASSES, f"Seen 2x. {HELD_BACK}"),
    ],
)
def test_an_absence_tells_how_often_it_was_seen(
    times: int, span: timedelta, verdict: Verdict, sentence: str
) -> None:
    gone = replace(absent("instagram", times, span), detail="There is no such account.")
    seen = record(gone, found("tiktok"), shown="instagram")
    assert why(seen) == (verdict, f"There is no such account. {sentence}")


def test_only_what_is_shown_is_held_back() -> None:
    gone = absent("instagram", 2, timedelta(hours=20))
    assert why(record(gone, found("tiktok"), shown="tiktok")) == (PASSES, "Not found. Seen 2x.")
    assert why(record(gone)) == (PASSES, "Not found. Seen 2x.")
    below = record(found("instagram"), absent("tiktok", 2, timedelta(hours=20)), shown="tiktok")
    assert why(below, "tiktok") == (None, BELOW)


def test_trouble_is_told_in_its_own_words_and_else_by_its_kind() -> None:
    since = "(no answer since 2026-11-24 01:00 UTC) The picture stays."
    shown = "instagram"
    assert why(record(silent(detail="It wants a login."), shown=shown))[1] == f"It wants a login. {since}"
    named = replace(silent(), reason=Reason.BAD_JSON)
    assert why(record(named, shown=shown))[1] == f"Bad json {since}"
    nameless = replace(silent(), reason=None)
    assert why(record(nameless, shown=shown))[1] == f"Trouble {since}"


def test_trouble_without_a_beginning_began_with_the_last_look() -> None:
    checked = replace(silent(), trouble_since=None, checked_at=NOW - timedelta(minutes=90))
    assert "since 2026-11-24 00:30 UTC" in why(record(checked, shown="instagram"))[1]
    never = replace(checked, checked_at=None)
    assert "since 2026-11-24 02:00 UTC" in why(record(never, shown="instagram"))[1]


def test_what_was_learnt_of_another_handle_is_told_as_outdated() -> None:
    seen = record(found("tiktok"), shown="tiktok")
    outdated = replace(seen, talent=talent("instagram", "tiktok"), outdated=frozenset({"instagram"}))
    assert why(outdated) == (PASSES, NOT_ASKED_SINCE)
    below = replace(seen, talent=talent("tiktok", "youtube"), outdated=frozenset({"youtube"}))
    assert why(below, "youtube") == (None, BELOW)


def test_a_found_source_without_a_picture_is_no_winner() -> None:
    empty = replace(found("instagram"), content_hash=None, state=State.FOUND)
    assert why(record(empty, found("tiktok")))[0] is PASSES
