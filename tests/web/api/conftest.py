"""Our API on a roster of two, with platforms that are played; and people who speak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.web.api.speaking import spoken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from talentimg.models import Scope
    from tests.service.world import World
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
    """On SQLite."""
    async with spoken(site) as made:
        yield made
