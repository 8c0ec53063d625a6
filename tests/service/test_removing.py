"""Objects are removed only as long as nobody names them, however long it takes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.repository.interface import Change
from talentimg.service.run.removing import Remover
from talentimg.store.keys import object_key
from talentimg.store.memory import MemoryObjectStore
from tests.repository.conftest import BACKENDS
from tests.service.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from talentimg.repository.interface import Repository


@pytest.fixture(params=BACKENDS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Somebody with a picture."""
    with request.param(request) as repository:
        made = World(repository)
        made.store = MemoryObjectStore(lambda: made.now)
        made.add("ada", "instagram")
        made.offers("instagram", "ada", 1)
        asyncio.run(made.sync("ada"))
        yield made


class Slow:
    """A repository whose announcements take long, or run out while the store is at work."""

    def __init__(self, inner: Repository, on_announcing: Callable[[int], None]) -> None:
        self._inner = inner
        self._on_announcing = on_announcing
        self.announced: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def announce(self, keys: Iterable[str], now: datetime) -> list[str]:
        found = self._inner.announce(keys, now)
        self.announced.append(len(found))
        self._on_announcing(len(self.announced))
        return found


def test_what_was_named_since_the_announcement_ran_out_is_spared(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talentimg.service.run.removing.PAGE", 2)
    picture = world.repository.picture(world.repository.load("ada").selection.content_hash or "")
    assert picture is not None
    stray = [object_key(b"%d" % number, "webp") for number in range(4)]
    for key in stray:
        world.store.put(key, b"stray", "image/webp")
    seconds = 0.0

    def hours_pass(times: int) -> None:
        """The third announcement is the first one again; meanwhile somebody else has named what was stray."""
        nonlocal seconds
        seconds += 3600
        if times == 3:
            forms = (*picture.renditions, replace(picture.renditions[0], key=announced[0]))
            world.pass_time(hours=1)
            change = Change("ada", world.repository.load("ada").selection)
            named = replace(change, picture=replace(picture, content_hash="new", renditions=forms))
            saved = [world.repository.save([named], world.now) for _ in range(2)]
            assert saved == [["ada"], []]

    announced = sorted(stray[:2])
    slow = Slow(world.repository, hours_pass)
    remover = Remover(slow, world.store, lambda: world.now, clock=lambda: seconds)  # type: ignore[arg-type]
    done = remover.announce_and_remove(stray)
    assert (done.gone, done.spared) == (3, 1)
    assert slow.announced == [2, 2, 2, 2]  # two pages, and each of them again
    left = {one.key for one in world.store.listing()}
    assert set(stray) & left == {announced[0]}
    assert world.repository.still_named(left) == left
