"""Our own providers and HTTP clients understand the server: what the demo relies on."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from talentimg.demo.crowd import MIX, crowd_world
from talentimg.demo.people import PLATFORMS, YOUTUBE
from talentimg.demo.roster import demo_world, roster_of
from talentimg.demo.server import PlatformServer
from talentimg.demo.settings import provider_settings
from talentimg.http import open_clients
from talentimg.http.interface import Fetched
from talentimg.models import Account, Reason
from talentimg.providers.interface import Absent, Found, ProviderContext
from talentimg.providers.registry import provider_class
from tests.providers.played import NoStore

if TYPE_CHECKING:
    from talentimg.providers.interface import Answer

pytestmark = pytest.mark.network


async def answers(server: PlatformServer) -> tuple[dict[tuple[str, str], Answer], list[bytes]]:
    """What every provider says of everybody, and the bytes of every picture found."""
    accounts = [
        Account(
            f"{talent.id}/{new.platform}",
            talent.id,
            new.platform,
            new.handle,
            new.profile_url,
            None,
            new.token,
        )
        for talent in roster_of(server.world, server.url)
        for new in talent.accounts
    ]
    found: dict[tuple[str, str], Answer] = {}
    pictures = []
    async with open_clients(user_agent="talentimg-tests", allow_private=["127.0.0.0/8"]) as clients:
        for platform in PLATFORMS:
            provider_type = provider_class(platform)
            settings = {s.key: s.default for s in provider_type.info.settings}
            settings |= provider_settings(server.url)[platform]
            context = ProviderContext(
                clients.api, clients.web, settings, lambda: datetime.now(UTC), NoStore()
            )
            theirs = [account for account in accounts if account.platform == platform]
            said = await provider_type(context).lookup(theirs)
            found |= {(account.talent_id, platform): said[account.id] for account in theirs}
        for answer in found.values():
            if isinstance(answer, Found):
                fetched = await clients.web.fetch_picture(answer.picture.urls[0], hosts=answer.picture.hosts)
                assert isinstance(fetched, Fetched)
                pictures.append(fetched.body)
    return found, pictures


def reason(answer: Answer) -> Reason | None:
    return None if isinstance(answer, Found) else answer.reason


async def test_the_demos_dozen_meet_what_is_written_of_them() -> None:
    with PlatformServer(demo_world()) as server:
        found, pictures = await answers(server)
    assert {who: reason(answer) for who, answer in found.items()} == {
        ("ada", "instagram"): None,
        ("ada", "bluesky"): None,
        ("ada", "github"): None,
        ("sakura", "youtube"): None,
        ("priya", "instagram"): None,
        ("olu", "website"): None,
        ("nour", "instagram"): Reason.DEFAULT_PICTURE,
        ("nour", "tiktok"): None,
        ("yael", "bluesky"): Reason.SUSPENDED,
        ("yael", "mastodon"): None,
        ("zoe", "github"): None,
        ("kwame", "tiktok"): None,
        ("siobhan", "mastodon"): None,
        ("mateo", "instagram"): Reason.NOT_FOUND,
        ("lukasz", "gravatar"): Reason.THROTTLED,
    }
    assert len(set(pictures)) == len(pictures) == 11
    assert isinstance(found["mateo", "instagram"], Absent)
    renamed = found["zoe", "github"]
    assert isinstance(renamed, Found)
    assert renamed.handle == "zoe-in-bloom"


async def test_a_crowd_is_found_whole_and_asked_for_in_batches() -> None:
    with PlatformServer(crowd_world(140)) as server:
        found, pictures = await answers(server)
        spread = Counter(platform for _, platform in found)
        assert set(spread) == set(MIX)
        assert {reason(answer) for answer in found.values()} == {None}
        assert len(set(pictures)) == len(pictures) == 140
        assert server.log.count(platform=YOUTUBE) == -(-spread[YOUTUBE] // 50)
        assert server.log.count(platform="bluesky") == -(-spread["bluesky"] // 25)
