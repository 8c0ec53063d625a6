"""Export, wipe, import: the next export is the same file, with the pictures that people chose."""

from __future__ import annotations

import asyncio
import io
import zipfile
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from talentimg.models import MANUAL, Part
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.people.choosing import Brought
from talentimg.service.people.export.exporter import Form
from talentimg.store.memory import MemoryObjectStore
from tests.images.samples import encoded, portrait, wide_gamut_profile
from tests.service.test_export import exported, imported
from tests.service.world import World, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from talentimg.models import Picture
    from talentimg.repository.interface import Repository

URL = "https://agency.example/ida.jpg"


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(portrait(300, 420), "JPEG", exif=exif)


def clear() -> Image.Image:
    image = portrait(200, 260).convert("RGBA")
    image.putalpha(Image.radial_gradient("L").resize(image.size))
    return image


@cache
def people() -> Mapping[str, Brought]:
    """Who has brought what."""
    return {
        "ada": Brought("cmyk.jpg", encoded(portrait(900, 700).convert("CMYK"), "JPEG")),
        "bob": Brought("turned.jpg", turned()),
        "cy": Brought("clear.png", encoded(clear(), "PNG")),
        "dan": Brought("marked.jpg", encoded(portrait(700, 900), "JPEG"), Part(100, 30, 333)),
        "eli": Brought("tiny.gif", encoded(portrait(17, 40).quantize(99), "GIF")),
        "fay": Brought("wide.png", encoded(portrait(640, 640), "PNG", icc_profile=wide_gamut_profile())),
        "gus": Brought("tall.webp", encoded(portrait(300, 1190), "WEBP")),
        "ida": Brought(URL),
    }


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def repository(request: pytest.FixtureRequest) -> Iterator[Repository]:
    """An empty roster on each kind of store."""
    with ExitStack() as stack:
        opened: Any = MemoryRepository()
        if request.param == "sqlite":
            opened = SqliteRepository.open(request.getfixturevalue("new_store"))
        elif request.param == "postgres":
            opened = PostgresRepository.open(request.getfixturevalue("new_database"))
        yield stack.enter_context(opened)


def chosen(repository: Repository) -> World:
    """A roster of people who have brought a picture each, and one who has none."""
    world = World(repository)
    world.store = MemoryObjectStore(lambda: world.now)
    world.web.pictures[URL] = picture_bytes(5)
    for name, brought in people().items():
        world.add(name, "instagram")
        asyncio.run(world.choosing().choose(name, brought, by="eve", why="press kit"))
    world.add("zoe", "instagram")
    return world


def pictures(repository: Repository) -> dict[str, Picture]:
    records = {name: repository.load(name) for name in people()}
    found = {name: repository.picture(r.candidates[MANUAL].content_hash or "") for name, r in records.items()}
    return {name: picture for name, picture in found.items() if picture is not None}


def wiped(world: World) -> MemoryObjectStore:
    """Nobody is left, and no picture."""
    for name in (*people(), "zoe"):
        keys = world.repository.erase(name, world.now).dropped.keys
        world.repository.removed(keys, (), world.now)
        for key in keys:
            world.store.delete(key)
    assert list(world.store.listing()) == []
    return MemoryObjectStore(lambda: world.now)


def test_an_export_comes_back_byte_for_byte_with_the_pictures_that_people_chose(
    repository: Repository,
) -> None:
    world = chosen(repository)
    before, objects = pictures(repository), {one.key for one in world.store.listing()}
    first = exported(repository, Form.ZIP, world.store)
    assert len(zipfile.ZipFile(io.BytesIO(first)).namelist()) == 1 + 2 * len(people())
    store = wiped(world)
    done = imported(first, repository, store)
    assert (done.refused, done.unchosen) == ((), ())
    assert exported(repository, Form.ZIP, store) == first
    after = pictures(repository)
    assert {name: p.renditions for name, p in after.items()} == {n: p.renditions for n, p in before.items()}
    assert {one.key for one in store.listing()} == objects


def test_what_a_source_has_offered_before_is_kept_whole_when_a_person_brings_it() -> None:
    world = World(MemoryRepository())
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    asyncio.run(world.sync("ada"))
    offered = world.repository.load("ada").candidates["instagram"].content_hash
    asyncio.run(world.choosing().choose("ada", Brought("same.jpg", picture_bytes(1)), by="eve"))
    picture = world.repository.picture(world.repository.load("ada").candidates[MANUAL].content_hash or "")
    assert picture is not None
    assert picture.is_lossless
    first = exported(world.repository, Form.ZIP, world.store)
    asyncio.run(world.sync("ada"))
    assert world.repository.load("ada").candidates["instagram"].content_hash == offered
    second, store = MemoryRepository(), MemoryObjectStore()
    imported(first, second, store)
    assert exported(second, Form.ZIP, store) == first


def test_of_a_choice_without_such_a_master_the_best_form_is_exported() -> None:
    world = World(MemoryRepository())
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    asyncio.run(world.sync("ada"))
    world.choosing().choose_from("ada", "instagram", by="eve")
    first = exported(world.repository, Form.ZIP, world.store)
    second, store = MemoryRepository(), MemoryObjectStore()
    assert imported(first, second, store).refused == ()
    again = exported(second, Form.ZIP, store)
    third, last = MemoryRepository(), MemoryObjectStore()
    imported(again, third, last)
    assert exported(third, Form.ZIP, last) == again
