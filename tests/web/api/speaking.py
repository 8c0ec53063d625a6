"""A roster of whom people speak over the network: its browser, and the platforms of a world behind it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from talentimg.models import Scope
from tests.service.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from talentimg.service.run.sync import Syncer
    from tests.web.conftest import Site


@dataclass
class Spoken:
    """Somebody with a token of each scope."""

    site: Site
    world: World
    browser: httpx.AsyncClient
    shown: dict[Scope, dict[str, str]]

    async def ask(
        self, method: str, path: str, *, scope: Scope = Scope.ADMIN, match: str | None = None, **named: Any
    ) -> httpx.Response:
        headers = {**self.shown[scope], **named.pop("headers", {})}
        if match is not None:
            headers["If-Match"] = match
        return await self.browser.request(method, f"/api/v1{path}", headers=headers, **named)

    async def tag(self, talent_id: str = "ada") -> str:
        got = await self.ask("GET", f"/talents/{talent_id}")
        return got.headers["etag"]

    def said(self, talent_id: str = "ada") -> list[tuple[str, str, str | None]]:
        return [(e.action, e.by, e.why) for e in self.world.repository.audit(talent_id)]


@asynccontextmanager
async def spoken(site: Site) -> AsyncIterator[Spoken]:
    """Ada shows what Instagram offers; TikTok has another picture of her. Bob has nothing."""
    world = World(site.app.repository, site.app.store)
    site.app.now = lambda: world.now

    @asynccontextmanager
    async def open_syncer() -> AsyncIterator[Syncer]:
        yield world.syncer()

    site.open_syncer = open_syncer
    site.app.choosing = world.choosing()
    world.add("ada", "instagram", "tiktok")
    world.add("bob")
    world.lacks("instagram", "ada")
    world.offers("tiktok", "ada", 2)
    await world.sync()
    world.pass_time(days=2)
    world.offers("instagram", "ada", 1)
    await world.sync()
    shown = {scope: site.bearer(scope, name) for scope, name in NAMES.items()}
    async with site.browser() as browser:
        yield Spoken(site, world, browser, shown)


NAMES = {Scope.READ: "rita", Scope.OPERATE: "otto", Scope.ADMIN: "eve"}
