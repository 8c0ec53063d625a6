"""The safety valve: how many pictures one night may take away."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.models import OutcomeKind
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.memory.working import MemoryWorking
from talentimg.service.run.day_valve import DayValve
from talentimg.service.run.night_valve import LATELY
from talentimg.service.run.valve import Valve
from tests.conftest import NOW
from tests.service.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def seen(valve: Valve, source: str, *, shown: int, lost: int) -> None:
    for number in range(shown):
        valve.count(f"{source} {number}", source, lost=number < lost)


@pytest.mark.parametrize(
    ("shown", "lost", "is_exceeded"),
    [
        (5, 5, False),
        (6, 6, True),
        (50, 5, False),
        (50, 6, True),
        (200, 20, False),
        (200, 21, True),
        (209, 21, True),
        (210, 21, False),
    ],
)
def test_five_or_a_tenth_may_be_lost(shown: int, lost: int, is_exceeded: bool) -> None:
    valve = Valve()
    seen(valve, "instagram", shown=shown, lost=lost)
    assert (valve.exceeded() is not None) is is_exceeded


def test_a_single_platform_can_shut_it() -> None:
    valve = Valve()
    seen(valve, "instagram", shown=300, lost=0)
    seen(valve, "tiktok", shown=30, lost=6)
    error = valve.exceeded()
    assert error is not None
    assert (error.source, error.losses, error.shown, error.allowed) == ("tiktok", 6, 30, 5)
    assert error.sentence == (
        "6 of 30 pictures from tiktok would be taken away in one run, and at most 5 may be: "
        "all of these talents keep theirs."
    )


def test_several_platforms_together_can_shut_it() -> None:
    valve = Valve()
    for source in ("instagram", "tiktok", "youtube"):
        seen(valve, source, shown=20, lost=3)
    error = valve.exceeded()
    assert error is not None
    assert (error.source, error.losses, error.allowed) == (None, 9, 6)
    seen(valve, "bluesky", shown=30, lost=6)
    error = valve.exceeded()
    assert error is not None
    assert "15" in (error.hint or ""), "what a person has to allow is all of it"


def test_whoever_loses_a_picture_after_having_been_counted_is_not_counted_twice() -> None:
    valve = Valve()
    seen(valve, "instagram", shown=59, lost=0)
    for number in range(6):
        valve.count(f"instagram {number}", "instagram", lost=True, again=True)
    error = valve.exceeded()
    assert error is not None
    assert (error.losses, error.shown) == (6, 59)


def test_a_person_can_allow_more_but_not_less() -> None:
    for allowed, is_exceeded in ((8, False), (7, True), (0, True)):
        valve = Valve(allowed)
        seen(valve, "instagram", shown=20, lost=8)
        assert (valve.exceeded() is not None) is is_exceeded
    valve = Valve(0)
    seen(valve, "instagram", shown=20, lost=5)
    assert valve.exceeded() is None


def test_a_talent_looked_at_twice_counts_once() -> None:
    valve = Valve()
    for _ in range(2):
        seen(valve, "instagram", shown=5, lost=5)
    assert valve.exceeded() is None


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.booleans()), max_size=200))
def test_it_never_allows_more_losses_than_it_says(night: list[tuple[str, bool]]) -> None:
    valve = Valve()
    for number, (source, lost) in enumerate(night):
        valve.count(str(number), source, lost=lost)
    if valve.exceeded() is None:
        assert sum(lost for _, lost in night) <= max(5, len(night) // 10)


async def test_a_list_of_talents_goes_through_the_valve_as_one() -> None:
    """As many as a script may hand over in one call, one platform being wrong about all."""
    world, people = World(), [f"talent{number}" for number in range(8)]
    for seed, talent_id in enumerate(people):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, seed)
    await _all(world, people)
    for talent_id in people:
        world.lacks("instagram", talent_id)
    world.pass_time(days=1)
    assert await _all(world, people) == ({OutcomeKind.KEPT}, False), "an absence is seen twice"
    world.pass_time(days=1)
    assert await _all(world, people) == ({OutcomeKind.KEPT}, True)
    assert await _all(world, people, allow_losses=8) == ({OutcomeKind.DEMOTED}, False)


async def _all(
    world: World, people: list[str], allow_losses: int | None = None
) -> tuple[set[OutcomeKind], bool]:
    many = world.syncer().sync_many(people, allow_losses=allow_losses)
    return {outcome.kind async for outcome in many}, many.exceeded is not None


BATCHES = st.lists(
    st.tuples(st.sampled_from(["instagram", "tiktok"]), st.integers(0, 40), st.integers(0, 40)), max_size=12
)


@given(batches=BATCHES)
def test_however_a_day_is_cut_into_batches_no_more_is_lost_than_a_run_may(
    batches: list[tuple[str, int, int]],
) -> None:
    wishes = MemoryWorking()
    shown: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for source, of, most in batches:
        valve = DayValve(wishes, MemoryRepository(), lambda: NOW)
        losses = min(most, of)
        seen(valve, source, shown=of, lost=losses)
        shown[source] += of
        if losses and valve.exceeded() is None:
            lost[source] += losses
        valve.settle()
        assert lost.total() <= max(5, shown.total() // 10)
        assert all(lost[one] <= max(5, shown[one] // 10) for one in lost)


def test_another_day_counts_anew() -> None:
    wishes = MemoryWorking()
    for day in range(3):
        told = []
        for _ in range(2):
            valve = DayValve(wishes, MemoryRepository(), lambda: NOW + timedelta(days=day))  # noqa: B023  at once
            seen(valve, "instagram", shown=5, lost=5)
            told.append(valve.exceeded())
        assert told[0] is None
        assert told[1] is not None
        assert "taken away in one day, as somebody has changed something, " in told[1].sentence


def test_what_is_refused_is_no_loss_of_the_day_and_takes_none_off_it() -> None:
    wishes = MemoryWorking()
    told = []
    for lost in (4, 3, 2, 1):
        valve = DayValve(wishes, MemoryRepository(), lambda: NOW)
        seen(valve, "instagram", shown=5, lost=lost)
        told.append(valve.exceeded() is None)
    assert told == [True, False, False, True]


class Absences(MemoryRepository):
    """A platform has said of many of its people that they are not there."""

    def absences(self, sources: Sequence[str], since: datetime) -> dict[str, tuple[int, int]]:
        assert since == NOW - LATELY
        return {source: (20, 10) for source in sources if source == "instagram"}


def test_a_platform_that_knows_many_no_more_is_not_believed_in_whatever_batches() -> None:
    wishes, told = MemoryWorking(), []
    for source in ("instagram", "tiktok"):
        valve = DayValve(wishes, Absences(), lambda: NOW)
        seen(valve, source, shown=5, lost=1)
        told.append(valve.exceeded())
    assert told[0] is not None
    assert "taken away in this run and the next ones, " in told[0].sentence
    assert told[1] is None


def test_what_was_lost_on_another_day_is_no_loss_of_this_one() -> None:
    wishes = MemoryWorking()
    for day in range(3):
        valve = DayValve(wishes, MemoryRepository(), lambda: NOW + timedelta(days=day))  # noqa: B023  at once
        seen(valve, "instagram", shown=5, lost=3)
        assert valve.exceeded() is None
