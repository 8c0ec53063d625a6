"""A picture that is not there, and a host of pictures that wants fewer requests at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import PictureError
from talentimg.models import INITIALS, USER, OutcomeKind, Reason, State
from talentimg.providers.interface import Found, RemotePicture
from talentimg.service.lookup.allowance import Allowance
from talentimg.service.lookup.pacing import Pacing
from talentimg.store.memory import MemoryObjectStore
from tests.conftest import NOW
from tests.service.world import FakeWeb, World, picture_bytes

if TYPE_CHECKING:
    from talentimg.http.interface import Fetched, NotModified, Room

AVATAR = "https://app.example/ada.jpg"
ICON = "https://social.example/icon.jpg"


@pytest.fixture
def world() -> World:
    return World()


def on_the_fediverse(world: World, *addresses: str) -> None:
    """Ada's server, which names these pictures; no host of pictures is that of a large platform."""
    provider = world.providers["instagram"]
    provider.info = replace(provider.info, picture_hosts=())  # type: ignore[misc]  # one fake stands for all
    first, *others = addresses
    provider.answers["ada"] = Found(RemotePicture((first,), others=tuple(others)), user_id="ada")


def state_of(world: World, source: str) -> State:
    return world.repository.load("ada").candidates[source].state


async def test_an_avatar_that_is_gone_twice_is_an_absence_and_the_next_source_takes_over(
    world: World,
) -> None:
    world.add("ada", avatar=AVATAR)
    world.web.pictures[AVATAR] = picture_bytes(1)
    assert (await world.sync()).source == USER
    del world.web.pictures[AVATAR]
    for hours, kind in ((1, OutcomeKind.KEPT), (2, OutcomeKind.KEPT), (21, OutcomeKind.DEMOTED)):
        world.pass_time(hours=hours)
        outcome = await world.sync()
        assert (outcome.kind, outcome.reason) == (kind, Reason.NO_PICTURE)
        assert outcome.detail == "The picture's address is dead. Nobody names another address of the picture."
        assert not outcome.is_trouble, "nobody has to look"
    assert world.repository.load("ada").selection.source == INITIALS


@pytest.mark.parametrize(
    "kept",
    [
        "https://www.gravatar.com/avatar/c0ffee?d=identicon&s=80",
        "https://s.gravatar.com/avatar/c0ffee?s=480&r=pg&d=https%3A%2F%2Fcdn.login.example%2Favatars%2Fad.png",
        "http://gravatar.com/avatar/c0ffee",
        "https://seccdn.libravatar.org/avatar/c0ffee?d=retro",
        "https://i1.wp.com/secure.gravatar.com/avatar/c0ffee?ssl=1",
    ],
)
async def test_a_gravatar_on_the_roster_never_shows_its_drawing(world: World, kept: str) -> None:
    world.add("ada", avatar=kept)
    world.web.pictures[kept] = picture_bytes(1)  # a drawing, for whoever asks as the roster has it
    assert (await world.sync()).source == INITIALS
    assert (state_of(world, USER), kept in world.web.fetched) == (State.ABSENT, False)
    asked = world.web.fetched[-1]
    assert "d=404" in asked
    world.web.pictures[asked] = picture_bytes(2)  # a face
    assert (await world.sync(force=True)).source == USER


@pytest.mark.parametrize("forced", [True, False])
async def test_what_is_made_once_more_is_written_whole_so_that_all_of_it_is_as_young_as_its_row(
    world: World, *, forced: bool
) -> None:
    """A sweep that began earlier may think of forms that are there already as nobody's."""
    store = world.store = MemoryObjectStore(lambda: world.now)
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    await world.sync()
    (first, *_), at = list(store.listing()), world.now
    world.pass_time(days=1)
    if not forced:
        store.delete(first.key)
    await world.sync(force=forced)
    assert at not in {one.held.changed_at for one in store.listing()}


async def test_an_icon_that_is_gone_twice_is_an_absence(world: World) -> None:
    world.add("ada", "instagram", "tiktok")
    world.offers("tiktok", "ada", 2)
    on_the_fediverse(world, ICON)
    world.web.pictures[ICON] = picture_bytes(1)
    assert (await world.sync()).source == "instagram"
    del world.web.pictures[ICON]
    assert (await world.sync()).kind is OutcomeKind.KEPT
    world.pass_time(hours=21)
    assert (await world.sync()).source == "tiktok"


async def test_an_icon_that_has_moved_meanwhile_is_fetched_from_its_new_address(world: World) -> None:
    world.add("ada", "instagram")
    on_the_fediverse(world, ICON)
    old = world.providers["instagram"].answers["ada"]
    url = world.offers("instagram", "ada", 1)
    new = world.providers["instagram"].answers["ada"]
    world.providers["instagram"].answers["ada"] = [old, new]  # type: ignore[list-item]
    assert (await world.sync()).url == url


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.MISSING, Reason.TOKEN, Reason.NO_TOKEN}))
async def test_nothing_but_a_missing_picture_is_an_absence(world: World, reason: Reason) -> None:
    """Not a refusal, a picture of no use, or silence, whoever's address it is."""
    world.add("ada", "instagram", avatar=AVATAR)
    on_the_fediverse(world, ICON)
    world.web.pictures[AVATAR] = world.web.pictures[ICON] = PictureError("No.", reason=reason)
    await world.sync()
    assert (state_of(world, "instagram"), state_of(world, USER)) == (State.TROUBLE, State.TROUBLE)


async def test_one_of_several_icons_that_is_there_makes_it_no_absence(world: World) -> None:
    world.add("ada", "instagram")
    on_the_fediverse(world, ICON, "https://social.example/logo.svg", "https://social.example/gone.jpg")
    world.web.pictures["https://social.example/logo.svg"] = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    outcome = await world.sync()
    assert (state_of(world, "instagram"), outcome.reason) == (State.TROUBLE, Reason.FORMAT)
    del world.web.pictures["https://social.example/logo.svg"]
    await world.sync()
    assert state_of(world, "instagram") is State.ABSENT


async def test_a_large_platforms_host_that_says_404_is_out_of_order(world: World) -> None:
    world.add("ada", "instagram")
    url = world.offers("instagram", "ada", 1)
    await world.sync()
    del world.web.pictures[url]
    for _ in range(3):
        world.pass_time(hours=21)
        assert ((await world.sync()).kind, state_of(world, "instagram")) == (OutcomeKind.KEPT, State.TROUBLE)


# -- a host that wants fewer requests at once ---------------------------------------------


class Crowded(FakeWeb):
    """Refuses the first so many requests, and then so many more."""

    def __init__(self, refusals: int, *, until: timedelta | None = None) -> None:
        super().__init__()
        self.refusals = refusals
        self.until = until

    async def fetch_picture(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        hosts: tuple[str, ...] = (),
        room: Room | None = None,
    ) -> Fetched | NotModified:
        if self.refusals:
            self.refusals -= 1
            self.fetched.append(url)
            until = NOW + self.until if self.until else None
            raise PictureError("cdn.example wants a pause.", reason=Reason.THROTTLED, retry_at=until)
        return await super().fetch_picture(
            url, etag=etag, last_modified=last_modified, hosts=hosts, room=room
        )


async def ask_all(world: World, monkeypatch: pytest.MonkeyPatch, *, budget: timedelta) -> set[Reason | None]:
    monkeypatch.setattr("talentimg.service.lookup.sources.SECOND_TRY", timedelta(milliseconds=20))
    began = monotonic()
    pacing = Pacing(world.repository, lambda: NOW + timedelta(seconds=monotonic() - began))
    talents = ["ada", "bea", "cid"]
    for number, talent_id in enumerate(talents):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, number)
    syncer = world.syncer(Allowance(pacing, budget=budget))
    return {outcome.reason async for outcome in syncer.sync_many(talents)}


async def test_a_host_that_throttles_without_naming_a_time_is_tried_once_more_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    web = Crowded(3)
    assert await ask_all(World(web=web), monkeypatch, budget=timedelta(seconds=5)) == {None}
    assert len(web.fetched) == 6


async def test_and_if_it_throttles_again_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    web = Crowded(100)
    world = World(web=web)
    assert await ask_all(world, monkeypatch, budget=timedelta(seconds=5)) == {Reason.THROTTLED}
    assert len(web.fetched) <= 6
    (cooldown,) = world.repository.cooldowns(NOW)
    assert cooldown.until >= NOW + timedelta(minutes=14)
    next_due = world.repository.load("ada").candidates["instagram"].next_due_at
    assert next_due is not None
    assert next_due >= NOW + timedelta(minutes=14)


@pytest.mark.parametrize(("named", "budget"), [(timedelta(hours=1), 5), (None, 0)])
async def test_a_time_that_is_named_or_a_run_that_may_not_wait_gets_no_second_try(
    monkeypatch: pytest.MonkeyPatch, named: timedelta | None, budget: int
) -> None:
    web = Crowded(100, until=named)
    assert await ask_all(World(web=web), monkeypatch, budget=timedelta(seconds=budget)) == {Reason.THROTTLED}
    assert len(web.fetched) <= 3
