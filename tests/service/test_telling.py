"""What a run leaves behind of people: who had trouble and why, and whose picture is new; bounded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import StoreUnavailable
from talentimg.models import (
    Attempt,
    Freshness,
    Outage,
    Outcome,
    OutcomeKind,
    PlatformCount,
    Reason,
    RetractedOutcome,
    Run,
    RunTalent,
    State,
)
from talentimg.repository.memory import MemoryRepository
from talentimg.service.run.nights import PlatformNight, freshness_of, rate_of, success_of
from talentimg.service.run.outages import outages_of
from talentimg.service.run.records import RunRecords
from talentimg.service.run.tally import Tally
from talentimg.service.run.telling import MOST, Telling
from talentimg.wording import advice, outage
from tests.conftest import NOW
from tests.repository.builders import talent
from tests.service.test_nightly import Bench

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

DAY = timedelta(days=1)
RUN = Run("r1", NOW, "night-1", 4711)


def updated(talent_id: str = "ada", new: str = "new", old: str | None = "old") -> Outcome:
    return Outcome(
        talent_id, "Ada", OutcomeKind.UPDATED, "tiktok", "bluesky", content_hash=new, previous_hash=old
    )


def failed(talent_id: str = "bob", reason: Reason = Reason.THROTTLED) -> Outcome:
    attempts = (
        Attempt("user", State.ABSENT, Reason.NO_PICTURE),
        Attempt("tiktok", State.TROUBLE, reason, "TikTok wants a pause."),
    )
    return Outcome(
        talent_id,
        "Bob",
        OutcomeKind.FAILED,
        "initials",
        "initials",
        reason,
        "TikTok wants a pause.",
        attempts=attempts,
    )


class Fragile(MemoryRepository):
    """A store that is away for a while."""

    is_away = False

    def note_talents(
        self, run_id: str, talents: Sequence[RunTalent], *, settled: Collection[str] = ()
    ) -> None:
        if self.is_away:
            raise StoreUnavailable("It is away.")
        super().note_talents(run_id, talents, settled=settled)


@pytest.fixture
def store() -> Fragile:
    repository = Fragile()
    repository.add([talent("ada"), talent("bob")], NOW)
    repository.save_run(RUN)
    return repository


@pytest.fixture
def telling(store: Fragile) -> Telling:
    return Telling(RunRecords(store, lambda: NOW))


async def test_who_failed_is_told_with_the_source_that_failed_and_whose_picture_is_new_with_both(
    store: Fragile, telling: Telling
) -> None:
    for outcome in (updated(), failed()):
        telling.add(outcome)
    await telling.write("r1")
    new, trouble = store.noted_talents(["r1"])
    assert new == RunTalent(
        "ada", OutcomeKind.UPDATED, "tiktok", "bluesky", content_hash="new", previous_hash="old"
    )
    assert (trouble.source, trouble.reason, trouble.detail) == (
        "tiktok",
        Reason.THROTTLED,
        "TikTok wants a pause.",
    )
    assert (telling.troubled, telling.new_pictures) == (1, 1)
    assert new.has_new_picture
    assert not new.is_trouble
    assert trouble.is_trouble


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome("ada", "Ada", OutcomeKind.UNCHANGED, "tiktok", "tiktok", content_hash="h", previous_hash="h"),
        Outcome("ada", "Ada", OutcomeKind.KEPT, "tiktok", "tiktok", Reason.NOT_FOUND, "Not confirmed yet."),
        Outcome("ada", "Ada", OutcomeKind.KEPT, "tiktok", "tiktok", Reason.REVIEW, "It waits."),
        Outcome("ada", "Ada", OutcomeKind.LOCKED, "manual", "manual"),
    ],
)
def test_what_is_as_it_should_be_is_not_told(store: Fragile, telling: Telling, outcome: Outcome) -> None:
    telling.add(outcome)
    telling.write_now("r1")
    assert store.noted_talents(["r1"]) == []
    assert (telling.troubled, telling.new_pictures) == (0, 0)


def test_an_outcome_in_place_of_another_is_told_from_what_was_shown_before_both(
    store: Fragile, telling: Telling
) -> None:
    telling.add(updated())
    telling.write_now("r1")
    anew = replace(
        updated(new="newer", old="new"), instead_of=RetractedOutcome(OutcomeKind.UPDATED, "tiktok")
    )
    telling.add(anew)
    telling.write_now("r1")
    assert [(one.previous_hash, one.content_hash) for one in store.noted_talents(["r1"])] == [
        ("old", "newer")
    ]
    telling.add(replace(anew, kind=OutcomeKind.UNCHANGED, content_hash="old", previous_hash="newer"))
    telling.write_now("r1")
    assert store.noted_talents(["r1"]) == []
    assert telling.new_pictures == 0


def test_more_than_are_told_are_counted(store: Fragile, telling: Telling) -> None:
    ids = [f"t{number:03}" for number in range(MOST + 5)]
    store.add([talent(one) for one in ids], NOW)
    for one in ids:
        telling.add(failed(one))
    telling.add(updated())
    telling.write_now("r1")
    assert [one.talent_id for one in store.noted_talents(["r1"])] == ["ada", *ids[:MOST]]
    assert (telling.troubled, telling.new_pictures) == (MOST + 5, 1)


def test_a_store_that_is_away_is_told_the_next_time(store: Fragile, telling: Telling) -> None:
    telling.add(failed())
    store.is_away = True
    telling.write_now("r1")
    telling.add(updated())
    store.is_away = False
    telling.write_now("r1")
    assert [one.talent_id for one in store.noted_talents(["r1"])] == ["ada", "bob"]


async def test_a_night_leaves_what_it_has_to_tell_and_how_fresh_the_roster_is() -> None:
    bench = Bench()
    bench.people(2)
    bench.world.add("silent", "instagram")
    bench.world.fails("instagram", "silent")
    await bench.night()
    repository, record = bench.world.repository, bench.record()
    told = {one.talent_id: one for one in repository.noted_talents([record.id])}
    assert told.keys() == {"t0", "t1", "silent"}
    assert told["t0"].has_new_picture
    assert (told["silent"].kind, told["silent"].reason) == (OutcomeKind.FAILED, Reason.TIMEOUT)
    assert (record.troubled, record.new_pictures) == (1, 2)
    assert record.freshness == Freshness(3, 0, bench.world.now)
    assert record.outages == (), "others were answered"


async def test_a_platform_that_answers_nobody_is_told_once_with_since_when() -> None:
    bench = Bench()
    for number in range(4):
        bench.world.add(f"t{number}", "instagram")
        bench.world.fails("instagram", f"t{number}")
    began = bench.world.now
    await bench.night()
    bench.world.now += DAY
    await bench.night()
    (told,) = bench.record().outages
    assert told == Outage("instagram", 4, began, Reason.TIMEOUT)
    assert "instagram has answered nobody since 2" in outage(told)
    assert "4 people" in outage(told)
    assert "reaches the internet" in advice(told)


# -- outages and nights ---------------------------------------------------------------------


def test_too_few_people_or_trouble_of_their_own_are_no_outage() -> None:
    tally = Tally()
    for number in range(2):
        tally.add(failed(f"t{number}"))
    for number in range(9):
        tally.add(failed(f"u{number}", Reason.NO_TOKEN))
    assert tally.unanswered == {}
    tally.add(failed("t3", Reason.TIMEOUT))
    assert tally.unanswered == {"tiktok": (3, Reason.THROTTLED)}
    tally.add(Outcome("x", "X", OutcomeKind.UNCHANGED, "", "", attempts=(Attempt("tiktok", State.ABSENT),)))
    assert tally.unanswered == {}, "that there is nothing is an answer"


def at(days: int, found: int, trouble: int, platform: str = "tiktok") -> Run:
    began = NOW + timedelta(days=days)
    return replace(
        RUN,
        id=f"r{days}",
        started_at=began,
        platforms={platform: PlatformCount(found=found, trouble=trouble)},
    )


def test_an_outage_is_as_old_as_the_runs_in_a_row_that_had_no_answer() -> None:
    earlier = [at(-1, 0, 9), at(-2, 4, 0, "bluesky"), at(-3, 0, 9), at(-4, 1, 9), at(-5, 0, 9)]
    (told,) = outages_of(NOW, {"tiktok": (9, Reason.STATUS)}, earlier)
    assert told.since == NOW - 3 * DAY
    assert outages_of(NOW, {"tiktok": (9, Reason.STATUS)}, [])[0].since == NOW


def test_the_platform_that_most_people_miss_is_told_first() -> None:
    missed = {
        "tiktok": (3, Reason.STATUS),
        "instagram": (9, Reason.TIMEOUT),
        "bluesky": (9, Reason.DNS),
    }
    assert [(one.source, one.talents, one.reason) for one in outages_of(NOW, missed, [])] == [
        ("bluesky", 9, Reason.DNS),
        ("instagram", 9, Reason.TIMEOUT),
        ("tiktok", 3, Reason.STATUS),
    ]


@given(
    st.lists(st.tuples(st.integers(-9, 0), st.integers(0, 9), st.integers(0, 9)), max_size=20),
    st.integers(1, 30),
)
def test_success_counts_every_look_of_its_days_once(nights: list[tuple[int, int, int]], days: int) -> None:
    told = success_of("tiktok", [at(*night) for night in nights], NOW, days)
    inside = [night for night in nights if night[0] > -days]
    assert len(told) == days
    assert [one.day for one in told] == sorted({one.day for one in told})
    assert sum(one.answered for one in told) == sum(found for _, found, _ in inside)
    assert sum(one.asked for one in told) == sum(found + trouble for _, found, trouble in inside)
    rate = rate_of(told)
    assert rate is None or 0 <= rate <= 1


def test_a_platform_that_nobody_has_asked_has_no_rate() -> None:
    told = success_of("tiktok", [], NOW)
    assert told[-1] == PlatformNight(NOW.date())
    assert rate_of(told) is None


def test_the_last_run_of_a_day_that_has_counted_tells_how_fresh_the_roster_was() -> None:
    fresh = Freshness(9, 1, NOW)
    late = replace(RUN, id="late", freshness=fresh)
    early = replace(RUN, id="early", started_at=NOW - timedelta(hours=1), freshness=Freshness(1, 9))
    uncounted = replace(RUN, id="uncounted", started_at=NOW + timedelta(hours=1))
    yesterday, today = freshness_of([uncounted, late, early], NOW, 2)
    assert (yesterday.freshness, yesterday.run) == (None, None)
    assert (today.freshness, today.run) == (fresh, late)
