"""What a person decided, where another program writes to the app's columns as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talentimg.models import INITIALS, MANUAL
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.people.choosing import Brought
from tests.service.world import World, picture_bytes
from tests.the_app import on_postgres, on_sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.the_app import Tables

OTHERS = [("tiktok", "https://old.example/a.jpg"), ("MANUAL", "https://old.example/a.jpg"), (None, None)]


@pytest.fixture(params=["sqlite", "postgres"])
def both(request: pytest.FixtureRequest) -> Iterator[tuple[World, Tables]]:
    """Ada with a picture from Instagram, and the app at work on the same tables."""
    if request.param == "sqlite":
        path = request.getfixturevalue("new_store")
        opened, app = SqliteRepository.open(path), on_sqlite(str(path))
    else:
        url = request.getfixturevalue("new_database")
        opened, app = PostgresRepository.open(url), on_postgres(url)  # type: ignore[assignment]
    with opened as repository, app as tables:
        world = World(repository=repository, public_url="https://pictures.example")
        world.add("ada", "instagram")
        yield world, tables


async def shown_after(
    world: World, app: Tables, source: str | None, url: str | None
) -> tuple[str, str | None]:
    """What is shown after the next look, once another program has written something else."""
    world.pass_time(days=1)
    app.write_shown("ada", source, url)
    await world.sync()
    selection = world.repository.load("ada").selection
    return selection.source, selection.url


@pytest.mark.parametrize(("source", "url"), OTHERS)
@pytest.mark.parametrize("word", ["lock", "choice", "opt-out"])
async def test_the_next_look_puts_back_what_a_person_decided(
    both: tuple[World, Tables], word: str, source: str | None, url: str | None
) -> None:
    world, app = both
    world.offers("instagram", "ada", 1)
    await world.sync()
    if word == "lock":
        world.rules().lock("ada", by="eve")
    elif word == "choice":
        await world.choosing().choose("ada", Brought("a.jpg", picture_bytes(2)), by="eve")
    else:
        world.rules().opt_out("ada", by="eve")
    before = world.repository.load("ada").selection
    assert before.source == {"lock": "instagram", "choice": MANUAL, "opt-out": INITIALS}[word]
    if (source, url) == (None, None) and word == "opt-out":
        return
    for _ in range(2):
        assert await shown_after(world, app, source, url) == (before.source, before.url)
    versions = [event.version for event in world.history().events("ada", limit=50) if event.version]
    assert versions[0].content_hash == before.content_hash
    assert "another program" in {version.by for version in versions}


async def test_a_lock_holds_what_was_shown_when_it_was_said_whoever_showed_it(
    both: tuple[World, Tables],
) -> None:
    world, app = both
    world.offers("instagram", "ada", 1)
    await world.sync()
    app.write_shown("ada", *OTHERS[0])
    world.rules().lock("ada", by="eve")
    assert await shown_after(world, app, *OTHERS[0]) == OTHERS[0]
    assert await shown_after(world, app, None, None) == OTHERS[0]
    world.rules().unlock("ada", by="eve")
    assert world.repository.load("ada").selection.source == "instagram"
