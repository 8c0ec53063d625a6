"""A run lets go only of what is durable. Whatever else happens, talents stay due and are nobody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talentimg.errors import ChangesRefused, StoreUnavailable
from talentimg.models import OutcomeKind, RetractedOutcome
from talentimg.repository.memory import MemoryRepository
from talentimg.service.lookup.look import look_at
from talentimg.service.run.queue import TalentQueue
from talentimg.service.run.safeguards import Safeguards
from talentimg.service.run.valve import Valve
from talentimg.service.run.writer import ResultWriter
from tests.service.world import World

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Change
    from talentimg.service.results import LookResult


class Told(TalentQueue):
    """Hands out nobody, and knows whom it would release at the end, and whom it may hand out again."""

    def __init__(self) -> None:
        self.leased = {"ada", "bob", "cid"}
        self.in_progress = set(self.leased)

    async def next(self) -> TalentRecord | None:
        return None

    @property
    def has_more(self) -> bool:
        return False

    def stop(self) -> None:
        """Nobody is handed out."""

    def done(self, talent_ids: Collection[str]) -> None:
        self.leased.difference_update(talent_ids)

    def undo(self, talent_ids: Collection[str]) -> None:
        self.leased.update(talent_ids)

    def saved(self, talent_ids: Collection[str]) -> None:
        self.in_progress.difference_update(talent_ids)


class Choosy(MemoryRepository):
    """Says of bob that somebody changed him meanwhile, and may refuse cid or be away."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses_cid = self.is_away = False

    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        if self.is_away:
            raise StoreUnavailable("There is no answer.")
        changes = list(changes)
        passed_over = {"bob", "cid"} if self.refuses_cid else {"bob"}
        super().save([change for change in changes if change.talent_id not in passed_over], now)
        stale = [change.talent_id for change in changes if change.talent_id == "bob"]
        if self.refuses_cid and any(change.talent_id == "cid" for change in changes):
            raise ChangesRefused({"cid": "No."}, stale)
        return stale


@pytest.fixture
def store() -> Choosy:
    return Choosy()


@pytest.fixture
def world(store: Choosy) -> World:
    world = World(repository=store)
    for seed, talent_id in enumerate(("ada", "bob", "cid")):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, seed)
    return world


def writer(world: World, queue: Told) -> ResultWriter:
    return ResultWriter(world.repository, world.resolver(), lambda: world.now, queue, Safeguards(Valve()))


async def looks(world: World) -> list[LookResult]:
    sources, rules = world.sources(), world.resolver().rules
    records = world.repository.load_many(["ada", "bob", "cid"])
    return [await look_at(record, sources, rules, lambda: world.now) for record in records]


async def write(world: World) -> Told:
    """What the queue has heard once these three were written."""
    told = Told()
    try:
        await writer(world, told).write(await looks(world))
    except StoreUnavailable:
        assert world.repository.load("ada").selection.synced_at is None
    return told


async def test_what_was_reported_before_is_taken_back_with_the_next_outcome_however_long_it_takes(
    world: World,
) -> None:
    reported = RetractedOutcome(OutcomeKind.UPDATED, "tiktok")
    before = {"ada": reported, "bob": reported, "cid": None}
    written = await writer(world, Told()).write(await looks(world), before)
    assert {o.talent_id: o.instead_of for o in written.outcomes} == {"ada": reported, "cid": None}
    assert written.repeat == {"bob": reported}


async def test_what_was_changed_meanwhile_is_not_done(world: World) -> None:
    told = await write(world)
    assert told.leased == told.in_progress == {"bob"}


async def test_what_the_database_refuses_is_not_done(world: World, store: Choosy) -> None:
    store.refuses_cid = True
    told = await write(world)
    assert told.leased == told.in_progress == {"bob", "cid"}


async def test_nothing_is_done_if_the_store_is_away(world: World, store: Choosy) -> None:
    store.is_away = True
    told = await write(world)
    assert told.leased == told.in_progress == {"ada", "bob", "cid"}


async def test_a_run_that_could_not_save_leaves_nobody_leased(world: World, store: Choosy) -> None:
    store.is_away = True
    with pytest.raises(StoreUnavailable):
        await world.run()
    assert store.due(world.now, before=None, limit=None) == ["ada", "bob", "cid"]


async def test_a_run_leaves_those_due_for_whom_nothing_was_stored(world: World, store: Choosy) -> None:
    store.refuses_cid = True
    outcomes, _ = await world.run()
    assert outcomes["cid"].kind is OutcomeKind.FAILED
    assert store.due(world.now, before=world.now, limit=None) == ["bob", "cid"]
