"""The sync service and what it needs: clients, providers, pictures."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from talentimg.bootstrap.served import Served
from talentimg.providers.settings import check_providers, provider_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from talentimg.http import Clients
    from talentimg.providers.interface import Provider
    from talentimg.service.lookup.allowance import Allowance
    from talentimg.service.lookup.pacing import Pacing
    from talentimg.service.lookup.pictures import Pictures
    from talentimg.service.run.sync import Syncer

SHORT_WAIT: Final = timedelta(seconds=5)
"""How long a person who asks for one talent waits at most for a platform that wants a pause."""


@dataclass
class Looks(Served):
    """The sync service and what it needs: clients, providers, pictures."""

    @cached_property
    def pacing(self) -> Pacing:
        """What this process knows about how often platforms may be asked, for all its runs."""
        from talentimg.service.lookup.pacing import Pacing  # noqa: PLC0415  start-up time

        return Pacing(self.repository, self.now)

    @asynccontextmanager
    async def syncer(self, *, budget: timedelta = SHORT_WAIT, probing: bool = True) -> AsyncIterator[Syncer]:
        """The sync service, with its network clients open.

        Args:
            budget: how long to wait in total for each platform that asks for a pause.
            probing: whether hosts that recently did not answer are asked anyway.
        """
        async with self._clients() as clients:
            yield self._syncer(clients, self._allowance(budget, probing=probing))

    @asynccontextmanager
    async def _open_pictures(self) -> AsyncIterator[Pictures]:
        """What fetches, checks and stores pictures, for one that a person brings."""
        async with self._clients() as clients:
            yield self._pictures(clients, self._allowance(SHORT_WAIT, probing=True))

    @asynccontextmanager
    async def looks(self) -> AsyncIterator[Callable[[], AbstractAsyncContextManager[Syncer]]]:
        """For a process that stays: opens the sync service for look after look, over the same clients."""

        @asynccontextmanager
        async def look() -> AsyncIterator[Syncer]:
            yield self._syncer(clients, self._allowance(SHORT_WAIT, probing=True))

        async with self._clients() as clients:
            yield look

    def _clients(self) -> AbstractAsyncContextManager[Clients]:
        from talentimg.http import open_clients  # noqa: PLC0415  httpx: start-up time

        settings = self.settings
        return open_clients(
            user_agent=settings.http_user_agent,
            allow_private=settings.http_allow_private,
            timeout_s=settings.http_timeout,
            picture_timeout_s=settings.http_picture_timeout,
            max_picture_bytes=settings.http_max_picture_bytes,
            connections=settings.sync_concurrency,
        )

    def _allowance(self, budget: timedelta, *, probing: bool) -> Allowance:
        from talentimg.service.lookup.allowance import Allowance, max_waiting  # noqa: PLC0415  start-up time

        waiting = max_waiting(self.settings.sync_concurrency)
        return Allowance(self.pacing, budget=budget, probing=probing, max_waiting=waiting)

    def _pictures(self, clients: Clients, allowance: Allowance) -> Pictures:
        from talentimg.service.lookup.gate import PICTURES, PlatformGate  # noqa: PLC0415  start-up time
        from talentimg.service.lookup.pictures import Pictures  # noqa: PLC0415  start-up time

        return Pictures(
            clients.web.behind(PlatformGate(allowance, PICTURES, per_host=True)),
            self.store,
            self.repository,
            concurrency=self.settings.sync_concurrency,
            find_faces=self.find_faces,
        )

    def _syncer(self, clients: Clients, allowance: Allowance) -> Syncer:
        from talentimg.service.lookup.sources import Sources  # noqa: PLC0415  start-up time
        from talentimg.service.run.sync import Syncer  # noqa: PLC0415  start-up time

        sources = Sources(
            provider_for=self._providers(clients, allowance),
            pictures=self._pictures(clients, allowance),
            allowance=allowance,
            now=self.now,
            renew_address=not self.settings.images_public_url,
        )
        return Syncer(
            repository=self.repository,
            sources=sources,
            resolver=self.resolver,
            now=self.now,
            concurrency=self.settings.sync_concurrency,
            lease=timedelta(minutes=self.settings.sync_lease_minutes),
        )

    def _providers(self, clients: Clients, allowance: Allowance) -> Callable[[str], Provider | None]:
        from talentimg.service.lookup.providers import Providers  # noqa: PLC0415  start-up time
        from talentimg.service.lookup.tokens import StoredTokens  # noqa: PLC0415  start-up time

        check_providers(self.settings)
        return Providers(
            clients=clients,
            allowance=allowance,
            settings_for=partial(provider_settings, self.settings),
            now=self.now,
            tokens=StoredTokens(self.repository, self.now),
            may_refresh=not self.dry,
        ).get
