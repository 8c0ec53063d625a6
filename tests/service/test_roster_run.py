"""A whole roster run: the safety valve, pictures that come too often, stopping, a month of nights."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import ProviderError
from talentimg.models import INITIALS, Lock, OutcomeKind, Policy, Reason, State, Suspect
from talentimg.repository.memory import MemoryRepository
from talentimg.service.decision.explain import HELD_BACK, explain
from talentimg.service.lookup.batching import Batcher
from tests.service.world import World
from tests.the_app import SharedMemory
from tests.waiting import TIME_LIMIT, until

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Account, Outcome
    from talentimg.providers.interface import Answer
    from talentimg.repository.interface import Change


@pytest.fixture
def world() -> World:
    return World()


def ids(number: int) -> list[str]:
    """Ids that are handles, too: letters only."""
    return [f"t{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(number)]


def kinds(outcomes: Mapping[str, Outcome]) -> Counter[OutcomeKind]:
    return Counter(outcome.kind for outcome in outcomes.values())


async def shown_everywhere(world: World, number: int, *platforms: str) -> list[str]:
    """So many talents, each with a picture of their own from the first of these platforms."""
    people = ids(number)
    for seed, talent_id in enumerate(people):
        world.add(talent_id, *platforms)
        for place, platform in enumerate(platforms):
            world.offers(platform, talent_id, 1000 * place + seed)
    outcomes, _ = await world.run()
    assert kinds(outcomes) == {OutcomeKind.UPDATED: number}
    return people


async def absent_twice(world: World, gone: Sequence[str]) -> None:
    """The platform says of these that they are gone, once already; the second time is tonight."""
    for talent_id in gone:
        world.lacks("instagram", talent_id)
    world.pass_time(hours=24)
    outcomes, _ = await world.run()
    assert not [o for o in outcomes.values() if o.kind is OutcomeKind.DEMOTED]
    world.pass_time(hours=24)


# -- the safety valve --------------------------------------------------------------------


async def test_a_few_confirmed_absences_are_written(world: World) -> None:
    people = await shown_everywhere(world, 12, "instagram")
    await absent_twice(world, people[:5])
    outcomes, roster = await world.run()
    assert kinds(outcomes) == {OutcomeKind.DEMOTED: 5, OutcomeKind.UNCHANGED: 7}
    assert roster.exceeded is None
    assert world.repository.load(people[0]).selection.source == INITIALS


async def test_with_too_many_losses_at_once_everybody_keeps_their_picture(world: World) -> None:
    people = await shown_everywhere(world, 12, "instagram", "tiktok")
    before = [world.repository.load(talent_id) for talent_id in people]
    await absent_twice(world, people[:6])
    outcomes, roster = await world.run()
    assert kinds(outcomes) == {OutcomeKind.KEPT: 6, OutcomeKind.UNCHANGED: 6}
    assert roster.exceeded is not None
    assert (roster.exceeded.losses, roster.exceeded.shown, roster.exceeded.allowed) == (6, 12, 5)
    assert outcomes[people[0]].detail == roster.exceeded.sentence
    for talent_id, old in zip(people, before, strict=True):
        record = world.repository.load(talent_id)
        assert (record.selection.source, record.selection.content_hash) == (
            "instagram",
            old.selection.content_hash,
        )
        assert record.candidates["instagram"].has_picture, "nor is the picture itself forgotten"
        assert record.selection.synced_at == world.now, "and they are not first in line again tomorrow"
        assert len(world.repository.history(talent_id)) == 1


async def test_held_back_demotions_are_made_once_a_person_allows_them(world: World) -> None:
    people = await shown_everywhere(world, 8, "instagram", "tiktok")
    await absent_twice(world, people)
    held, _ = await world.run()
    assert kinds(held) == {OutcomeKind.KEPT: 8}
    world.pass_time(hours=24)
    outcomes, roster = await world.run(allow_losses=8)
    assert kinds(outcomes) == {OutcomeKind.DEMOTED: 8}
    assert {outcome.source for outcome in outcomes.values()} == {"tiktok"}
    assert roster.exceeded is None


async def test_a_person_who_asks_for_one_talent_is_not_held_up_by_the_valve(world: World) -> None:
    people = await shown_everywhere(world, 8, "instagram")
    await absent_twice(world, people)
    assert (await world.sync(people[0])).kind is OutcomeKind.DEMOTED


async def test_demotions_beyond_the_limit_of_held_back_results_get_another_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talentimg.service.run.writer.MAX_HELD_BACK", 2)
    people = await shown_everywhere(world, 6, "instagram")
    await absent_twice(world, people[:5])
    outcomes, _ = await world.run()
    assert kinds(outcomes) == {OutcomeKind.DEMOTED: 5, OutcomeKind.UNCHANGED: 1}


# -- the same new picture for many ---------------------------------------------------------


async def test_one_new_picture_for_three_is_a_placeholder_and_each_keeps_their_own(world: World) -> None:
    people = await shown_everywhere(world, 5, "instagram")
    before = {i: world.repository.load(i).selection.content_hash for i in people}
    for talent_id in people[:3]:
        url = world.offers("instagram", talent_id, 777)
        assert url.endswith("777.jpg")
    world.pass_time(hours=24)
    outcomes, roster = await world.run()
    assert kinds(outcomes) == {OutcomeKind.KEPT: 3, OutcomeKind.UNCHANGED: 2}
    assert {outcomes[i].reason for i in people[:3]} == {Reason.PLACEHOLDER}
    assert {i: world.repository.load(i).selection.content_hash for i in people} == before
    (suspect,) = roster.suspects
    assert (suspect.source, suspect.talents) == ("instagram", 3)
    assert [s.source_hash for s in world.repository.suspects()] == [suspect.source_hash]


async def test_two_may_have_the_same_picture(world: World) -> None:
    people = await shown_everywhere(world, 4, "instagram")
    for talent_id in people[:2]:
        world.offers("instagram", talent_id, 777)
    world.pass_time(hours=24)
    outcomes, roster = await world.run()
    assert kinds(outcomes) == {OutcomeKind.UPDATED: 2, OutcomeKind.UNCHANGED: 2}
    assert roster.suspects == []


async def test_outcomes_already_reported_are_retracted_when_the_third_comes_later(world: World) -> None:
    people = await shown_everywhere(world, 3, "instagram")
    before = {i: world.repository.load(i).selection for i in people}
    for talent_id in people:
        world.offers("instagram", talent_id, 777)
    provider = world.providers["instagram"]
    ask, late = provider.lookup, asyncio.Event()

    async def slow_for_the_last(accounts: Sequence[Account]) -> Mapping[str, Answer]:
        if accounts[0].talent_id == people[2]:
            await late.wait()
        return await ask(accounts)

    provider.lookup = slow_for_the_last  # type: ignore[method-assign]  # the third comes in a later batch
    world.pass_time(hours=24)
    outcomes: list[Outcome] = []
    async for outcome in world.syncer().sync_due(before=None, limit=None):
        outcomes.append(outcome)
        if len(outcomes) == 2:
            assert {o.kind for o in outcomes} == {OutcomeKind.UPDATED}
            late.set()
    assert [(o.kind, o.instead_of.kind if o.instead_of else None) for o in outcomes[2:]].count(
        (OutcomeKind.KEPT, OutcomeKind.UPDATED)
    ) == 2
    assert len(outcomes) == 5
    for talent_id in people:
        selection = world.repository.load(talent_id).selection
        assert (selection.source, selection.content_hash, selection.url) == (
            before[talent_id].source,
            before[talent_id].content_hash,
            before[talent_id].url,
        )


async def test_the_next_source_takes_over_where_nothing_was_shown_before(world: World) -> None:
    for seed, talent_id in enumerate(ids(3)):
        world.add(talent_id, "instagram", "tiktok")
        world.offers("instagram", talent_id, 777)
        world.offers("tiktok", talent_id, seed)
    outcomes, _ = await world.run()
    assert {(o.kind, o.source) for o in outcomes.values()} == {(OutcomeKind.UPDATED, "tiktok")}


async def test_a_suspected_placeholder_stays_one_until_a_person_says_otherwise(world: World) -> None:
    for talent_id in ids(3):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, 777)
    first, roster = await world.run()
    assert kinds(first) == {OutcomeKind.FAILED: 3}
    world.pass_time(hours=24)
    assert kinds((await world.run())[0]) == {OutcomeKind.FAILED: 3}
    assert (await world.sync(ids(3)[0])).kind is OutcomeKind.FAILED, "nor is it shown for one talent alone"
    world.repository.save_suspect(replace(roster.suspects[0], allowed_by="eve", allowed_at=world.now))
    world.pass_time(hours=24)
    outcomes, again = await world.run()
    assert kinds(outcomes) == {OutcomeKind.UPDATED: 3}
    assert again.suspects == []


async def test_an_avatar_that_talents_of_one_user_share_is_no_placeholder(world: World) -> None:
    from tests.service.world import picture_bytes

    avatar = "https://app.example/team.jpg"
    world.web.pictures[avatar] = picture_bytes(5)
    for talent_id in ids(4):
        world.add(talent_id, avatar=avatar)
    outcomes, _ = await world.run()
    assert kinds(outcomes) == {OutcomeKind.UPDATED: 4}


# -- stopping --------------------------------------------------------------------------------


async def test_asked_to_stop_it_finishes_what_is_in_progress_and_releases_the_rest(world: World) -> None:
    world.concurrency = 1
    people = ids(200)
    for seed, talent_id in enumerate(people):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, seed)
    provider = world.providers["instagram"]
    ask = provider.lookup

    began, stopped = itertools.count(), asyncio.Event()

    async def at_first(accounts: Sequence[Account]) -> Mapping[str, Answer]:
        if next(began) >= 5:
            await stopped.wait()
        return await ask(accounts)

    provider.lookup = at_first  # type: ignore[method-assign]  # so that there is something to stop
    roster = world.syncer().sync_due(before=None, limit=None)
    outcomes = []
    async for outcome in roster:
        outcomes.append(outcome.talent_id)
        roster.stop()
        stopped.set()
    assert 1 <= len(outcomes) < 200
    assert sorted(provider.asked) == sorted(outcomes), "nobody was asked for in vain"
    assert set(world.repository.due(world.now, before=None, limit=None)) == set(people)
    assert all(world.repository.load(i).selection.synced_at for i in outcomes)


# -- a month --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
async def test_a_month_of_nights_on_which_every_platform_fails_at_random(seed: int) -> None:
    """A fifth of all questions get no answer, and some nights a platform is down as a whole."""
    world, dice = World(), Random(seed)
    people = await shown_everywhere(world, 40, "instagram", "tiktok", "youtube")
    good = {name: dict(provider.answers) for name, provider in world.providers.items()}
    shown = {i: world.repository.load(i).selection.content_hash for i in people}
    for _ in range(30):
        world.pass_time(hours=24)
        for name, provider in world.providers.items():
            provider.asked.clear()
            is_down = dice.random() < 0.2
            for talent_id in people:
                fails = is_down or dice.random() < 0.2
                trouble = ProviderError("No answer.", reason=dice.choice([Reason.TIMEOUT, Reason.STATUS]))
                provider.answers[talent_id] = trouble if fails else good[name][talent_id]
        outcomes, _ = await world.run(before=world.now - timedelta(hours=23))
        assert sorted(outcomes) == people, "everybody is looked at"
        assert Counter(world.providers["instagram"].asked) == Counter(people), "once"
        assert set(kinds(outcomes)) <= {OutcomeKind.UNCHANGED, OutcomeKind.KEPT}
        assert {o.source for o in outcomes.values()} == {"instagram"}, "none flaps"
    for talent_id in people:
        record = world.repository.load(talent_id)
        assert record.selection.content_hash == shown[talent_id]
        assert world.store.exists(f"{shown[talent_id][:2]}/{shown[talent_id]}.webp")  # type: ignore[index]
        assert len(world.repository.history(talent_id)) == 1
        assert record.candidates["instagram"].state in {State.FOUND, State.TROUBLE}


@pytest.mark.parametrize("seed", range(3))
async def test_a_month_of_nights_in_which_the_app_edits_the_roster(seed: int) -> None:
    """Handles corrected, accounts disconnected and connected again, two a night, amid the same trouble.

    Whoever is not edited keeps the picture; of who is edited, no picture of the old handle is left.
    """
    app, dice = SharedMemory(), Random(seed)
    world = World(repository=app)
    people = await shown_everywhere(world, 40, "instagram", "tiktok")
    handles = {(platform, i): i for platform in ("instagram", "tiktok") for i in people}
    edited: set[str] = set()
    for night in range(30):
        world.pass_time(hours=24)
        for talent_id in dice.sample(people, 2):
            edited.add(talent_id)
            platform = dice.choice(["instagram", "tiktok"])
            if dice.random() < 0.6:
                handles[platform, talent_id] = f"{talent_id}.{night}"
                app.write_handle(talent_id, platform, f"{talent_id}.{night}")
                world.offers(platform, f"{talent_id}.{night}", 1000 + night, user_id=str(night))
            else:
                app.write_connected(talent_id, platform, connected=dice.random() < 0.5)
        good = {name: dict(provider.answers) for name, provider in world.providers.items()}
        for (platform, _), handle in handles.items():
            if dice.random() < 0.3:
                world.fails(platform, handle)
        await world.run(before=world.now - timedelta(hours=23))
        for name, provider in world.providers.items():
            provider.answers = good[name]
        for talent_id in people:
            record = app.load(talent_id)
            shown = record.selection.url
            account = record.talent.account(record.selection.source)
            assert talent_id in edited or record.selection.source == "instagram"
            assert shown is None or (account is not None and f"/{account.handle}/" in shown)


# -- what must not slip through ----------------------------------------------------------------


async def test_a_talent_changed_meanwhile_does_not_bypass_the_valve(world: World) -> None:
    people = await shown_everywhere(world, 12, "instagram")
    await absent_twice(world, people[:8])
    save = world.repository.save
    notes = iter(range(1000))

    def after_a_note(changes: Iterable[Change], now: datetime) -> list[str]:
        changes = list(changes)
        for change in changes:
            if change.talent_id in people[:8] and next(notes) < 8:
                world.repository.save_policy(change.talent_id, Policy(note="seen"))
        return save(changes, now)

    world.repository.save = after_a_note  # type: ignore[method-assign]  # a person acts just before a save
    outcomes, roster = await world.run()
    assert roster.exceeded is not None
    assert kinds(outcomes) == {OutcomeKind.KEPT: 8, OutcomeKind.UNCHANGED: 4}
    assert {world.repository.load(i).selection.source for i in people} == {"instagram"}


async def test_a_talent_changed_while_the_valve_judges_is_looked_at_again(world: World) -> None:
    people = await shown_everywhere(world, 12, "instagram", "tiktok")
    await absent_twice(world, people[:3])
    save = world.repository.save
    changed: set[str] = set()

    def after_a_note(changes: Iterable[Change], now: datetime) -> list[str]:
        changes = list(changes)
        for talent_id in {change.talent_id for change in changes} & set(people[:3]) - changed:
            changed.add(talent_id)
            world.repository.save_policy(talent_id, Policy(note="seen"))
        return save(changes, now)

    world.repository.save = after_a_note  # type: ignore[method-assign]  # a person acts just before a save
    outcomes, roster = await world.run()
    assert roster.exceeded is None
    assert kinds(outcomes) == {OutcomeKind.DEMOTED: 3, OutcomeKind.UNCHANGED: 9}
    assert changed == set(people[:3])


async def test_whoever_is_looked_at_again_counts_once_for_the_valve(world: World) -> None:
    """Of 59 five may be lost; if those changed meanwhile counted twice, it would be nine."""
    people = await shown_everywhere(world, 59, "instagram")
    await absent_twice(world, people[:6])
    save = world.repository.save
    notes = iter(range(1000))

    def after_a_note(changes: Iterable[Change], now: datetime) -> list[str]:
        changes = list(changes)
        for change in changes:
            if next(notes) < 40:
                world.repository.save_policy(change.talent_id, Policy(note="seen"))
        return save(changes, now)

    world.repository.save = after_a_note  # type: ignore[method-assign]  # a person acts just before a save
    _, roster = await world.run()
    assert roster.exceeded is not None
    assert (roster.exceeded.shown, roster.exceeded.losses) == (59, 6)


async def test_talents_beyond_the_limit_of_held_back_results_keep_their_picture_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talentimg.service.run.writer.MAX_HELD_BACK", 3)
    people = await shown_everywhere(world, 12, "instagram")
    await absent_twice(world, people)
    outcomes, roster = await world.run()
    assert roster.exceeded is not None
    assert kinds(outcomes) == {OutcomeKind.KEPT: 12}
    assert {o.detail for o in outcomes.values()} == {roster.exceeded.sentence}
    assert world.repository.count_due(world.now, before=world.now) == 12, "as soon as a person has decided"
    assert all(world.repository.load(i).selection.synced_at == world.now for i in people)


async def test_why_a_picture_is_still_shown_that_was_held_back_is_told(world: World) -> None:
    people = await shown_everywhere(world, 8, "instagram")
    await absent_twice(world, people)
    await world.run()
    steps = explain(world.repository.load(people[0]), world.resolver().rules, world.now)
    assert [step.source for step in steps if HELD_BACK in step.why] == ["instagram"]
    world.pass_time(minutes=5)
    await world.run(allow_losses=8)
    steps = explain(world.repository.load(people[0]), world.resolver().rules, world.now)
    assert not [step for step in steps if HELD_BACK in step.why]


async def test_of_seventy_on_a_platform_seven_may_go_and_not_eight(world: World) -> None:
    """Whoever keeps the picture counts for the platform that it is from."""
    people = await shown_everywhere(world, 70, "instagram")
    await absent_twice(world, people[:8])
    outcomes, roster = await world.run()
    assert roster.exceeded is not None
    assert (roster.exceeded.losses, roster.exceeded.allowed) == (8, 7)
    world.offers("instagram", people[7], 7)
    world.pass_time(hours=24)
    outcomes, roster = await world.run()
    assert roster.exceeded is None
    assert kinds(outcomes) == {OutcomeKind.DEMOTED: 7, OutcomeKind.UNCHANGED: 63}


async def test_whoever_is_held_back_beyond_the_limit_is_reported_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talentimg.service.run.writer.MAX_HELD_BACK", 3)
    people = await shown_everywhere(world, 12, "instagram")
    await absent_twice(world, people)
    roster = world.syncer().sync_due(before=None, limit=None)
    assert sorted([outcome.talent_id async for outcome in roster]) == people


async def test_a_talent_that_was_held_back_is_due_again_at_once(world: World) -> None:
    people = await shown_everywhere(world, 8, "instagram", "tiktok")
    await absent_twice(world, people)
    await world.run()
    world.pass_time(minutes=5)
    outcomes, _ = await world.run(before=world.now - timedelta(hours=23), allow_losses=8)
    assert kinds(outcomes) == {OutcomeKind.DEMOTED: 8}


async def test_a_suspected_picture_is_shown_for_nobody_in_any_batch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talentimg.service.run.sync.BATCH", 4)
    for talent_id in ids(10):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, 777)
    outcomes, roster = await world.run()
    assert kinds(outcomes) == {OutcomeKind.FAILED: 10}
    assert {world.repository.load(i).selection.source for i in ids(10)} == {INITIALS}
    assert len(roster.suspects) == 1


class CountingSaves(MemoryRepository):
    """Remembers how many changes came at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.saved: list[int] = []

    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        some = list(changes)
        self.saved.append(len(some))
        return super().save(some, now)


async def test_what_comes_while_a_save_takes_long_is_saved_together(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A distant database is asked the less often, the longer it takes."""
    monkeypatch.setattr("talentimg.service.run.sync.BATCH_WAIT_S", 0)
    world.repository = counting = CountingSaves()
    for talent_id in ids(30):
        world.add(talent_id, "instagram")
    async with aclosing(world.syncer().sync_due(before=None, limit=None)) as outcomes:
        found = [await anext(outcomes)]
        await until(lambda: len(world.providers["instagram"].asked) == 30)
        found += [outcome async for outcome in outcomes]
    assert len(found) == sum(counting.saved) == 30
    assert max(counting.saved) > 2


async def test_a_new_placeholder_lower_down_the_chain_is_suspected_too(world: World) -> None:
    people = await shown_everywhere(world, 60, "instagram", "tiktok")
    for talent_id in people[:4]:
        world.offers("tiktok", talent_id, 777)
    await absent_twice(world, people[:4])
    outcomes, roster = await world.run()
    assert len(roster.suspects) == 1
    assert {outcomes[i].source for i in people[:4]} <= {"instagram"}, (
        "young trouble below holds what is shown"
    )


async def test_the_next_look_retracts_what_a_run_that_died_did_not(world: World) -> None:
    await shown_everywhere(world, 1, "instagram")
    (ada,) = ids(1)
    before = world.repository.load(ada).selection
    world.offers("instagram", ada, 777)
    world.pass_time(hours=24)
    assert (await world.sync(ada)).kind is OutcomeKind.UPDATED
    candidate = world.repository.load(ada).candidates["instagram"]
    assert candidate.source_hash
    assert candidate.content_hash
    suspect = Suspect("instagram", candidate.source_hash, candidate.content_hash, world.now, 3)
    world.repository.save_suspect(suspect)
    world.pass_time(hours=24)
    outcome = await world.sync(ada)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.KEPT, Reason.PLACEHOLDER)
    assert outcome.content_hash == before.content_hash


async def test_a_lock_holds_even_a_suspected_picture(world: World) -> None:
    await shown_everywhere(world, 1, "instagram")
    (ada,) = ids(1)
    shown = world.repository.load(ada)
    candidate = shown.candidates["instagram"]
    assert candidate.source_hash
    world.repository.save_policy(ada, Policy(lock=Lock("eve", world.now)))
    suspect = Suspect("instagram", candidate.source_hash, candidate.content_hash or "", world.now, 3)
    world.repository.save_suspect(suspect)
    assert (await world.sync(ada)).kind is OutcomeKind.LOCKED
    assert world.repository.load(ada).selection.content_hash == shown.selection.content_hash


async def test_a_small_window_does_not_wait_for_calls_that_can_never_be_full(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "talentimg.service.lookup.sources.Batcher", partial(Batcher, max_wait_s=2 * TIME_LIMIT)
    )
    world.concurrency = 1
    provider = world.providers["instagram"]
    provider.info = replace(provider.info, batch_size=25)  # type: ignore[misc]  # more than are under way
    for seed, talent_id in enumerate(ids(60)):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, seed)
    async with asyncio.timeout(TIME_LIMIT):
        outcomes, _ = await world.run()
    assert kinds(outcomes) == {OutcomeKind.UPDATED: 60}
