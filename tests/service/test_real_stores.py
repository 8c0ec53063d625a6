"""Nights on every kind of store: what memory makes of them, SQLite and Postgres make of them, too.

Each night is a process of its own: it opens the roster anew, so that what it knows is what was stored.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import PictureError, ProviderError, ReconnectRequired
from talentimg.models import INITIALS, Lock, OutcomeKind, Policy, Reason
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.decision.versions import BY_MENDING
from talentimg.service.run.duplicates import LIMIT
from talentimg.service.run.records import RunRecords
from talentimg.store.forms import is_whole
from tests.service.world import World, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from talentimg.models import Account, Outcome
    from talentimg.providers.interface import Answer
    from talentimg.repository.interface import Repository
    from talentimg.service.run.sync import RosterSync

    Opened = Callable[[], Repository]

PEOPLE = [f"t{letter}" for letter in "abcdefghijkl"]
DAY = timedelta(days=1)
NOBODYS = 1 << 22
"""The number of no process: Linux gives none as high."""


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def opened(request: pytest.FixtureRequest) -> Iterator[Opened]:
    """Opens a roster of each kind as one more process would; all see the same rows."""
    with ExitStack() as stack:
        if request.param == "memory":
            memory = MemoryRepository()
            yield lambda: memory
        elif request.param == "sqlite":
            path = request.getfixturevalue("new_store")
            yield lambda: stack.enter_context(SqliteRepository.open(path))
        else:
            url = request.getfixturevalue("new_database")
            yield lambda: stack.enter_context(PostgresRepository.open(url))


async def night(world: World, opened: Opened, **options: Any) -> tuple[dict[str, Outcome], RosterSync]:
    """A day later, a run by a new process over everybody."""
    world.pass_time(hours=24)
    world.repository = opened()
    return await world.run(**options)


async def everybody_shown(opened: Opened, people: Sequence[str] = PEOPLE) -> World:
    world = World(repository=opened(), public_url="https://pictures.example")
    for seed, talent_id in enumerate(people):
        world.add(talent_id, "instagram", "tiktok")
        world.offers("instagram", talent_id, seed)
    outcomes, _ = await night(world, opened)
    assert kinds(outcomes) == {OutcomeKind.UPDATED: len(people)}
    return world


def kinds(outcomes: Mapping[str, Outcome]) -> Counter[OutcomeKind]:
    return Counter(outcome.kind for outcome in outcomes.values())


def shown(world: World) -> dict[str, str | None]:
    return {row.talent_id: row.url for row in world.repository.roster()}


# -- a night like any other --------------------------------------------------------------


async def test_a_picture_is_kept_unchanged_changed_and_given_up_over_nights(opened: Opened) -> None:
    world = await everybody_shown(opened)
    before = shown(world)
    assert kinds((await night(world, opened))[0]) == {OutcomeKind.UNCHANGED: len(PEOPLE)}
    world.offers("instagram", "ta", 100)
    world.fails("instagram", "tb")
    world.lacks("instagram", "tc")
    world.offers("tiktok", "tc", 200)
    outcomes, _ = await night(world, opened)
    assert [outcomes[i].kind for i in PEOPLE[:4]] == [
        OutcomeKind.UPDATED,
        OutcomeKind.KEPT,
        OutcomeKind.KEPT,
        OutcomeKind.UNCHANGED,
    ]
    assert [i for i, url in shown(world).items() if url != before[i]] == ["ta"]
    outcomes, _ = await night(world, opened)
    assert (outcomes["tc"].kind, outcomes["tc"].source) == (OutcomeKind.DEMOTED, "tiktok")
    history = opened().history("tc")
    assert [(e.from_source, e.to_source) for e in history] == [
        ("instagram", "tiktok"),
        (INITIALS, "instagram"),
    ]
    assert opened().load("tc").candidates["instagram"].content_hash is None, "it is certainly gone"


async def test_runs_at_the_same_time_share_the_roster_and_meet_nobody_twice(opened: Opened) -> None:
    world = await everybody_shown(opened)
    world.pass_time(hours=24)
    world.providers["instagram"].asked.clear()
    world.concurrency = 1
    runs = []
    for _ in range(2):
        world.repository = opened()
        runs.append(world.run())
    (one, _), (other, _) = await asyncio.gather(*runs)
    assert sorted([*one, *other]) == PEOPLE
    assert sorted(world.providers["instagram"].asked) == PEOPLE


async def test_what_a_person_says_during_a_look_holds(opened: Opened) -> None:
    world = await everybody_shown(opened, PEOPLE[:3])
    before, provider = shown(world), world.providers["instagram"]
    ask, person = provider.lookup, opened()
    for talent_id in PEOPLE[:3]:
        world.offers("instagram", talent_id, ord(talent_id[-1]))

    async def locked_meanwhile(accounts: Sequence[Account]) -> Mapping[str, Answer]:
        for account in accounts:
            if account.talent_id == "ta":
                person.save_policy("ta", Policy(lock=Lock("eve", world.now)))
        return await ask(accounts)

    provider.lookup = locked_meanwhile  # type: ignore[method-assign]  # a person acts while the platform answers
    outcomes, _ = await night(world, opened)
    assert [outcomes[i].kind for i in PEOPLE[:3]] == [
        OutcomeKind.LOCKED,
        OutcomeKind.UPDATED,
        OutcomeKind.UPDATED,
    ]
    assert [i for i, url in shown(world).items() if url == before[i]] == ["ta"]


# -- what protects a night ------------------------------------------------------------------


async def test_a_night_on_which_a_platform_knows_nobody_takes_no_picture(opened: Opened) -> None:
    world = await everybody_shown(opened)
    before = shown(world)
    for talent_id in PEOPLE:
        world.lacks("instagram", talent_id)
        world.lacks("tiktok", talent_id)
    outcomes, run = await night(world, opened)
    assert (kinds(outcomes), run.exceeded) == ({OutcomeKind.KEPT: len(PEOPLE)}, None), "it is seen twice"
    outcomes, run = await night(world, opened)
    assert kinds(outcomes) == {OutcomeKind.KEPT: len(PEOPLE)}
    assert run.exceeded is not None
    assert shown(world) == before
    assert world.repository.count_due(world.now, before=None) == len(PEOPLE), "no lease is left"
    outcomes, run = await night(world, opened, allow_losses=len(PEOPLE))
    assert (kinds(outcomes), run.exceeded) == ({OutcomeKind.DEMOTED: len(PEOPLE)}, None)
    assert set(shown(world).values()) == {None}


async def test_a_default_picture_is_taken_back_until_a_person_says_that_it_is_real(opened: Opened) -> None:
    world = await everybody_shown(opened)
    own, victims = shown(world), PEOPLE[: LIMIT + 1]
    for talent_id in victims:
        world.web.pictures[world.offers("instagram", talent_id, 900)] = picture_bytes(777)
        await night(world, opened)
    outcomes, _ = await night(world, opened)
    assert {outcomes[i].reason for i in victims} == {Reason.PLACEHOLDER}
    assert shown(world) == own, "what was shown before is shown again"
    (suspect,) = opened().suspects()
    world.placeholders().allow(suspect.source_hash[:12], by="eve")
    outcomes, _ = await night(world, opened)
    assert {i for i, o in outcomes.items() if o.kind is OutcomeKind.UPDATED} == set(victims)
    assert len({shown(world)[i] for i in victims}) == 1


async def test_what_is_damaged_while_its_source_is_away_is_made_whole(opened: Opened) -> None:
    world = await everybody_shown(opened, ["ta"])
    before = opened().load("ta").selection
    damaged = opened().picture(before.content_hash or "")
    assert damaged
    world.store.delete(damaged.rendition("webp-400").key)
    world.fails("instagram", "ta")
    outcomes, _ = await night(world, opened)
    after = opened().load("ta").selection
    made = opened().picture(after.content_hash or "")
    assert (outcomes["ta"].kind, after.source) == (OutcomeKind.KEPT, "instagram")
    assert made
    assert made.is_remade
    assert is_whole(world.store, made, seen_at=made.created_at)
    assert [entry.by for entry in opened().history("ta")][:1] == [BY_MENDING]
    world.offers("instagram", "ta", 0)
    await night(world, opened)
    assert opened().load("ta").selection.content_hash == before.content_hash, "the source's own comes back"


async def test_what_a_killed_run_had_claimed_is_looked_at_by_the_next(opened: Opened) -> None:
    world = await everybody_shown(opened)
    world.pass_time(hours=24)
    killed = opened()
    killed.save_run(replace(RunRecords(killed, lambda: world.now).begin(), pid=NOBODYS))
    if not isinstance(killed, MemoryRepository):  # a roster in memory ends with its process
        assert isinstance(killed, SqliteRepository | PostgresRepository)
        killed._lease_holder = f"{socket.gethostname()}:{NOBODYS}:1"
        assert killed.claim(world.now, before=None, limit=5, lease=DAY) == PEOPLE[:5]
    killed.unlock_run()  # as the end of its process does
    world.repository = opened()
    run = RunRecords(world.repository, lambda: world.now).begin()
    outcomes, _ = await world.run()
    assert sorted(outcomes) == PEOPLE
    assert [r.id for r in world.repository.runs_in_progress()] == [run.id]


# -- the same nights ---------------------------------------------------------------------------


async def nights(opened: Opened, seed: int) -> list[Any]:
    """A fortnight of trouble by these dice: what was reported, and all that is known after each night."""
    dice = Random(seed)
    told: list[Any] = []
    world = await everybody_shown(opened)
    for number in range(14):
        for talent_id in PEOPLE:
            what_happens(world, dice, talent_id, 1000 * (number + 1) + PEOPLE.index(talent_id))
        outcomes, run = await night(world, opened)
        told.append((sorted((i, _without_time(o)) for i, o in outcomes.items()), run.exceeded is not None))
        told.append([_known(opened(), talent_id) for talent_id in PEOPLE])
    return told


def what_happens(world: World, dice: Random, talent_id: str, seed: int) -> None:
    """Something that a night brings, or nothing."""
    platform = dice.choice(("instagram", "instagram", "tiktok"))
    event = dice.randrange(12)
    if event == 0:
        world.offers(platform, talent_id, seed)
    elif event == 1:
        world.lacks(platform, talent_id)
    elif event == 2:
        world.fails(platform, talent_id)
    elif event == 3:
        world.fails(platform, talent_id, ReconnectRequired("Expired."))
    elif event == 4:
        world.web.pictures[world.offers(platform, talent_id, seed)] = PictureError(
            "Flat.", reason=Reason.PLACEHOLDER
        )
    elif event == 5:
        world.fails(platform, talent_id, ProviderError("Another account.", reason=Reason.IDENTITY))


def _without_time(outcome: Outcome) -> str:
    attempts = tuple(replace(attempt, seconds=0.0) for attempt in outcome.attempts)
    return repr(replace(outcome, seconds=0.0, attempts=attempts))


def _known(repository: Repository, talent_id: str) -> Any:
    record = repository.load(talent_id)
    accounts = tuple(replace(account, id="") for account in record.talent.accounts)
    return replace(record, talent=replace(record.talent, accounts=accounts)), repository.history(talent_id)


@pytest.mark.parametrize("seed", range(2))
async def test_the_same_nights_end_the_same_on_every_kind_of_store(opened: Opened, seed: int) -> None:
    memory = MemoryRepository()
    assert await nights(opened, seed) == await nights(lambda: memory, seed)
