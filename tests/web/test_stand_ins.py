"""Ours, else the user's avatar of which we hold a copy, else initials; no platform is asked for any of it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import StoreUnavailable
from talentimg.repository.interface import NewAccount, NewTalent
from tests.service.world import World, picture_bytes
from tests.the_app import on_sqlite

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.conftest import Site

AVATAR = "https://a.example/ada.png"
DAY = timedelta(days=1)


@pytest.fixture
async def world(site: Site) -> World:
    """Instagram shows ada, and of her user's avatar we hold a copy from before."""
    world = World(site.app.repository, site.app.store)
    site.app.now = lambda: world.now
    accounts = (NewAccount("instagram", "ada"),)
    site.app.repository.add(
        [NewTalent("ada", "Ada Lovelace", avatar_url=AVATAR, accounts=accounts)], world.now
    )
    world.web.pictures[AVATAR] = picture_bytes(7)
    assert (await world.syncer().sync("ada")).source == "user"
    world.offers("instagram", "ada", 1)
    world.now += DAY
    assert (await world.syncer().sync("ada")).source == "instagram"
    for provider in world.providers.values():
        provider.asked.clear()
    world.web.pictures.clear()
    return world


def hash_of(site: Site, source: str) -> str:
    found = site.app.repository.load("ada").candidates[source].content_hash
    assert found is not None
    return found


def lose(site: Site, source: str) -> None:
    """All forms of a source's picture are gone."""
    picture = site.app.repository.picture(hash_of(site, source))
    assert picture is not None
    for form in picture.renditions:
        site.app.store.delete(form.key)


async def shown(site: Site) -> str:
    """The hash of what a page is given; empty for initials."""
    got = await site.get("/avatars/ada")
    assert got.status_code == 200
    is_drawn = got.headers["content-type"] == "image/svg+xml"
    return "" if is_drawn else hashlib.sha256(got.content).hexdigest()


async def test_a_picture_that_is_withdrawn_makes_way_for_the_users_avatar_at_once(
    site: Site, world: World
) -> None:
    assert await shown(site) == hash_of(site, "instagram")
    site.app.talent_rules.opt_out("ada", platform="instagram", by="eve")
    assert await shown(site) == hash_of(site, "user")
    site.app.talent_rules.opt_out("ada", by="eve")
    assert await shown(site) == ""


async def test_while_no_form_of_it_can_be_read_the_users_avatar_is_shown_and_nobody_keeps_it(
    site: Site, world: World
) -> None:
    lose(site, "instagram")
    assert await shown(site) == hash_of(site, "user")
    got = await site.get("/avatars/ada?size=96")
    assert (got.headers["content-type"], got.headers["cache-control"]) == ("image/webp", "no-store")
    lose(site, "user")
    assert await shown(site) == ""
    assert [handle for provider in world.providers.values() for handle in provider.asked] == []


@pytest.mark.parametrize("word", ["lock", "opt-out of the avatar", "another avatar"])
async def test_nothing_stands_in_against_a_persons_word(
    site: Site, world: World, new_store: Path, word: str
) -> None:
    rules = site.app.talent_rules
    if word == "lock":
        rules.lock("ada", by="eve")
    elif word == "another avatar":
        with on_sqlite(str(new_store)) as app:
            app.write_avatar("ada", "https://a.example/new.png")
    else:
        rules.opt_out("ada", platform="user", by="eve")
    lose(site, "instagram")
    assert await shown(site) == ""


async def test_a_database_that_does_not_answer_leads_to_initials(
    site: Site, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> None:
        raise StoreUnavailable("The database does not answer.")

    lose(site, "instagram")
    monkeypatch.setattr(site.app.stand_ins, "forms", away)
    assert await shown(site) == ""
