<<<<<<< HEAD
"""Our API on a roster of two, with platforms that are played; and people who speak."""

from __future__ import annotations

=======
"""Our API on a roster of two, with platforms that are played."""

from __future__ import annotations

import threading
from contextlib import asynccontextmanager
>>>>>>> 76edb989ac710cead252462aa3d262456b846d3a
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
<<<<<<< HEAD

from tests.web.api.speaking import spoken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
=======
import uvicorn

from talentimg.web.app import make_site
from tests.service.world import World
from tests.web.api.speaking import spoken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
>>>>>>> 76edb989ac710cead252462aa3d262456b846d3a

    import httpx

    from talentimg.models import Scope
<<<<<<< HEAD
    from tests.service.world import World
=======
    from talentimg.service.run.sync import Syncer
>>>>>>> 76edb989ac710cead252462aa3d262456b846d3a
    from tests.web.api.speaking import Spoken
    from tests.web.conftest import Site

API = "/api/v1"


@dataclass
class Client:
    """Somebody with a token who asks our API."""

    site: Site
    world: World
    browser: httpx.AsyncClient

    async def ask(self, method: str, path: str, **named: Any) -> httpx.Response:
        return await self.browser.request(method, f"{API}{path}", **named)

    def acting(self, scope: Scope, name: str = "max") -> dict[str, str]:
        """The headers of somebody else."""
        return self.site.bearer(scope, name)


@pytest.fixture
async def client(site: Site, played: World) -> AsyncIterator[Client]:
    """A client with the scope `admin`."""
    async with site.browser(headers=site.bearer()) as browser:
        yield Client(site, played, browser)


@pytest.fixture
async def people(site: Site) -> AsyncIterator[Spoken]:
<<<<<<< HEAD
    """On SQLite."""
    async with spoken(site) as made:
        yield made
=======
    """Somebody of each scope, who speaks of a talent with pictures from two sources."""
    async with spoken(site) as made:
        yield made


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
>>>>>>> 76edb989ac710cead252462aa3d262456b846d3a
