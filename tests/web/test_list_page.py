"""The app's list page and its header button, played against a server process and platforms that count."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import httpx
import pytest

from talentimg.bootstrap import App
from talentimg.demo.server import PlatformServer
from talentimg.demo.world import World
from talentimg.models import Scope
from talentimg.repository.registry import open_repository
from talentimg.settings import load_settings
from tests.cli.conftest import Shell
from tests.waiting import TIME_LIMIT
from tests.web.test_process import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

LIST = "/api/admin/talent"
PEOPLE = {f"t{number:03}": f"t{number:03}.bsky.social" for number in range(300)}
"""Everybody's handle on Bluesky, by id."""
PICTURED = [*PEOPLE][::6]
UNKNOWN = [*PEOPLE][1::6]
"""Whose account is no longer there."""


@pytest.fixture
def platforms() -> Iterator[PlatformServer]:
    with PlatformServer(World()) as server:
        yield server


@pytest.fixture
def shell(tmp_path: Path, platforms: PlatformServer) -> Shell:
    """Three hundred people with an account, of whom some show a picture there."""
    world = platforms.world
    for number, (talent_id, handle) in enumerate(PEOPLE.items()):
        world.add(talent_id, f"T {number}")
        world.join(talent_id, "bluesky", handle, picture=number if talent_id in PICTURED else None)
    # No look is so old during the test that the next one counts, however busy the machine is.
    made = Shell(tmp_path, {"TALENTIMG_SYNC_FLOOR_MINUTES": "100000"})
    made.point_at(platforms.url)
    made.fill(platforms)
    for talent_id in UNKNOWN:
        world.delete_account(talent_id, "bluesky")
    return made


@dataclass
class Page:
    """One tab: the list as the app's `AdminTalentPage.jsx` loads it, and the header of a single talent."""

    browser: httpx.AsyncClient
    token: str

    async def load(self) -> dict[str, Any]:
        """Everybody with a handle gets a post, one after the other. What was told of each, by id."""
        shown = {"Authorization": f"Bearer {self.token}"}
        people = (await self.browser.get(LIST, headers=shown)).json()
        told = {}
        for one in people:
            if one["primarySocialHandle"]:
                path = f"{LIST}/{one['id']}/profile-image/sync"
                told[one["id"]] = (await self.browser.post(path, headers=shown)).raise_for_status().json()
        return told

    async def press_refresh(self, talent_id: str) -> dict[str, Any]:
        """The header's button: no body, no bearer, only the cookie."""
        answer = await self.browser.post(f"{LIST}/{talent_id}/profile-image/sync")
        told: dict[str, Any] = answer.raise_for_status().json()
        return told


def token_for(shell: Shell) -> str:
    app = App(load_settings(environment=shell.env()))
    try:
        return app.access.make("the page", Scope.OPERATE, by="a test")
    finally:
        app.close()


@asynccontextmanager
async def open_tab(address: str, token: str) -> AsyncIterator[Page]:
    headers = {
        "Content-Type": "application/json",
        "Origin": "http://app.example",
        "Sec-Fetch-Site": "same-origin",
    }
    async with httpx.AsyncClient(
        base_url=address, headers=headers, cookies={"break_session": token}, timeout=TIME_LIMIT
    ) as browser:
        yield Page(browser, token)


def questions(platforms: PlatformServer) -> Counter[str]:
    """How often the platform was asked for each handle."""
    queries = [parse_qs(asked.query) for asked in platforms.log.select(platform="bluesky")]
    return Counter(handle for query in queries for handles in query.values() for handle in handles)


async def test_three_loads_of_the_list_and_the_header_ask_for_everybody_once_and_tell_nothing_twice(
    shell: Shell, platforms: PlatformServer
) -> None:
    token = token_for(shell)
    with serving(**shell.env()) as (process, address):
        # A line for each request is more than a pipe holds that nobody reads.
        assert process.stderr is not None
        Thread(target=process.stderr.read, daemon=True).start()
        async with open_tab(address, token) as one, open_tab(address, token) as other:
            first, beside = await asyncio.gather(one.load(), other.load())
            again = await one.load()
            pressed = {talent_id: await one.press_refresh(talent_id) for talent_id in PEOPLE}
    assert questions(platforms) == dict.fromkeys(PEOPLE.values(), 1)
    fetched = Counter(request.path for request in platforms.log.select(platform="pictures"))
    assert (len(fetched), set(fetched.values())) == (len(PICTURED), {1})
    for talent_id in PEOPLE:
        told, later = first[talent_id], again[talent_id]
        assert told["data"] == beside[talent_id]["data"] == later["data"] == pressed[talent_id]["data"]
        is_pictured = talent_id in PICTURED
        assert (told["data"]["source"] == "bluesky") is is_pictured
        assert ("updated" in told["message"] or "updated" in beside[talent_id]["message"]) is is_pictured
        assert "updated" not in later["message"] + pressed[talent_id]["message"]
    with open_repository(shell.roster_url) as repository:
        changes = {talent_id: len(repository.history(talent_id)) for talent_id in PEOPLE}
    assert changes == {talent_id: int(talent_id in PICTURED) for talent_id in PEOPLE}
