"""The application in this process, on a roster of the test's own, and a browser that asks it."""

from __future__ import annotations

import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn

from talentimg.bootstrap import App
from talentimg.images.renditions import make_picture
from talentimg.models import Candidate, Scope, Selection, State
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.service.run.nightly import Nightly
from talentimg.settings import load_settings
from talentimg.store.forms import new_objects
from talentimg.store.keys import key_of
from talentimg.web.app import make_site
from tests.conftest import NOW
from tests.service.world import World, picture_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from talentimg.models import Picture
    from talentimg.service.run.sync import Syncer
    from talentimg.web.services import OpenSyncer

BASE = "http://pictures.example"


@dataclass
class Site:
    """Where the application is, and what it serves."""

    environment: dict[str, str]
    settings: dict[str, str] = field(default_factory=dict)
    open_syncer: OpenSyncer | None = None
    _app: App | None = None

    @property
    def app(self) -> App:
        """The services, as they are built once."""
        if self._app is None:
            self._app = App(load_settings(environment=self.environment | self.settings), now=lambda: NOW)
        return self._app

    def add(self, talent_id: str, name: str, *handles: tuple[str, str], avatar: str | None = None) -> None:
        """A talent with these accounts."""
        accounts = tuple(NewAccount(platform, handle) for platform, handle in handles)
        self.app.repository.add([NewTalent(talent_id, name, avatar_url=avatar, accounts=accounts)], NOW)

    def shows(self, talent_id: str, seed: int, source: str = "instagram") -> Picture:
        """A picture of ours is shown for a talent from now on."""
        data = picture_bytes(seed)
        made = make_picture(data, source_hash=f"{seed:064x}", now=NOW, key_for=key_of)
        self.app.store.put_all(new_objects(made.picture, made.objects))
        url = f"https://cdn.example/{seed}.jpg"
        shown = Selection(source, made.picture.content_hash, url, NOW)
        content_hash = made.picture.content_hash
        candidate = Candidate(talent_id, source, State.FOUND, content_hash=content_hash, checked_at=NOW)
        change = Change(talent_id, shown, candidates=(candidate,), picture=made.picture)
        assert self.app.repository.save([change], NOW) == []
        return made.picture

    def token(self, scope: Scope = Scope.ADMIN, name: str = "eve") -> str:
        """A token of this scope."""
        return self.app.access.make(name, scope, by="a test")

    def bearer(self, scope: Scope = Scope.ADMIN, name: str = "eve") -> dict[str, str]:
        """The header that shows one."""
        return {"Authorization": f"Bearer {self.token(scope, name)}"}

    @asynccontextmanager
    async def browser(self, **named: Any) -> AsyncIterator[httpx.AsyncClient]:
        """A client of it, as it is now."""
        transport = httpx.ASGITransport(app=make_site(self.app, self.open_syncer))
        async with httpx.AsyncClient(transport=transport, base_url=BASE, **named) as client:
            yield client

    async def get(self, path: str, **named: Any) -> httpx.Response:
        """One answer."""
        async with self.browser() as client:
            return await client.get(path, **named)


@pytest.fixture
def site(new_store: Path, tmp_path: Path) -> Iterator[Site]:
    """A site on SQLite, with pictures in a folder."""
    environment = {
        "TALENTIMG_DATABASE_URL": f"sqlite:///{new_store}",
        "TALENTIMG_IMAGES_STORE": (tmp_path / "images").as_uri(),
    }
    made = Site(environment)
    yield made
    if made._app is not None:
        made._app.close()


@pytest.fixture
def played(site: Site) -> World:
    """Platforms that are played in place of real ones, and two talents: Ada has accounts, Bob none."""
    return play(site)


def play(site: Site) -> World:
    """The same for any site."""
    world = World(site.app.repository, site.app.store)
    site.app.now = lambda: world.now

    @asynccontextmanager
    async def open_syncer() -> AsyncIterator[Syncer]:
        yield world.syncer()

    site.open_syncer = open_syncer
    site.app.nightly = Nightly(  # in place of one that would ask real platforms
        repository=site.app.repository,
        runs=site.app.runs,
        open_syncer=open_syncer,
        now=site.app.now,
        schedule=site.app.schedule,
    )
    site.add("ada", "Ada Lovelace", ("instagram", "ada"), ("tiktok", "ada"))
    site.add("bob", "Bob")
    world.offers("instagram", "ada", 1)
    return world


@pytest.fixture
def served(site: Site, played: World) -> Iterator[str]:
    """The address of a server in a thread of this process, for clients that know HTTP alone."""
    del played
    config = uvicorn.Config(make_site(site.app, site.open_syncer), port=0, log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    is_up = threading.Event()
    startup = server.startup

    async def started(*args: Any, **named: Any) -> None:
        await startup(*args, **named)
        is_up.set()

    server.startup = started  # type: ignore[method-assign]  # it tells nobody when it is up
    thread = threading.Thread(target=server.run)
    thread.start()
    assert is_up.wait(60)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(60)
