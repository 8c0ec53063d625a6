from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from talentimg.demo.crowd import crowd_world
from talentimg.demo.people import INSTAGRAM, PLATFORMS, TIKTOK, YOUTUBE
from talentimg.demo.platforms import all_platforms
from talentimg.demo.platforms.user import UserAvatars
from talentimg.demo.roster import demo_roster, demo_world, roster_of
from talentimg.demo.settings import provider_settings
from talentimg.providers.registry import platform_names

if TYPE_CHECKING:
    from talentimg.demo.world import World
    from tests.demo.conftest import Clock

BASE = "http://127.0.0.1:1"


def test_a_crowd_is_the_same_for_the_same_seed() -> None:
    one, same, other = crowd_world(50, seed=1), crowd_world(50, seed=1), crowd_world(50, seed=2)

    def where(world: World) -> list[tuple[str, ...]]:
        return [tuple(person.presences) for person in world.people()]

    def pictures(world: World) -> list[int | None]:
        return [p.picture for person in world.people() for p in person.presences.values()]

    assert where(one) == where(same) != where(other)
    assert pictures(one) == pictures(same)
    assert not set(pictures(one)) & set(pictures(other))
    assert len(set(pictures(one))) == 50


def test_a_crowd_is_spread_as_asked() -> None:
    world = crowd_world(2000, mix={"youtube": 3, "bluesky": 1})
    counts = [sum(name in p.presences for p in world.people()) for name in ("youtube", "bluesky")]
    assert sum(counts) == 2000
    assert 1400 < counts[0] < 1600
    everywhere = crowd_world(10, mix=dict.fromkeys(PLATFORMS, 1.0), accounts=8)
    assert all(set(person.presences) == set(PLATFORMS) for person in everywhere.people())


def test_a_crowd_can_be_asked_for_as_a_roster() -> None:
    world = crowd_world(200)
    roster = roster_of(world, BASE)
    assert len({talent.id for talent in roster}) == 200
    accounts = [account for talent in roster for account in talent.accounts]
    assert {account.platform for account in accounts} == {"instagram", "tiktok", "youtube", "bluesky"}
    for account in accounts:
        assert (account.token is not None) == (account.platform in {INSTAGRAM, TIKTOK})
        assert account.platform != YOUTUBE or account.handle.startswith("UC"), "asked by the fifty"


def test_a_crowds_youtube_handles_are_their_channels() -> None:
    world = crowd_world(20, mix={"youtube": 1})
    for person in world.people():
        presence = person.presences[YOUTUBE]
        assert presence.known_as == presence.user_id
        assert world.by_user_id(YOUTUBE, presence.known_as) == presence


def test_a_handle_can_be_taken_over_by_somebody_else(world: World) -> None:
    first = world.presence("ada", INSTAGRAM).user_id
    world.rename(INSTAGRAM, "ada.lovelace", "countess")
    world.add("eve", "Eve")
    world.join("eve", INSTAGRAM, "ada.lovelace")
    found = world.by_handle(INSTAGRAM, "ada.lovelace")
    assert found is not None
    assert (found.person_id, found.user_id == first) == ("eve", False)


def test_nobody_can_be_renamed_who_is_not_there(world: World) -> None:
    with pytest.raises(KeyError):
        world.rename(INSTAGRAM, "nobody", "somebody")


def test_a_token_of_one_platform_is_none_of_another(world: World) -> None:
    presence = world.presence("ada", TIKTOK)
    assert world.grant(INSTAGRAM, presence.token) is None
    assert world.refresh(YOUTUBE, presence.refresh_token or "", rotate=False) is None


def test_tokens_have_an_end_by_the_worlds_clock(world: World, clock: Clock) -> None:
    for platform in (INSTAGRAM, TIKTOK, YOUTUBE):
        grant = world.grant(platform, world.presence("ada", platform).token)
        assert grant is not None
        assert clock.now < grant.expires_at


def test_the_demos_dozen_are_on_every_platform_that_has_a_stand_in(world: World) -> None:
    roster = demo_roster(BASE)
    assert len(roster) == 12
    platforms = {account.platform for talent in roster for account in talent.accounts}
    assert platforms == set(PLATFORMS) == {p.name for p in all_platforms(world)} - {UserAvatars.name}


def test_every_stand_in_stands_for_a_platform_that_can_be_asked() -> None:
    assert set(PLATFORMS) <= set(platform_names())


def test_the_demos_dozen_show_every_turn_of_the_chain() -> None:
    world = demo_world()
    roster = {talent.id: talent for talent in demo_roster(BASE, world)}
    assert world.presence("nour", "instagram").shows_default
    assert not world.presence("yael", "bluesky").is_active
    assert roster["zoe"].accounts[0].handle == "zoe-brandt" != world.presence("zoe", "github").handle
    token = roster["kwame"].accounts[0].token
    assert token is not None
    assert token.refresh_token
    assert token.expires_at is not None
    assert token.expires_at < datetime.now(UTC)
    assert roster["ingrid"].avatar_url == f"{BASE}/pictures/user/ingrid.jpg"
    assert roster["ingrid"].accounts == ()
    assert roster["olu"].accounts[0].profile_url == f"{BASE}/site/oluwaseun"
    assert world.faults("gravatar").throttle == 0


def test_the_demos_tokens_are_the_same_in_every_world() -> None:
    def tokens() -> list[str]:
        accounts = [account for talent in demo_roster(BASE) for account in talent.accounts]
        return [account.token.access_token for account in accounts if account.token]

    assert tokens() == tokens()


def test_settings_point_every_platform_of_the_demo_at_the_server() -> None:
    settings = provider_settings(BASE + "/")
    assert set(settings) == set(PLATFORMS)
    for name, values in settings.items():
        for key, value in values.items():
            if key.endswith("base_url"):
                assert value.startswith(f"{BASE}/"), name
