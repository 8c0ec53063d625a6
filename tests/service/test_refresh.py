"""Looks that pages ask for: one for all who ask at once, none if the last was just now."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import TalentNotFound
from talentimg.models import Lock, OutcomeKind, Policy
from talentimg.repository.interface import Change, NewAccount
from talentimg.repository.memory.serving import MemoryServing
from talentimg.service.decision.chain import Rules
from talentimg.service.decision.resolver import Resolver
from talentimg.service.run import refresh
from talentimg.service.run.refresh import Refresher
from talentimg.wording import sentence
from tests.repository.builders import found
from tests.service.world import PLATFORMS, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from talentimg.repository.interface.looks import Looks
    from talentimg.service.run.sync import Syncer

FLOOR = timedelta(minutes=10)


class Gate:
    """Looks wait here until it is opened."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.open = asyncio.Event()
        self.came = asyncio.Event()
        self.opened = 0

    @asynccontextmanager
    async def syncer(self) -> AsyncIterator[Syncer]:
        self.opened += 1
        self.came.set()
        await self.open.wait()
        yield self.world.syncer()


@pytest.fixture
def world() -> World:
    made = World()
    made.add("ada", "instagram", "tiktok")
    made.offers("instagram", "ada", 1)
    return made


def refresher(world: World, gate: Gate | None = None, looks: Looks | None = None) -> Refresher:
    gate = gate or Gate(world)
    if gate.opened == 0 and gate.world is world:
        gate.open.set()
    return Refresher(
        repository=world.repository,
        looks=looks or MemoryServing(),
        open_syncer=gate.syncer,
        resolver=Resolver(Rules(PLATFORMS), None, lambda: world.now),
        floor=FLOOR,
        now=lambda: world.now,
    )


def asked(world: World) -> int:
    return sum(len(provider.asked) for provider in world.providers.values())


async def test_two_hundred_at_once_are_one_look(world: World) -> None:
    gate = Gate(world)
    looks = refresher(world, gate)
    gate.open.clear()
    waiting = [asyncio.create_task(looks.refresh("ada")) for _ in range(200)]
    await gate.came.wait()
    gate.open.set()
    outcomes = await asyncio.gather(*waiting)
    assert {told.outcome.kind for told in outcomes} == {OutcomeKind.UPDATED}
    assert (gate.opened, asked(world)) == (1, 1)
    assert not (await looks.refresh("ada")).is_new
    assert asked(world) == 1


class Elsewhere(MemoryServing):
    """Another process that is at a look, for some questions."""

    def __init__(self, world: World, *, questions: int, saves: bool) -> None:
        super().__init__()
        self.world = world
        self.questions = questions
        self.saves = saves
        self.ended: list[str] = []

    def begin_look(self, talent_id: str, now: datetime, until: datetime) -> bool:
        self.questions -= 1
        if self.questions == 0 and self.saves:
            record = self.world.repository.load(talent_id)
            known = {"instagram": found(talent_id, "instagram")}
            shown = replace(record.selection, synced_at=self.world.now)
            self.world.repository.save([Change(talent_id, shown, tuple(known.values()))], self.world.now)
        return self.questions < 0

    def end_look(self, talent_id: str) -> None:
        self.ended.append(talent_id)


@pytest.mark.parametrize("force", [False, True])
async def test_a_look_of_another_process_is_waited_for_and_counts(
    world: World, monkeypatch: pytest.MonkeyPatch, force: bool
) -> None:
    monkeypatch.setattr(refresh, "PAUSE_S", 0)
    elsewhere = Elsewhere(world, questions=3, saves=True)
    told = await refresher(world, looks=elsewhere).refresh("ada", force=force)
    assert (told.is_new, told.outcome.kind) == (True, OutcomeKind.UNCHANGED)
    assert (asked(world), elsewhere.ended) == (0, ["ada"])


@pytest.mark.parametrize("force", [False, True])
async def test_a_look_of_another_process_that_ends_just_before_it_is_our_turn_counts(
    world: World, *, force: bool
) -> None:
    class Beaten(MemoryServing):
        """Another process looks between what is known and our turn; if somebody insists, we have waited."""

        beaten = False
        is_theirs = force

        def begin_look(self, talent_id: str, now: datetime, until: datetime) -> bool:
            if self.is_theirs:
                self.is_theirs = False
                return False
            if not self.beaten:
                self.beaten = True
                record = world.repository.load(talent_id)
                looked = replace(record.selection, synced_at=now)
                candidate = found("ada", "instagram")
                assert not world.repository.save([Change(talent_id, looked, candidates=(candidate,))], now)
            return super().begin_look(talent_id, now, until)

    looks = Beaten()
    got = await refresher(world, looks=looks).refresh("ada", force=force)
    assert (got.is_new, asked(world)) == (True, 0)
    assert looks.begin_look("ada", world.now, world.now + FLOOR), "whose turn it was has ended it"


async def test_a_look_of_another_process_that_comes_to_nothing_is_made_up_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "PAUSE_S", 0)
    elsewhere = Elsewhere(world, questions=3, saves=False)
    outcome = (await refresher(world, looks=elsewhere).refresh("ada")).outcome
    assert (outcome.kind, elsewhere.ended) == (OutcomeKind.UPDATED, ["ada"])


async def test_a_young_look_counts_until_it_is_old_or_somebody_insists(world: World) -> None:
    looks = refresher(world)
    assert (await looks.refresh("ada")).is_new
    world.pass_time(minutes=9, seconds=59)
    assert not (await looks.refresh("ada")).is_new
    forced = await looks.refresh("ada", force=True, by="eve")
    assert forced.is_new
    world.pass_time(minutes=10)
    again = await looks.refresh("ada")
    assert again.is_new
    assert asked(world) == 3


async def test_who_insists_while_another_is_told_what_is_known_has_it_looked_at_once(world: World) -> None:
    looks = refresher(world)
    await looks.refresh("ada")
    told = await asyncio.gather(*(looks.refresh("ada", force=force) for force in (False, True, True)))
    assert [one.is_new for one in told] == [False, True, True]
    assert asked(world) == 2


async def test_a_look_from_the_future_counts_for_nothing(world: World) -> None:
    looks = refresher(world)
    await looks.refresh("ada")
    world.pass_time(hours=-1)
    assert (await looks.refresh("ada")).is_new


async def test_what_was_connected_since_is_looked_at(world: World) -> None:
    looks = refresher(world)
    await looks.refresh("ada")
    world.repository.connect("ada", NewAccount("instagram", "other"), world.now)
    world.offers("instagram", "other", 2)
    outcome = (await looks.refresh("ada")).outcome
    assert outcome.kind is OutcomeKind.UPDATED
    # One further down the chain would not be asked, whatever it has.
    world.repository.connect("ada", NewAccount("youtube", "ada"), world.now)
    assert not (await looks.refresh("ada")).is_new


async def test_trouble_is_told_again_and_not_asked_for_again_at_once(world: World) -> None:
    looks = refresher(world)
    await looks.refresh("ada")
    world.pass_time(hours=1)
    world.fails("instagram", "ada")
    outcome = (await looks.refresh("ada")).outcome
    assert outcome.is_trouble
    again = await looks.refresh("ada")
    assert not again.is_new
    assert sentence(again.outcome) == sentence(outcome)


async def test_the_look_goes_on_when_whoever_asked_has_left(world: World) -> None:
    gate = Gate(world)
    looks = refresher(world, gate)
    gate.open.clear()
    leaving = asyncio.create_task(looks.refresh("ada"))
    await gate.came.wait()
    leaving.cancel()
    await asyncio.wait([leaving])
    staying = asyncio.create_task(looks.refresh("ada"))
    await asyncio.sleep(0)
    gate.open.set()
    outcome = (await staying).outcome
    assert outcome.kind is OutcomeKind.UPDATED
    assert gate.opened == 1


async def test_everybody_who_waits_is_told_of_an_error_and_the_next_tries_again(world: World) -> None:
    looks = refresher(world)
    for _ in range(2):
        found = await asyncio.gather(*(looks.refresh("nobody") for _ in range(3)), return_exceptions=True)
        assert [type(one) for one in found] == [TalentNotFound] * 3


async def test_a_lock_holds(world: World) -> None:
    world.repository.save_policy("ada", Policy(lock=Lock("eve", world.now)))
    outcome = (await refresher(world).refresh("ada", force=True)).outcome
    assert outcome.kind is OutcomeKind.LOCKED
    assert asked(world) == 0


async def test_who_pressed_the_button_stands_in_the_history(world: World) -> None:
    await refresher(world).refresh("ada", by="intranet")
    assert world.repository.history("ada")[0].by == "intranet"


async def test_when_the_process_ends_looks_end_with_it(world: World) -> None:
    gate = Gate(world)
    looks = refresher(world, gate)
    gate.open.clear()
    waiting = asyncio.create_task(looks.refresh("ada"))
    await gate.came.wait()
    await looks.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert world.repository.load("ada").selection.synced_at is None
