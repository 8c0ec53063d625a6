"""A picture belongs to the question that it answers: it is nothing once the roster names somebody else."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talentimg.errors import LossLimitExceeded, PictureError, StoreUnavailable
from talentimg.models import INITIALS, USER, Lock, OptOut, OutcomeKind, Policy, Reason
from talentimg.models.question import question_of
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.service.decision.explain import NOT_ASKED_SINCE, explain
from tests.conftest import NOW
from tests.service.world import World, picture_bytes
from tests.the_app import SharedMemory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.repository.interface.entries import Follow

AVATARS = ("https://cdn.example/user/ada.jpg", "https://cdn.example/user/eve.jpg")


@pytest.fixture
def app() -> SharedMemory:
    return SharedMemory()


@pytest.fixture
def world(app: SharedMemory) -> World:
    return World(repository=app)


# -- by example ------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, 6, 29])
async def test_a_handle_that_the_app_corrects_takes_the_old_persons_picture_along(
    world: World, app: SharedMemory, days: int
) -> None:
    """Whatever trouble the new one and the sources below are in."""
    world.add("ada", "instagram", "tiktok")
    world.offers("instagram", "ada", 1)
    world.fails("tiktok", "ada")
    await world.sync()
    app.write_handle("ada", "instagram", "right")
    world.fails("instagram", "right")
    world.pass_time(days=days)
    outcome = await world.sync()
    assert (outcome.kind, outcome.source, outcome.previous_source) == (
        OutcomeKind.DEMOTED,
        INITIALS,
        "instagram",
    )
    assert "no longer names" in (outcome.detail or "")
    world.offers("instagram", "right", 2, user_id="2")
    assert (await world.sync()).source == "instagram"


async def test_an_avatar_that_the_app_replaces_is_no_longer_shown(world: World, app: SharedMemory) -> None:
    world.add("ada", avatar=AVATARS[0])
    world.web.pictures[AVATARS[0]] = picture_bytes(1)
    assert (await world.sync()).source == USER
    app.write_avatar("ada", AVATARS[1])
    world.web.pictures[AVATARS[1]] = PictureError("No answer.", reason=Reason.TIMEOUT)
    assert (await world.sync()).source == INITIALS


async def test_an_account_that_the_app_disconnects_loses_its_picture_as_with_disconnect(
    world: World, app: SharedMemory
) -> None:
    world.add("ada", "instagram", "tiktok")
    world.offers("instagram", "ada", 1)
    await world.sync()
    app.write_connected("ada", "instagram", connected=False)
    world.fails("tiktok", "ada")
    assert (await world.sync()).source == INITIALS


async def test_a_talent_without_any_account_left_is_due_once_more(world: World, app: SharedMemory) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    await world.sync()
    app.write_connected("ada", "instagram", connected=False)
    world.pass_time(days=1)
    outcomes, _ = await world.run()
    assert outcomes["ada"].source == INITIALS
    assert (await world.run())[0] == {}


async def test_nothing_that_was_learnt_of_another_handle_is_used(world: World, app: SharedMemory) -> None:
    """The same address with the same validator, and the same key: it is fetched all the same."""
    world.add("ada", "instagram")
    url = world.offers("instagram", "ada", 1, key="k")
    world.web.etags[url] = "v"
    await world.sync()
    app.write_handle("ada", "instagram", "right")
    world.providers["instagram"].answers["right"] = world.providers["instagram"].answers["ada"]
    world.web.pictures[url] = picture_bytes(2)
    world.web.etags[url] = "w"
    outcome = await world.sync()
    assert outcome.kind is OutcomeKind.UPDATED
    assert len(world.web.fetched) == 2


@pytest.mark.parametrize("spelling", ["@ada", "ADA", " Ada "])
async def test_another_spelling_of_a_handle_is_the_same_question(
    world: World, app: SharedMemory, spelling: str
) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    first = await world.sync()
    app.write_handle("ada", "instagram", spelling)
    world.fails("instagram", spelling)
    assert (await world.sync()).content_hash == first.content_hash


async def test_a_lock_holds_and_once_it_ends_the_old_picture_goes(world: World, app: SharedMemory) -> None:
    """Looks during the lock drop what is outdated. What is shown still tells whose it is."""
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    first = await world.sync()
    app.save_policy("ada", Policy(lock=Lock("eve", NOW)))
    app.write_handle("ada", "instagram", "right")
    world.fails("instagram", "right")
    for _ in range(2):
        outcome = await world.sync()
        assert (outcome.kind, outcome.content_hash) == (OutcomeKind.LOCKED, first.content_hash)
    app.save_policy("ada", Policy())
    assert (await world.sync()).source == INITIALS


async def test_what_the_valve_holds_back_is_not_taken_for_the_new_persons(
    world: World, app: SharedMemory
) -> None:
    """Many edits at once wait for a person's yes, as other losses do; each night they are lost anew."""
    people = [f"talent{number}" for number in range(8)]
    for seed, talent_id in enumerate(people):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, seed)
    await world.run()
    for talent_id in people:
        app.write_handle(talent_id, "instagram", f"right{talent_id}")
        world.fails("instagram", f"right{talent_id}")
    for _ in range(2):
        world.pass_time(days=1)
        outcomes, roster = await world.run()
        assert roster.exceeded is not None
        assert {o.source for o in outcomes.values()} == {"instagram"}
    world.pass_time(days=1)
    outcomes, _ = await world.run(allow_losses=8)
    assert {o.source for o in outcomes.values()} == {INITIALS}


async def test_a_candidate_of_before_questions_were_kept_counts_until_the_next_look(
    world: World, app: SharedMemory
) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    await world.sync()
    record = world.repository.load("ada")
    old = replace(record.candidates["instagram"], question=None)
    world.repository.save([Change("ada", replace(record.selection, question=None), (old,))], world.now)
    world.fails("instagram", "ada")
    assert (await world.sync()).kind is OutcomeKind.KEPT
    app.write_handle("ada", "instagram", "right")
    world.fails("instagram", "right")
    assert (await world.sync()).source == INITIALS


async def test_an_internal_error_keeps_no_picture_of_somebody_else(world: World, app: SharedMemory) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    await world.sync()
    app.write_handle("ada", "instagram", "right")
    world.providers["instagram"].answers["right"] = []  # nothing to pop: a fault of ours
    world.pass_time(days=1)
    outcomes, _ = await world.run()
    assert (outcomes["ada"].source, outcomes["ada"].reason) == (INITIALS, Reason.BUG)


async def test_why_says_that_a_source_was_not_asked_since_the_roster_was_changed(
    world: World, app: SharedMemory
) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    await world.sync()
    app.write_handle("ada", "instagram", "right")
    steps = explain(world.repository.load("ada"), world.resolver().rules, world.now)
    assert steps[0].why == NOT_ASKED_SINCE


def test_a_question_holds_nothing_of_an_address() -> None:
    world = World()
    secret = "https://u:s3cret@cdn.example/a.jpg?token=s3cret"
    account = NewAccount("website", "ada.example", profile_url=secret)
    world.repository.add([NewTalent("ada", "Ada", avatar_url=secret, accounts=(account,))], world.now)
    talent = world.repository.load("ada").talent
    for source in (USER, "website"):
        assert "s3cret" not in (question_of(talent, source) or "s3cret")
    assert question_of(talent, "instagram") is None
    assert question_of(replace(talent, avatar_url=None), USER) is None


# -- never -----------------------------------------------------------------------------------

EDITS: dict[str, Callable[[SharedMemory], None]] = {
    "instagram is ada": lambda app: app.write_handle("ada", "instagram", "ada"),
    "instagram is eve": lambda app: app.write_handle("ada", "instagram", "eve"),
    "tiktok is eve": lambda app: app.write_handle("ada", "tiktok", "eve"),
    "instagram goes": lambda app: app.write_connected("ada", "instagram", connected=False),
    "instagram comes": lambda app: app.write_connected("ada", "instagram", connected=True),
    "tiktok goes": lambda app: app.write_connected("ada", "tiktok", connected=False),
    "avatar of ada": lambda app: app.write_avatar("ada", AVATARS[0]),
    "avatar of eve": lambda app: app.write_avatar("ada", AVATARS[1]),
    "no avatar": lambda app: app.write_avatar("ada", None),
    "lock": lambda app: app.save_policy("ada", Policy(lock=Lock("eve", NOW))),
    "unlock": lambda app: app.save_policy("ada", Policy()),
    "import": lambda app: app.update(
        [NewTalent("ada", "Ada", accounts=(NewAccount("instagram", "eve"),))], NOW
    ),
}
ANSWERS = ["found", "same", "trouble", "absent", "garbled"]
NIGHTS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(sorted(EDITS)), max_size=2),
        st.fixed_dictionaries(
            {(p, h): st.sampled_from(ANSWERS) for p in ("instagram", "tiktok", USER) for h in ("ada", "eve")}
        ),
        st.sampled_from([1, 21, 24, 24 * 8]),
    ),
    min_size=2,
    max_size=8,
)


def answer(world: World, source: str, who: str, what: str, number: int) -> None:
    """What a source says of somebody this night."""
    if source == USER:
        url = AVATARS[who == "eve"]
        is_there = what in {"found", "same"}
        world.web.pictures[url] = (
            picture_bytes(100 + len(url) + (who == "eve"))
            if is_there
            else PictureError("No.", reason=Reason.TIMEOUT)
        )
    elif what == "found":
        world.offers(source, who, number, user_id=who)
    elif what == "trouble":
        world.fails(source, who)
    elif what == "absent":
        world.lacks(source, who)
    elif what == "garbled":
        world.web.pictures[world.offers(source, who, number, user_id=who)] = PictureError("None.")


def is_asked_for(record: TalentRecord) -> bool:
    """Whether what is shown was fetched for whom the roster names: its address tells."""
    url = record.selection.url
    if url is None or url == record.talent.avatar_url:
        return True
    platform, handle = url.split("/")[3:5]
    account = record.talent.account(platform)
    return account is not None and account.handle == handle


@settings(max_examples=120, deadline=None)
@given(NIGHTS)
def test_never_is_a_picture_shown_that_was_fetched_for_somebody_else(
    nights: list[tuple[list[str], dict[tuple[str, str], str], int]],
) -> None:
    """Whatever the app edits and the platforms answer: after the night, and all the time under a lock."""

    async def live() -> None:
        app = SharedMemory()
        world = World(repository=app)
        world.add("ada", "instagram", "tiktok", avatar=AVATARS[0])
        for number, (edits, answers, hours) in enumerate(nights):
            for edit in edits:
                EDITS[edit](app)
            for (source, who), what in answers.items():
                answer(world, source, who, what, number)
            await world.run()
            record = app.load("ada")
            assert is_asked_for(record) or record.policy.lock is not None
            assert all(c.question == question_of(record.talent, s) for s, c in record.candidates.items())
            world.pass_time(hours=hours)

    asyncio.run(live())


# -- imports ---------------------------------------------------------------------------------


async def shown_on_instagram(world: World, number: int) -> list[NewTalent]:
    """Talents who show a picture, and the import that gives each another handle."""
    people = [f"talent{letter}" for letter in "abcdefghi"[:number]]
    for seed, talent_id in enumerate(people):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, seed)
    await world.run()
    return [NewTalent(i, i.title(), accounts=(NewAccount("instagram", f"{i}.right"),)) for i in people]


def sources(world: World, talents: Iterable[NewTalent]) -> list[str]:
    return [world.repository.load(t.id).selection.source for t in talents]


async def test_an_import_that_fails_has_withdrawn_nothing() -> None:
    class Full(SharedMemory):
        def update(
            self, talents: Sequence[NewTalent], now: datetime, *, follow: Follow | None = None
        ) -> None:
            raise StoreUnavailable("The disk is full.")

    world = World(repository=Full())
    new = await shown_on_instagram(world, 3)
    with pytest.raises(StoreUnavailable):
        world.roster().import_talents(new)
    assert sources(world, new) == ["instagram"] * 3


async def test_an_import_that_would_take_too_many_pictures_takes_nothing(world: World) -> None:
    new = await shown_on_instagram(world, 6)
    with pytest.raises(LossLimitExceeded) as refused:
        world.roster().import_talents([*new, NewTalent("bob", "Bob")])
    assert refused.value.message == (
        "The safety valve shut: 6 of 6 pictures would be taken away by this import, and at most 5 may be: "
        "nothing was imported."
    )
    assert refused.value.hint == "If it is right, add: --allow-losses 6"
    assert world.repository.load_many(["bob"]) == []
    assert sources(world, new) == ["instagram"] * 6
    world.roster().import_talents(new, allow_losses=6)
    assert sources(world, new) == [INITIALS] * 6


@pytest.mark.parametrize(
    "policy", [Policy(lock=Lock("eve", NOW)), Policy(opt_outs=(OptOut(),))], ids=["lock", "opt-out"]
)
async def test_who_has_said_what_is_shown_loses_nothing_by_an_import(world: World, policy: Policy) -> None:
    new = await shown_on_instagram(world, 8)
    for talent in new:
        world.repository.save_policy(talent.id, policy)
    world.roster().import_talents(new)
    assert sources(world, new) == ["instagram" if policy.lock else INITIALS] * 8


async def test_who_has_a_lock_that_has_ended_loses_the_picture_of_another(world: World) -> None:
    new = await shown_on_instagram(world, 8)
    for talent in new:
        world.repository.save_policy(talent.id, Policy(lock=Lock("eve", NOW, until=world.now)))
    with pytest.raises(LossLimitExceeded):
        world.roster().import_talents(new)


@settings(max_examples=25, deadline=None)
@given(locked=st.integers(0, 9), allowed=st.none() | st.integers(0, 9))
async def test_an_import_never_takes_more_pictures_than_it_may_nor_refuses_fewer(
    locked: int, allowed: int | None
) -> None:
    world = World()
    new = await shown_on_instagram(world, 9)
    for talent in new[:locked]:
        world.repository.save_policy(talent.id, Policy(lock=Lock("eve", NOW)))
    with nullcontext() if 9 - locked <= max(5, allowed or 0) else pytest.raises(LossLimitExceeded):
        world.roster().import_talents(new, allow_losses=allowed)
    assert sources(world, new)[:locked] == ["instagram"] * locked
    lost = sources(world, new).count(INITIALS)
    assert lost in {0, 9 - locked}
    assert lost <= max(5, allowed or 0)


async def test_an_import_of_what_is_known_already_takes_nothing(world: World) -> None:
    new = await shown_on_instagram(world, 9)
    same = [NewTalent(t.id, t.name, accounts=(NewAccount("instagram", t.id.upper()),)) for t in new]
    world.roster().import_talents(same)
    assert sources(world, new) == ["instagram"] * 9


async def test_an_import_that_replaces_an_avatar_withdraws_it(world: World) -> None:
    world.add("ada", avatar=AVATARS[0])
    world.web.pictures[AVATARS[0]] = picture_bytes(1)
    await world.sync()
    world.roster().import_talents([NewTalent("ada", "Ada", avatar_url=AVATARS[1])])
    assert world.repository.load("ada").selection.source == INITIALS
