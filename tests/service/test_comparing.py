"""Where nothing tells what the app has changed: it is found all the same, and nobody is wished for twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import StoreUnavailable
from talentimg.repository.interface import NewAccount
from talentimg.repository.memory.working import MemoryWorking
from talentimg.service.run.comparing import PAGE, PAUSE_PER_PAGE, PAUSE_S, ROUNDS_S, TOLD_S, Comparison
from tests.service.test_rate import Clock
from tests.service.test_wishes import Office
from tests.the_app import SharedMemory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from talentimg.models import TalentRecord


@pytest.fixture
def office() -> Office:
    return Office()


def comparison(office: Office) -> Comparison:
    async def sleep(_: float) -> None:
        await asyncio.sleep(0)

    rules = office.world.resolver().rules
    return Comparison(
        repository=office.app, wishes=office.working, rules=rules, now=lambda: office.world.now, sleep=sleep
    )


async def test_comparing_finds_what_the_app_has_changed(office: Office) -> None:
    for number, talent_id in enumerate(("ada", "bob", "cid", "dan")):
        office.world.add(talent_id, "instagram", avatar=f"https://a.example/{talent_id}.png")
        office.world.offers("instagram", talent_id, number)
    await office.world.run()
    compared = comparison(office)
    assert await compared.round() == 0
    office.app.write_handle("ada", "instagram", "other")
    office.app.write_connected("bob", "instagram", False)
    assert await compared.round() == 2
    assert await compared.round() == 0, "nobody is wished for twice because of the same"
    office.app.write_handle("ada", "instagram", "third")
    assert await compared.round() == 1
    await office.turn()
    assert set(office.kinds) == {"ada", "bob"}
    assert await compared.round() == 0


async def test_those_never_looked_at_are_left_to_the_nights_unless_they_are_new(
    office: Office,
) -> None:
    office.world.add("ada", "instagram")
    compared = comparison(office)
    assert await compared.round() == 0
    office.world.add("bob", "instagram")
    assert await compared.round() == 1
    await office.turn()
    assert set(office.kinds) == {"bob"}


async def test_what_was_changed_while_no_worker_lived_is_found_by_the_first_round(office: Office) -> None:
    office.world.add("ada", "instagram")
    office.world.offers("instagram", "ada", 1)
    await office.world.run()
    office.app.write_handle("ada", "instagram", "other")
    assert await comparison(office).round() == 1


async def test_whoever_is_asked_for_as_before_again_is_forgotten(office: Office) -> None:
    office.world.add("ada", "instagram")
    office.world.offers("instagram", "ada", 1)
    await office.world.run()
    compared = comparison(office)
    for handle, found in (("other", 1), ("ada", 0), ("other", 1)):
        office.app.write_handle("ada", "instagram", handle)
        assert await compared.round() == found


async def test_an_avatar_and_each_account_are_compared(office: Office) -> None:
    office.world.add("ada", "instagram", "tiktok", avatar="https://a.example/1")
    await office.world.run()
    compared = comparison(office)
    changes: list[Callable[[], None]] = [
        lambda: office.app.write_handle("ada", "tiktok", "other"),
        lambda: office.app.write_avatar("ada", "https://a.example/2"),
        lambda: office.app.write_avatar("ada", "https://a.example/3"),
        lambda: office.app.write_handle("ada", "instagram", "third"),
        lambda: office.app.write_handle("ada", "tiktok", "fourth"),
    ]
    for change in changes:
        change()
        assert [await compared.round(), await compared.round()] == [1, 0]


async def test_who_was_left_to_the_nights_is_wished_for_when_somebody_changes_them(office: Office) -> None:
    office.world.add("ada", "instagram")
    compared = comparison(office)
    assert [await compared.round(), await compared.round()] == [0, 0]
    office.app.write_handle("ada", "instagram", "other")
    assert await compared.round() == 1


class Distant(SharedMemory):
    """A roster that takes two seconds for a page."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()

    def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
        self.clock.now += 2
        return super().load_many(talent_ids)


async def test_all_pages_of_a_roster_are_looked_through_a_tenth_of_the_time() -> None:
    app = Distant()
    office, slept = Office(app=app), []
    ids = [f"t{number:03}" for number in range(PAGE + 1)]
    for talent_id in ids:
        office.world.add(talent_id)

    async def sleep(span: float) -> None:
        slept.append(span)

    compared = Comparison(
        repository=app,
        wishes=office.working,
        rules=office.world.resolver().rules,
        now=lambda: office.world.now,
        sleep=sleep,
        clock=app.clock,
    )
    assert await compared.round() == 0
    for talent_id in (ids[0], ids[-1]):
        app.connect(talent_id, NewAccount("instagram", talent_id), office.world.now)
    slept.clear()
    assert await compared.round() == office.waiting() == 2
    assert slept == [2 * PAUSE_PER_PAGE] * 2


class Forgetful(MemoryWorking):
    """Where no wish can be kept so many times."""

    def __init__(self, away: int) -> None:
        super().__init__()
        self.away = away

    def wish(self, talent_ids: Sequence[str]) -> None:
        if talent_ids and self.away:
            self.away -= 1
            raise StoreUnavailable("It is away.")
        super().wish(talent_ids)


async def test_what_could_not_be_wished_for_is_wished_for_the_next_time() -> None:
    office = Office(working=Forgetful(away=1))
    office.world.add("ada", "instagram")
    office.world.offers("instagram", "ada", 1)
    await office.world.run()
    compared = comparison(office)
    office.app.write_handle("ada", "instagram", "other")
    with pytest.raises(StoreUnavailable):
        await compared.round()
    assert await compared.round() == office.waiting() == 1
    assert await compared.round() == 0


class Hearsay(MemoryWorking):
    """What it says of the app's writes, each time that it is asked; at the end always the last."""

    def __init__(self, *stamps: int | None, told: Sequence[bool] = (False,)) -> None:
        super().__init__()
        self.stamps, self.told = list(stamps), list(told)

    def is_told(self) -> bool:
        return self.told.pop(0) if len(self.told) > 1 else self.told[0]

    def stamp(self) -> int | None:
        return self.stamps.pop(0) if len(self.stamps) > 1 else self.stamps[0]


@pytest.mark.parametrize(
    ("stamps", "told", "rounds"),
    [
        ([None], [False], [0, 1, 2, 3, 4]),
        ([1], [False], [0]),
        ([1, 1, 2], [False], [0, 2]),
        ([1, 1, 2, 1], [False], [0, 2, 3]),
        ([1], [True], []),
        ([1], [True, True, False, True], [2]),
    ],
)
async def test_it_compares_only_when_somebody_has_written_and_nobody_tells(
    stamps: list[int | None], told: list[bool], rounds: list[int]
) -> None:
    pauses = [TOLD_S if is_told else PAUSE_S for is_told in [*told, *([told[-1]] * 5)][:5]]
    assert await going_on(Hearsay(*stamps, told=told)) == (rounds, pauses)


async def test_a_round_that_failed_was_none() -> None:
    assert await going_on(Hearsay(1), away=2) == ([0, 1, 2], [PAUSE_S] * 5)


@pytest.mark.parametrize(("passes_s", "rounds"), [(ROUNDS_S, [0, 2, 4]), (ROUNDS_S + 1, [0, 1, 2, 3, 4])])
async def test_it_compares_once_an_hour_all_the_same(passes_s: float, rounds: list[int]) -> None:
    compared_at, _ = await going_on(Hearsay(1), passes_s=passes_s)
    assert compared_at == rounds


async def going_on(
    working: MemoryWorking, *, away: int = 0, passes_s: float = 0.0
) -> tuple[list[int], list[float]]:
    """After which of its first five pauses it compared, and how long those were.

    Args:
        working: tells what is written.
        away: so many of its rounds fail.
        passes_s: how much time goes by in a pause.
    """
    office, clock = Office(working=working), Clock()
    slept: list[float] = []
    compared_at: list[int] = []

    class Rounds(Comparison):
        async def round(self) -> int:
            compared_at.append(len(slept))
            if len(compared_at) <= away:
                raise StoreUnavailable("It is away.")
            return 0

    async def sleep(span: float) -> None:
        slept.append(span)
        clock.now += passes_s
        if len(slept) == 5:
            raise asyncio.CancelledError

    compared = Rounds(
        repository=office.app,
        wishes=working,
        rules=office.world.resolver().rules,
        now=lambda: office.world.now,
        sleep=sleep,
        clock=clock,
    )
    with pytest.raises(asyncio.CancelledError):
        await compared.go_on()
    return compared_at, slept
