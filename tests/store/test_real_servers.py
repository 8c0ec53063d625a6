"""Whole nights on S3 servers by others, behind a proxy that refuses, hangs up and cuts off at random.

Whatever happens, what is said to be stored is there and whole, and a quiet night makes up for the rest.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from obstore.store import S3Store

from talentimg.errors import TalentimgError
from talentimg.store.breaker import GuardedStore
from talentimg.store.keys import object_key
from talentimg.store.objects import ObstoreStore
from tests.corpus.need import Lacking, skip
from tests.service.world import World
from tests.store import s3rver
from tests.store.faulty import BREAKS, REFUSALS, FaultyProxy
from tests.store.s3_server import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.models import Picture
    from talentimg.store.interface import ObjectStore

pytestmark = pytest.mark.network

TALENTS = [f"talent{letter}" for letter in "abcdefghijkl"]
FAULTS = (*REFUSALS, *BREAKS)


@pytest.fixture(scope="module")
def _s3rver() -> Iterator[str]:
    try:
        with s3rver.serving() as url:
            yield url
    except Lacking as lacking:
        skip(lacking)


@pytest.fixture(params=["moto", "s3rver"])
def server(request: pytest.FixtureRequest) -> str:
    """The address of a server by others: one that knows conditional uploads, and one that does not."""
    url: str = request.getfixturevalue("s3_endpoint" if request.param == "moto" else "_s3rver")
    return url


@pytest.fixture
def proxy(server: str) -> Iterator[FaultyProxy]:
    with FaultyProxy(server).running() as running:
        yield running


def bucket(url: str, prefix: str) -> ObjectStore:
    """As after a start of the program, but nobody waits."""
    backend = S3Store(
        BUCKET,
        prefix=prefix,
        config={
            "endpoint": url,
            "region": "us-east-1",
            "access_key_id": s3rver.ACCESS,
            "secret_access_key": s3rver.ACCESS,
        },
        client_options={"allow_http": True},
        retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=60)},
    )
    return GuardedStore(ObstoreStore(backend, "s3://pictures", sleep=lambda _: None))


def new_world() -> World:
    """Everybody has a picture; some have the same one, and so write to the same names at the same time."""
    world = World(concurrency=10)
    for number, talent_id in enumerate(TALENTS):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, number - number % 3 // 2, key=f"key-{number}")
    return world


def said_to_be_stored(world: World) -> dict[str, Picture]:
    """The pictures that rows name, by talent."""
    hashes = {
        record.talent.id: record.selection.content_hash
        for record in world.repository.load_many(TALENTS)
        if record.selection.content_hash
    }
    return {
        talent_id: world.repository.picture(content_hash) or no_row()
        for talent_id, content_hash in hashes.items()
    }


def no_row() -> Picture:
    raise AssertionError("a picture is shown that has no row")


def assert_whole(picture: Picture, store: ObjectStore) -> None:
    for form in picture.renditions:
        data = store.get(form.key)
        assert data is not None, f"{form.name} is not there"
        assert object_key(data, form.key.rpartition(".")[2]) == form.key


def damage(pictures: dict[str, Picture], store: ObjectStore) -> None:
    """Somebody tidies up in the bucket: here a form of a picture is lost, there one is emptied."""
    for number, picture in enumerate(pictures.values()):
        form = picture.renditions[number % len(picture.renditions)]
        if number % 3 == 0:
            store.delete(form.key)
        elif number % 3 == 1:
            store.put(form.key, b"", form.media_type, anew=True)


async def night(world: World, *, force: bool = False) -> None:
    """A run; one that its store ends is over, as for whoever reads its exit code."""
    world.pass_time(days=1)
    with suppress(TalentimgError):
        await world.run(force=force)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_a_bucket_does_what_is_said_to_be_stored_is_there(
    proxy: FaultyProxy, server: str, seed: int, tmp_path: object
) -> None:
    world, prefix = new_world(), f"{seed}"
    truth = bucket(server, prefix)
    proxy.hides = seed % 2 == 1
    for number, force in enumerate((False, True, False)):
        world.store = bucket(proxy.url, prefix)
        proxy.storm(FAULTS, share=(0.15, 0.3, 0.5)[seed % 3], seed=10 * seed + number)
        await night(world, force=force)
        assert proxy.met
        for picture in said_to_be_stored(world).values():
            assert_whole(picture, truth)
    damage(said_to_be_stored(world), truth)
    proxy.calm()
    world.store = bucket(proxy.url, prefix)
    await night(world)
    stored = said_to_be_stored(world)
    assert set(stored) == set(TALENTS), "nothing is lost for good"
    for picture in stored.values():
        assert_whole(picture, truth)
