"""No wish is lost and none is granted twice: what does not come to something is put back, for its time."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import StoreUnavailable
from talentimg.models import OutcomeKind
from talentimg.repository.memory.working import MemoryWorking
from talentimg.repository.values import normalise
from talentimg.service.lookup.pacing import Pacing
from talentimg.service.run.refresh import LOOK
from talentimg.service.run.wish_queue import AT_ONCE, HELD, PAGE, UNDER_WAY
from talentimg.service.run.wishes import LONGEST_PAUSE, pause_after
from tests.service.test_rate import Clock
from tests.service.test_wishes import Looks, Office, Restarted
from tests.waiting import TIME_LIMIT, until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Account, Wish
    from talentimg.providers.interface import Answer

MINUTE = timedelta(minutes=1)


@pytest.fixture
def office() -> Office:
    return Office()


class Held:
    """A platform that tells nothing of some of its people before the test says so."""

    def __init__(self, office: Office, *handles: str) -> None:
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()
        provider = office.world.providers["instagram"]
        self._answer, self._handles = provider.lookup, handles
        provider.lookup = self._lookup  # type: ignore[method-assign]

    async def _lookup(self, accounts: Sequence[Account]) -> Mapping[str, Answer]:
        if any(account.handle in self._handles for account in accounts):
            self.reached.set()
            await self.go_on.wait()
        return await self._answer(accounts)


def people(office: Office, number: int) -> list[str]:
    """Who has an account of which nothing is known."""
    ids = [f"t{place:03}" for place in range(number)]
    for talent_id in ids:
        office.world.add(talent_id, "instagram")
    return ids


def test_it_is_tried_again_after_twice_as_long_each_time_up_to_a_bound() -> None:
    assert [pause_after(tries) for tries in range(4)] == [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE]
    assert pause_after(8) == 256 * MINUTE
    assert pause_after(9) == pause_after(10**6) == LONGEST_PAUSE == timedelta(hours=6)


# -- several at a time ---------------------------------------------------------------------


async def test_whoever_is_slow_does_not_keep_those_after_them_waiting(office: Office) -> None:
    people(office, 2)
    held = Held(office, "t000")
    office.working.wish(["t000"])
    assert await office.work.turn() == 1
    await held.reached.wait()
    office.working.wish(["t001"])
    assert await office.work.turn() == 1
    assert office.work.in_progress == 2
    await until(lambda: "t001" in office.kinds)
    await until(lambda: office.work.in_progress == 1)
    held.go_on.set()
    await office.work.settled()
    assert (office.work.looked_at, office.work.in_progress, office.waiting()) == (2, 0, 0)


@pytest.mark.parametrize("slow", [PAGE, PAGE + 1])
async def test_while_there_is_no_room_for_a_page_none_is_taken(office: Office, slow: int) -> None:
    ids = people(office, slow + 1)
    held = Held(office, *ids[:slow])
    for some in (ids[:60], ids[60:slow]):
        office.working.wish(some)
        assert await office.work.turn() == len(some)
    await until(lambda: len(office.looks.ours) == slow)
    office.working.wish(ids[slow:])
    assert await office.work.turn() == (1 if slow == AT_ONCE - PAGE else 0)
    held.go_on.set()
    await office.work.settled()
    while await office.turn():
        pass
    assert sorted(office.kinds) == ids


async def test_what_is_done_of_a_flood_is_taken_off_while_it_goes_on(office: Office) -> None:
    """Else another worker takes it up, once it is held no longer."""
    ids = people(office, PAGE + 1)
    held = Held(office, ids[-1])
    office.working.wish(ids)
    await office.work.turn()
    await held.reached.wait()
    await until(lambda: office.work.looked_at == PAGE)
    await until(lambda: office.working.count(office.world.now + HELD).waiting == 1)
    assert (office.waiting(), office.work.in_progress) == (0, 1)
    held.go_on.set()
    await office.work.settled()
    assert office.working.count(office.world.now + HELD).waiting == 0


async def test_a_flood_is_worked_off_in_order_of_age_and_at_the_pace_of_its_platform(office: Office) -> None:
    """By a worker beside another process that asks as well."""
    clock = Clock()
    world, provider = office.world, office.world.providers["instagram"]
    provider.info = replace(provider.info, per_minute=60, concurrency=4)  # type: ignore[misc]
    ids = [f"t{number:03}" for number in range(150)]
    log: list[float] = []
    answer = provider.lookup

    async def noted(accounts: Sequence[Account]) -> Mapping[str, Answer]:
        log.append(clock.now)
        return await answer(accounts)

    provider.lookup = noted  # type: ignore[method-assign]
    for talent_id in ids:
        world.add(talent_id, "instagram")
    office.working.wish(ids)
    began = world.now

    def pacing() -> Pacing:
        now = lambda: began + timedelta(seconds=clock.now)  # noqa: E731
        return Pacing(office.app, now, clock=clock, sleep=clock.sleep)

    office.pacing = pacing()
    other = pacing().pace(provider.info)
    while await office.work.turn():
        for _ in range(20):
            await other.wait_turn()
            log.append(clock.now)
        await office.work.settled()
    assert [handle for handle in provider.asked if handle in ids] == ids
    log.sort()
    assert max(sum(1 for at in log if first <= at < first + 60 - 1e-3) for first in log) <= 60


# -- what comes to nothing -----------------------------------------------------------------


async def test_each_waits_as_long_as_its_own_tries_say(caplog: pytest.LogCaptureFixture) -> None:
    class Closed(Office):
        def open_syncer(self) -> object:  # type: ignore[override]
            raise StoreUnavailable("The pictures are away.")

    closed = Closed()
    people(closed, 2)
    closed.working.wish(["t000"])
    await closed.turn()
    closed.world.pass_time(minutes=1)
    closed.working.wish(["t001"])
    assert await closed.turn() == 2
    waits = {one.wish.talent_id: one for one in closed.working._wishes.values()}
    assert {i: one.wish.tries for i, one in waits.items()} == {"t000": 2, "t001": 1}
    assert {i: one.due_at for i, one in waits.items()} == {
        "t000": normalise(closed.world.now + 2 * MINUTE),
        "t001": normalise(closed.world.now + MINUTE),
    }
    said = "What somebody has changed could not be looked at: The pictures are away."
    assert caplog.messages == [said] * 2


async def test_an_internal_error_ends_neither_the_worker_nor_the_wish(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(Office):
        def open_syncer(self) -> object:  # type: ignore[override]
            raise ZeroDivisionError

    broken = Broken()
    people(broken, 1)
    broken.working.wish(["t000"])
    assert await broken.turn() == 1
    assert caplog.messages == ["An internal error ended the look at what somebody has changed."]
    broken.world.pass_time(minutes=1)
    assert broken.waiting() == 1


async def test_looks_that_ended_while_their_store_was_away_are_ended_once_it_is_back() -> None:
    class Away(Looks):
        is_away = False

        def end_look(self, talent_id: str) -> None:
            if self.is_away:
                raise StoreUnavailable("It is away.")
            super().end_look(talent_id)

    looks = Away()
    office = Office(looks=looks)
    people(office, 1)
    held = Held(office, "t000")
    office.working.wish(["t000"])
    await office.work.turn()
    await held.reached.wait()
    looks.is_away = True
    await office.work.close(grace_s=0)
    await office.turn()
    assert looks.ours == {"t000": office.world.now + LOOK}
    looks.is_away = False
    await office.turn()
    assert looks.ours == {}


async def test_a_wish_that_could_not_be_put_back_as_its_worker_was_interrupted_is_the_next_time() -> None:
    store = Restarted()
    office = Office(working=store)
    people(office, 1)
    held = Held(office, "t000")
    store.wish(["t000"])
    await office.work.turn()
    await held.reached.wait()
    store.is_away = True
    await office.work.close(grace_s=0)
    store.is_away = False
    held.go_on.set()
    assert await office.turn() == 1, "nobody waits until it is held no longer"
    assert (office.work.looked_at, office.waiting()) == (1, 0)


async def test_a_look_with_a_result_is_ended_by_that(office: Office) -> None:
    people(office, 1)
    office.working.wish(["t000"])
    await office.turn()
    assert office.looks.ours == {"t000": office.world.now + LOOK}, "the store of this test is not told"


async def test_a_store_that_was_away_as_another_process_looked_keeps_the_wish() -> None:
    class Once(MemoryWorking):
        was_away = False

        def put_back(self, wishes: Sequence[Wish], due_at: datetime) -> None:
            if wishes and not self.was_away:
                self.was_away = True
                raise StoreUnavailable("It is away.")
            super().put_back(wishes, due_at)

    office = Office(working=Once())
    people(office, 1)
    office.looks.theirs["t000"] = office.world.now + MINUTE
    office.working.wish(["t000"])
    assert await office.turn() == 1
    office.world.pass_time(minutes=1)
    assert await office.turn() == 1, "nobody waits until it is held no longer"
    assert "t000" in office.kinds


# -- the end of a worker -------------------------------------------------------------------


async def test_a_worker_with_nothing_to_do_ends_at_once(office: Office) -> None:
    await office.work.close(grace_s=TIME_LIMIT)
    assert office.work.in_progress == 0


async def test_what_ends_in_time_is_not_broken_off(office: Office) -> None:
    people(office, 1)
    held = Held(office, "t000")
    office.working.wish(["t000"])
    await office.work.turn()
    await held.reached.wait()
    ending = asyncio.create_task(office.work.close(grace_s=TIME_LIMIT))
    await asyncio.sleep(0)
    held.go_on.set()
    await ending
    assert (office.work.looked_at, office.working.count(office.world.now + HELD).waiting) == (1, 0)


# -- for an engine of jobs -----------------------------------------------------------------


async def test_a_wish_that_an_engine_keeps_is_granted_once(office: Office) -> None:
    people(office, 1)
    office.world.offers("instagram", "t000", 1)
    assert await office.work.grant("t000", 0) is None
    assert office.kinds == {"t000": OutcomeKind.UPDATED}
    asked = office.asked()
    assert await office.work.grant("t000", 0) is None
    assert await office.work.grant("nobody", 0) is None
    assert (office.asked(), office.work.looked_at, office.work.in_progress) == (asked, 1, 0)


async def test_the_engine_is_told_when_to_try_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    people(office, 1)
    office.looks.theirs["t000"] = office.world.now + MINUTE
    assert await office.work.grant("t000", 3) == office.world.now + UNDER_WAY
    office.looks.theirs.clear()

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("It is away.")

    monkeypatch.setattr(office.app, "save", away)
    assert await office.work.grant("t000", 3) == office.world.now + pause_after(3)
    assert (office.looks.ours, office.work.in_progress) == ({}, 0)


async def test_what_an_engine_keeps_is_under_way_as_any_other(office: Office) -> None:
    people(office, 1)
    held = Held(office, "t000")
    granting = asyncio.create_task(office.work.grant("t000", 0))
    await held.reached.wait()
    assert office.work.in_progress == 1
    held.go_on.set()
    await granting
    assert office.work.in_progress == 0


# -- pictures that stay --------------------------------------------------------------------


async def test_that_pictures_stay_is_said_once_with_why(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    ids = people(office, 12)
    for number, talent_id in enumerate(ids):
        office.world.offers("instagram", talent_id, number)
    await office.world.run()
    for talent_id in ids:
        office.world.lacks("instagram", talent_id)
    with caplog.at_level(logging.WARNING, "talentimg.wishes"):
        for _ in range(2):
            office.world.pass_time(days=2)
            office.working.wish(ids)
            await office.turn()
    (said,) = caplog.messages
    assert said.startswith("Pictures stay that would go. ")
    assert "in one day, as somebody has changed something" in said
    assert {office.app.load(talent_id).selection.source for talent_id in ids} == {"instagram"}


async def test_those_who_keep_their_picture_count_for_their_day(office: Office) -> None:
    """A tenth of them may lose it later."""
    ids = people(office, 3)
    for number, talent_id in enumerate(ids):
        office.world.offers("instagram", talent_id, number)
    await office.world.run()
    office.world.pass_time(days=1)
    office.working.wish(ids)
    await office.turn()
    assert office.working.add_counts(f"{office.world.now:%Y-%m-%d}", {}) == {"instagram": (3, 0)}
