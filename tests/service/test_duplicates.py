"""A placeholder is known by whom it is shown for, whenever it was first met and whatever its bytes."""

from __future__ import annotations

import asyncio
import io
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from talentimg.models import INITIALS, USER, OutcomeKind, Reason, RetractedOutcome, State, Suspect
from talentimg.repository.dry import DryRepository
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.service.lookup.placeholders import SuspectedPlaceholders
from talentimg.service.run.duplicates import LIMIT
from talentimg.service.run.tally import Tally
from talentimg.store.dry import DryObjectStore
from tests.service.world import World, picture_bytes
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Account, Outcome
    from talentimg.providers.interface import Answer
    from talentimg.repository.interface import Change, Results

DEFAULT = 777
"""The seed of the platform's default picture."""


@pytest.fixture
def world() -> World:
    return World()


def people(number: int) -> list[str]:
    """Ids that are handles, too: letters only."""
    return [f"t{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(number)]


def join(world: World, talent_id: str, body: bytes, platform: str = "instagram") -> None:
    """Somebody new, with this picture."""
    world.add(talent_id, platform)
    give(world, talent_id, body, platform)


def give(world: World, talent_id: str, body: bytes, platform: str = "instagram") -> None:
    world.web.pictures[world.offers(platform, talent_id, world.now.toordinal())] = body


def encoded_anew(seed: int, number: int) -> bytes:
    """The same picture in other bytes for each number: another size, quality, or encoder."""
    image: Image.Image = Image.open(io.BytesIO(picture_bytes(seed)))
    side = (240, 200, 320, 150)[number % 4]
    image = image.resize((side, side), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    image.save(buffer, ("JPEG", "WEBP")[number % 2], quality=50 + number % 50)
    return buffer.getvalue()


async def night(world: World) -> dict[str, Outcome]:
    world.pass_time(hours=24)
    return (await world.run())[0]


def shown(world: World, talent_id: str) -> str:
    return world.repository.load(talent_id).selection.source


# -- whenever it was first met ---------------------------------------------------------


async def test_a_default_picture_that_somebody_had_long_ago_is_recognised(world: World) -> None:
    first, *others = people(31)
    join(world, first, picture_bytes(DEFAULT))
    assert (await night(world))[first].kind is OutcomeKind.UPDATED
    world.pass_time(days=300)
    for talent_id in others:
        join(world, talent_id, picture_bytes(DEFAULT))
    outcomes = await night(world)
    assert {o.reason for o in outcomes.values()} == {Reason.PLACEHOLDER}
    assert {shown(world, i) for i in (first, *others)} == {INITIALS}


async def test_one_new_holder_a_night_is_enough(world: World) -> None:
    own = {}
    for number, talent_id in enumerate(people(5)):
        join(world, talent_id, picture_bytes(number))
    await night(world)
    own = {i: world.repository.load(i).selection.content_hash for i in people(5)}
    for number, talent_id in enumerate(people(5)):
        give(world, talent_id, picture_bytes(DEFAULT))
        outcomes = await night(world)
        expected = OutcomeKind.UPDATED if number < LIMIT - 1 else OutcomeKind.KEPT
        assert outcomes[talent_id].kind is expected
    assert {i: world.repository.load(i).selection.content_hash for i in own} == own, "and it is taken back"


async def test_what_many_show_already_is_recognised_by_the_first_run_that_looks(world: World) -> None:
    """As an earlier version left it, or a person's questions for one talent after the other."""
    for talent_id in people(6):
        join(world, talent_id, picture_bytes(DEFAULT))
        assert (await world.sync(talent_id)).kind is OutcomeKind.UPDATED
    outcomes = await night(world)
    assert {o.reason for o in outcomes.values()} == {Reason.PLACEHOLDER}
    assert {shown(world, i) for i in people(6)} == {INITIALS}


async def test_so_is_what_only_looks_the_same_although_nobody_has_a_new_picture(world: World) -> None:
    for number, talent_id in enumerate(people(LIMIT)):
        join(world, talent_id, encoded_anew(DEFAULT, number))
        assert (await world.sync(talent_id)).kind is OutcomeKind.UPDATED
    outcomes = await night(world)
    assert {o.reason for o in outcomes.values()} == {Reason.PLACEHOLDER}
    assert {shown(world, i) for i in people(LIMIT)} == {INITIALS}


async def test_nobody_is_counted_twice_when_outcomes_are_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of those looked at before in the run, some were updated, and some had it all along."""
    monkeypatch.setattr("talentimg.service.run.sync.BATCH", 1)
    world.concurrency = 1
    old, new, last, *rest = people(8)
    for talent_id in (old, *rest):
        join(world, talent_id, picture_bytes(DEFAULT if talent_id == old else ord(talent_id[-1])))
    await night(world)
    for talent_id in (new, last):
        join(world, talent_id, picture_bytes(DEFAULT))
    world.pass_time(hours=24)
    tally, outcomes = Tally(), {}
    async for outcome in world.syncer().sync_due(before=None, limit=None):
        tally.add(outcome)
        outcomes[outcome.talent_id] = outcome.kind
    assert tally.looked_at == 8
    assert {k: n for k, n in tally.counts.items() if n} == Counter(outcomes.values())
    assert Counter(outcomes.values()) == {OutcomeKind.FAILED: 3, OutcomeKind.UNCHANGED: 5}


async def test_who_had_it_all_along_and_was_called_unchanged_is_not_counted_twice_either(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talentimg.service.run.sync.BATCH", 1)
    world.concurrency = 1
    old, new, *rest = everybody = people(5)
    for number, talent_id in enumerate(everybody):
        join(world, talent_id, picture_bytes(DEFAULT if talent_id == old else number))
    await night(world)
    for talent_id in (new, rest[0]):
        give(world, talent_id, picture_bytes(DEFAULT))
    world.pass_time(hours=24)
    provider, is_reported = world.providers["instagram"], asyncio.Event()
    ask = provider.lookup

    async def old_first(accounts: Sequence[Account]) -> Mapping[str, Answer]:
        if accounts[0].talent_id != old:
            await is_reported.wait()
        return await ask(accounts)

    provider.lookup = old_first  # type: ignore[method-assign]  # the others are answered later
    tally, outcomes = Tally(), []
    async for outcome in world.syncer().sync_due(before=None, limit=None):
        tally.add(outcome)
        outcomes.append(outcome)
        is_reported.set()
    retracted = {o.talent_id: o.instead_of for o in outcomes if o.instead_of}
    assert retracted.pop(old) == RetractedOutcome(OutcomeKind.UNCHANGED, "instagram")
    assert list(retracted.values()) == [RetractedOutcome(OutcomeKind.UPDATED, "instagram")]
    last = {o.talent_id: o.kind for o in outcomes}
    assert {k: n for k, n in tally.counts.items() if n} == Counter(last.values())


async def test_two_placeholders_in_a_row_do_not_bring_one_another_back(world: World) -> None:
    ada = people(4)[0]
    for talent_id in people(4):
        join(world, talent_id, picture_bytes(DEFAULT))
        await world.sync(talent_id)
    for talent_id in people(4):
        give(world, talent_id, picture_bytes(DEFAULT + 1))
        world.pass_time(hours=1)
        await world.sync(talent_id)
    await night(world)
    for talent_id in people(4)[1:]:
        give(world, talent_id, picture_bytes(DEFAULT))
    for _ in range(2):
        outcomes = await night(world)
        assert len(outcomes) == 4
    assert shown(world, ada) in {INITIALS, "instagram"}
    seen = Counter(world.repository.load(i).selection.content_hash for i in people(4))
    assert all(number < LIMIT for content, number in seen.items() if content)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 2), max_size=3),
    st.lists(st.tuples(st.sampled_from([DEFAULT, DEFAULT + 1]), st.integers(0, 9)), min_size=1, max_size=5),
)
async def test_the_last_good_picture_is_never_lost_behind_placeholders(
    own: list[int], defaults: list[tuple[int, int]]
) -> None:
    """However many default pictures were shown in a row, each encoded anew, before others came for them."""
    world, (ada, *others) = World(), people(7)
    join(world, ada, picture_bytes(3))
    await night(world)
    for seed in own:
        give(world, ada, picture_bytes(seed))
        await night(world)
    good = world.repository.load(ada).selection
    for seed, number in defaults:
        give(world, ada, encoded_anew(seed, number))
        await night(world)
    for number, talent_id in enumerate(others):
        join(world, talent_id, encoded_anew(DEFAULT + number % 2, 10 + number))
    for _ in range(2):
        await night(world)
        assert world.repository.load(ada).selection.content_hash == good.content_hash
    assert {shown(world, i) for i in others} == {INITIALS}


async def test_a_default_picture_that_nobody_ever_had_another_before_gives_initials(world: World) -> None:
    ada, *others = people(4)
    for number in range(3):
        (give if number else join)(world, ada, encoded_anew(DEFAULT, number))
        await night(world)
    for talent_id in others:
        join(world, talent_id, picture_bytes(DEFAULT))
    await night(world)
    assert shown(world, ada) == INITIALS


# -- whatever its bytes ----------------------------------------------------------------------


async def test_a_default_picture_that_comes_in_other_bytes_for_everybody_is_recognised(world: World) -> None:
    for number, talent_id in enumerate(people(40)):
        join(world, talent_id, encoded_anew(DEFAULT, number))
    assert len({encoded_anew(DEFAULT, n) for n in range(40)}) == 40
    outcomes = await night(world)
    assert {o.reason for o in outcomes.values()} == {Reason.PLACEHOLDER}
    assert {shown(world, i) for i in people(40)} == {INITIALS}
    assert len(world.repository.suspects()) == 1
    late = people(41)[-1]
    join(world, late, encoded_anew(DEFAULT, 41))
    assert (await world.sync(late)).reason is Reason.PLACEHOLDER, "nor is it shown for somebody new"


async def test_other_bytes_met_on_other_nights_count_together(world: World) -> None:
    for number, talent_id in enumerate(people(4)):
        join(world, talent_id, encoded_anew(DEFAULT, number))
        await night(world)
        world.pass_time(days=90)
    await night(world)
    assert {shown(world, i) for i in people(4)} == {INITIALS}


async def test_what_a_person_allows_is_allowed_in_all_its_bytes(world: World) -> None:
    for number, talent_id in enumerate(people(5)):
        join(world, talent_id, encoded_anew(DEFAULT, number))
    await night(world)
    (suspect,) = world.repository.suspects()
    world.placeholders().allow(suspect.source_hash, by="eve")
    assert {o.kind for o in (await night(world)).values()} == {OutcomeKind.UPDATED}
    assert {o.kind for o in (await night(world)).values()} == {OutcomeKind.UNCHANGED}
    assert {shown(world, i) for i in people(5)} == {"instagram"}
    assert len(world.repository.suspects()) == 1


async def test_a_plain_gradient_is_known_by_its_bytes_alone(world: World) -> None:
    for number, talent_id in enumerate(people(5)):
        band = Image.linear_gradient("L").resize((200, 200))
        band = band.point([level * (200 + number) // 255 for level in range(256)])
        buffer = io.BytesIO()
        band.convert("RGB").save(buffer, "JPEG")
        join(world, talent_id, buffer.getvalue())
    outcomes = await night(world)
    assert {o.kind for o in outcomes.values()} == {OutcomeKind.UPDATED}


# -- what is no placeholder -----------------------------------------------------------------


async def test_an_account_that_several_rows_of_the_roster_name_counts_once(world: World) -> None:
    """The agency's own account, or somebody who is on the roster twice, spelt differently."""
    handles = ("agency", "@agency", "Agency", "the.agency", "agency")
    for talent_id, handle in zip(people(5), handles, strict=True):
        account = NewAccount("instagram", handle)
        world.repository.add([NewTalent(talent_id, talent_id, accounts=(account,))], world.now)
        world.web.pictures[world.offers("instagram", handle, 1, user_id="17841")] = encoded_anew(
            1, ord(talent_id[-1])
        )
    for _ in range(2):
        await night(world)
    assert {shown(world, i) for i in people(5)} == {"instagram"}
    assert world.repository.suspects() == []


async def test_avatars_on_the_roster_are_somebodys_own_even_if_they_are_the_same(world: World) -> None:
    for talent_id in people(5):
        url = f"https://people.example/{talent_id}.jpg"
        world.web.pictures[url] = picture_bytes(DEFAULT)
        world.add(talent_id, avatar=url)
    assert {o.kind for o in (await night(world)).values()} == {OutcomeKind.UPDATED}
    assert {shown(world, i) for i in people(5)} == {USER}


async def test_the_same_picture_on_several_platforms_is_somebodys_own(world: World) -> None:
    for platform in ("instagram", "tiktok", "youtube"):
        for talent_id in people(2):
            join(world, f"{talent_id}{platform[0]}", picture_bytes(5), platform)
    outcomes = await night(world)
    assert {o.kind for o in outcomes.values()} == {OutcomeKind.UPDATED}
    assert world.repository.suspects() == []


@settings(max_examples=25, deadline=None)
@given(st.data())
async def test_a_picture_of_fewer_people_than_the_limit_is_never_taken_away(data: st.DataObject) -> None:
    """On any night anybody may get any picture, in any bytes, as long as few enough people share it."""
    world, everybody = World(), people(8)
    for talent_id in everybody:
        join(world, talent_id, picture_bytes(1000 + ord(talent_id[-1])))
    await night(world)
    had: dict[int, set[str]] = {}
    for _ in range(data.draw(st.integers(1, 4), "nights")):
        now: dict[str, int] = {}
        for talent_id in data.draw(st.lists(st.sampled_from(everybody), unique=True), "who"):
            seed = data.draw(st.integers(0, 5), "picture")
            if len(had.get(seed, set()) | {talent_id}) < LIMIT:
                had.setdefault(seed, set()).add(talent_id)
                now[talent_id] = seed
                give(world, talent_id, encoded_anew(seed, data.draw(st.integers(0, 9), "bytes")))
        outcomes = await night(world)
        for talent_id in everybody:
            record = world.repository.load(talent_id)
            assert record.candidates["instagram"].state is State.FOUND
            assert record.selection.source == "instagram"
            assert talent_id not in now or outcomes[talent_id].kind is not OutcomeKind.KEPT
    assert world.repository.suspects() == []


# -- a dry run ---------------------------------------------------------------------------------


async def test_a_dry_run_refuses_it_too_and_writes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talentimg.service.run.sync.BATCH", 1)
    old, *new = people(4)
    join(world, old, encoded_anew(DEFAULT, 0))
    await night(world)
    for number, talent_id in enumerate(new, 1):
        join(world, talent_id, encoded_anew(DEFAULT, number))
    world.pass_time(hours=24)
    dry = World(DryRepository(world.repository), DryObjectStore(world.store), world.web, world.now)
    dry.providers = world.providers
    tally = Tally()
    roster = dry.syncer().sync_due(before=None, limit=None)
    async for outcome in roster:
        tally.add(outcome)
    assert tally.looked_at == 4
    assert tally.counts[OutcomeKind.FAILED] == 3, "those who are new"
    assert [suspect.talents for suspect in roster.suspects] == [LIMIT]
    assert world.repository.suspects() == []
    assert shown(world, old) == "instagram"


async def test_a_picture_that_turns_out_to_be_a_placeholder_during_the_look_is_not_kept(world: World) -> None:
    """The others of a run find it out while this one is under way."""
    (ada,) = people(1)
    join(world, ada, picture_bytes(DEFAULT))
    await world.sync(ada)
    known = world.repository.load(ada).candidates["instagram"]
    assert known.source_hash
    suspect = Suspect("instagram", known.source_hash, known.content_hash or "", world.now, LIMIT)
    provider, syncer = world.providers["instagram"], world.syncer()
    ask = provider.lookup

    async def while_others_find_out(accounts: Sequence[Account]) -> Mapping[str, Answer]:
        await syncer._sources.suspected.add(suspect)
        return await ask(accounts)

    provider.lookup = while_others_find_out  # type: ignore[method-assign]  # it happens during the look
    outcome = await syncer.sync(ada)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.FAILED, Reason.PLACEHOLDER)
    assert shown(world, ada) == INITIALS


# -- whoever takes part in the run -------------------------------------------------------------


class WrittenAtOnce(MemoryRepository):
    """Processes that share a run write at the same moment: each has looked before any other has written."""

    def __init__(self, processes: int) -> None:
        super().__init__()
        self.together = threading.Barrier(processes)
        self.left = processes

    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        with self._lock:
            self.left, waits = self.left - 1, self.left > 0
        if waits:
            self.together.wait(TIME_LIMIT)
        return super().save(changes, now)


@pytest.mark.parametrize("processes", [LIMIT, LIMIT + 1])
async def test_several_processes_that_write_it_at_the_same_moment_see_it_together(processes: int) -> None:
    world = World(repository=WrittenAtOnce(processes))
    everybody = people(processes)
    for number, talent_id in enumerate(everybody):
        join(world, talent_id, encoded_anew(DEFAULT, number))
    world.pass_time(hours=24)
    await asyncio.gather(*(world.run(limit=1, since=world.now) for _ in everybody))
    assert {shown(world, talent_id) for talent_id in everybody} == {INITIALS}
    assert len(world.repository.suspects()) >= 1


class Behind(SuspectedPlaceholders):
    """What a process remembers that has read them just before another one has added some."""

    def __init__(self, repository: Results) -> None:
        super().__init__(repository)
        self._read_at = float("inf")


async def test_who_does_not_know_yet_that_another_process_suspects_it_hears_of_it_in_time() -> None:
    world, (ada, *others) = World(), people(LIMIT + 1)
    for talent_id in others:
        join(world, talent_id, picture_bytes(DEFAULT))
    began = world.now
    await world.run(since=began)
    assert {shown(world, talent_id) for talent_id in others} == {INITIALS}
    join(world, ada, picture_bytes(DEFAULT))
    syncer = world.syncer()
    syncer._sources.suspected = Behind(world.repository)
    async for _ in syncer.sync_due(before=None, limit=None, since=began):
        """Until its end."""
    assert shown(world, ada) == INITIALS
