"""A roster run that is killed at a named point: `python -m tests.service.killing POINT`.

Everything is real but for the port at which it dies, by SIGKILL: nothing of ours gets to tidy up.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from talentimg.bootstrap import App
from talentimg.http.interface import Web
from talentimg.settings import load_settings
from talentimg.store.interface import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talentimg.http import Clients
    from talentimg.http.interface import Gate
    from talentimg.providers.interface import Provider
    from talentimg.service.lookup.allowance import Allowance
    from talentimg.service.run.sync import Syncer
    from talentimg.store.interface import Held, Listed

POINTS = (
    "after lookup",
    "after download",
    "after first object",
    "after object write",
    "before commit",
    "after commit",
)
SPARED = {"after lookup": 3, "after download": 5, "after first object": 21, "after object write": 23}
"""How many times the point is passed alive; the fourth object of each picture is its last."""


class Killer:
    """Ends this process when its point is reached often enough."""

    def __init__(self, point: str) -> None:
        self._point = point
        self._times = count()

    def reached(self, point: str) -> None:
        """Here we are."""
        if point == self._point and next(self._times) >= SPARED.get(point, 0):
            os.kill(os.getpid(), signal.SIGKILL)


class DeadlyWeb(Web):
    """Fetches, and may then die."""

    def __init__(self, inner: Web, killer: Killer) -> None:
        self._inner = inner
        self._killer = killer

    def behind(self, gate: Gate) -> Web:
        return DeadlyWeb(self._inner.behind(gate), self._killer)

    async def fetch_picture(self, url: str, **options: Any) -> Any:
        fetched = await self._inner.fetch_picture(url, **options)
        self._killer.reached("after download")
        return fetched

    async def request(self, url: str, **options: Any) -> Any:
        return await self._inner.request(url, **options)

    def open_page(self, url: str, **options: Any) -> Any:
        return self._inner.open_page(url, **options)


class DeadlyStore(ObjectStore):
    """Keeps objects, and may then die."""

    def __init__(self, inner: ObjectStore, killer: Killer) -> None:
        self._inner = inner
        self._killer = killer

    def check(self) -> None:
        self._inner.check()

    def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:
        is_new = self._inner.put(key, data, media_type, anew=anew)
        self._killer.reached("after first object")
        self._killer.reached("after object write")
        return is_new

    def get(self, key: str) -> bytes | None:
        return self._inner.get(key)

    def find(self, key: str) -> Held | None:
        return self._inner.find(key)

    def delete(self, key: str) -> None:
        self._inner.delete(key)

    def listing(self, after: str = "") -> Iterator[Listed]:
        return self._inner.listing(after)


class DeadlyApp(App):
    """The program as it is put together, with the killer in it."""

    def __init__(self, killer: Killer) -> None:
        super().__init__(load_settings())
        self._killer = killer
        self.__dict__["store"] = DeadlyStore(self.store, killer)
        save = self.repository.save

        def deadly_save(*arguments: Any) -> list[str]:
            killer.reached("before commit")
            stale = save(*arguments)
            killer.reached("after commit")
            return stale

        self.repository.save = deadly_save  # type: ignore[assignment,method-assign]  # whichever backend it is

    def _syncer(self, clients: Clients, allowance: Allowance) -> Syncer:
        return super()._syncer(replace(clients, web=DeadlyWeb(clients.web, self._killer)), allowance)

    def _providers(self, clients: Clients, allowance: Allowance) -> Callable[[str], Provider | None]:
        provider_for = super()._providers(clients, allowance)
        seen: set[int] = set()

        def deadly(platform: str) -> Provider | None:
            provider = provider_for(platform)
            if provider is not None and id(provider) not in seen:
                seen.add(id(provider))
                lookup = provider.lookup

                async def deadly_lookup(accounts: Any) -> Any:
                    answers = await lookup(accounts)
                    self._killer.reached("after lookup")
                    return answers

                provider.lookup = deadly_lookup  # type: ignore[method-assign]  # whichever provider it is
            return provider

        return deadly


async def live(app: App) -> None:
    """A roster run over everybody."""
    async with app.syncer() as syncer:
        async for _ in syncer.sync_due(before=None, limit=None):
            pass


if __name__ == "__main__":
    app = DeadlyApp(Killer(sys.argv[1]))
    assert app.repository.lock_run()
    asyncio.run(live(app))
    app.close()
