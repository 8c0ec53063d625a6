"""A world with one person who is everywhere, shown by a real server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from talentimg.demo.people import (
    BLUESKY,
    GITHUB,
    GRAVATAR,
    INSTAGRAM,
    MASTODON,
    TIKTOK,
    WEBSITE,
    YOUTUBE,
)
from talentimg.demo.server import PlatformServer
from talentimg.demo.world import World
from tests.demo.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 1_000
"""The pictures of a crowd are cheap."""
HANDLES = {
    INSTAGRAM: "ada.lovelace",
    TIKTOK: "ada",
    YOUTUBE: "AdaLovelace",
    BLUESKY: "ada.bsky.example",
    MASTODON: "ada@art.example",
    GITHUB: "ada",
    GRAVATAR: "ada@example.org",
    WEBSITE: "ada",
}


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> World:
    world = World(clock=clock)
    world.add("ada", "Ada Lovelace", email="ada@example.org", avatar=SEED)
    for number, (platform, handle) in enumerate(HANDLES.items()):
        world.join("ada", platform, handle, picture=SEED + number, own_token=True)
    return world


@pytest.fixture
def server(world: World) -> Iterator[PlatformServer]:
    with PlatformServer(world) as server:
        yield server


@pytest.fixture
def client(server: PlatformServer) -> Client:
    return Client(server.url)
