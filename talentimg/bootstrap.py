"""Settings in, ready services out: the only place that chooses implementations."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from talentimg.clock import utc_now
from talentimg.errors import TalentimgError
from talentimg.providers.names import platform_order
from talentimg.providers.registry import platform_names, provider_class
from talentimg.providers.settings import check_providers, provider_settings
from talentimg.served import Served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.http import Clients
    from talentimg.images.faces import FaceFinder
    from talentimg.providers.handles import Handles
    from talentimg.providers.interface import Provider
    from talentimg.repository.app_names import AppNames
    from talentimg.repository.interface import Repository
    from talentimg.service.decision.chain import Rules
    from talentimg.service.decision.due import Schedule
    from talentimg.service.decision.resolver import Resolver
    from talentimg.service.lookup.allowance import Allowance
    from talentimg.service.lookup.pacing import Pacing
    from talentimg.service.people.accounts import Accounts
    from talentimg.service.people.decisions import Decisions
    from talentimg.service.people.placeholders import Placeholders
    from talentimg.service.people.roster import Roster
    from talentimg.service.run.nightly import Nightly, Observer
    from talentimg.service.run.records import RunRecords
    from talentimg.service.run.recrop import Recropper
    from talentimg.service.run.sync import Syncer
    from talentimg.settings import Settings
    from talentimg.store.interface import ObjectStore

SHORT_WAIT: Final = timedelta(seconds=5)
"""How long a person who asks for one talent waits at most for a platform that wants a pause."""


def _fault_of(check: Callable[[], object]) -> TalentimgError | None:
    try:
        check()
    except TalentimgError as error:
        return error
    return None


@dataclass
class App(Served):
    """Everything that a command needs, built when first used. Close it when done."""

    settings: Settings
    create: bool = False
    """Whether an embedded store is created if there is none yet."""
    read_only: bool = False
    dry: bool = False
    """Whether nothing at all is written, although a roster run goes through all its steps."""
    now: Callable[[], datetime] = utc_now

    def check_settings(self) -> None:
        """Check what the settings say, without looking at what they name.

        Raises:
            ConfigError: a setting is wrong; it names it.
        """
        for check in self._settings_checks():
            check()

    def _settings_checks(self) -> Iterator[Callable[[], object]]:
        from talentimg.http.addresses import AddressPolicy  # noqa: PLC0415  start-up time

        yield lambda: platform_order(self.settings.sync_order)
        yield lambda: AddressPolicy.parse(self.settings.http_allow_private)
        yield lambda: check_providers(self.settings)

    def faults(self) -> list[TalentimgError]:
        """Everything that would keep a run from working with these settings. Nothing is written."""
        from talentimg.monitoring.metrics import check_file  # noqa: PLC0415  start-up time
        from talentimg.owners import check_writable  # noqa: PLC0415  start-up time
        from talentimg.store import open_store  # noqa: PLC0415  start-up time

        checks = (
            *self._settings_checks(),
            lambda: self.repository,
            lambda: check_writable(self.settings.database_url),
            lambda: open_store(self.settings.images_store, make=False).check(),
            lambda: check_writable(self.settings.images_store),
            lambda: check_file(self.settings.metrics_file),
        )
        return [fault for check in checks if (fault := _fault_of(check)) is not None]

    @cached_property
    def repository(self) -> Repository:
        """Where results are stored.

        Raises:
            ConfigError: the address is wrong, or there is no roster yet.
            TalentimgError: the store cannot be opened.
        """
        if self.dry:
            from talentimg.repository.dry import open_dry  # noqa: PLC0415  start-up time

            return open_dry(self.settings.database_url, self._names, create=self.create)
        from talentimg.repository.registry import open_repository  # noqa: PLC0415  start-up time

        return open_repository(
            self.settings.database_url, create=self.create, read_only=self.read_only, names=self._names
        )

    @property
    def _names(self) -> AppNames:
        from talentimg.repository.app_names import names_in  # noqa: PLC0415  start-up time

        return names_in(self.settings)

    @cached_property
    def store(self) -> ObjectStore:
        """Where picture bytes are stored."""
        if self.dry:
            from talentimg.store.dry import open_dry  # noqa: PLC0415  start-up time

            return open_dry(self.settings.images_store)
        from talentimg.store import open_store  # noqa: PLC0415  start-up time

        return open_store(self.settings.images_store)

    @cached_property
    def find_faces(self) -> FaceFinder | None:
        """Who finds faces in pictures: nobody, unless it is installed."""
        from talentimg.images.faces import installed_finder  # noqa: PLC0415  start-up time

        return installed_finder()

    @cached_property
    def rules(self) -> Rules:
        """The operator's settings for the decision."""
        from talentimg.service.decision.chain import Rules  # noqa: PLC0415  start-up time

        grace = timedelta(days=self.settings.sync_grace_days)
        return Rules(platform_order(self.settings.sync_order), grace)

    @cached_property
    def resolver(self) -> Resolver:
        """Applies those rules."""
        from talentimg.service.decision.resolver import Resolver  # noqa: PLC0415  start-up time

        return Resolver(self.rules, self.settings.images_public_url, self.now)

    @cached_property
    def schedule(self) -> Schedule:
        """When talents are looked at again."""
        from talentimg.service.decision.due import Schedule  # noqa: PLC0415  start-up time

        return Schedule(timedelta(hours=self.settings.sync_min_age_hours), self.now)

    @cached_property
    def roster(self) -> Roster:
        """Adds, imports and lists talents."""
        from talentimg.service.people.roster import Roster  # noqa: PLC0415  start-up time

        return Roster(self.repository, self.accounts, self.now)

    @cached_property
    def handles(self) -> Handles:
        """Reads handles and addresses of profiles."""
        from talentimg.providers.handles import Handles  # noqa: PLC0415  start-up time

        return Handles(provider_class, platform_names)

    @cached_property
    def accounts(self) -> Accounts:
        """Connects and disconnects accounts."""
        from talentimg.service.people.accounts import Accounts  # noqa: PLC0415  start-up time

        return Accounts(
            repository=self.repository,
            handles=self.handles,
            resolver=self.resolver,
            open_syncer=self.syncer,
            now=self.now,
        )

    @cached_property
    def decisions(self) -> Decisions:
        """Writes what people decide."""
        from talentimg.service.people.decisions import Decisions  # noqa: PLC0415  start-up time

        return Decisions(self.repository, self.resolver, self.now)

    @cached_property
    def runs(self) -> RunRecords:
        """The records of roster runs."""
        from talentimg.service.run.records import RunRecords  # noqa: PLC0415  start-up time

        return RunRecords(self.repository, self.now)

    @cached_property
    def nightly(self) -> Nightly:
        """Starts roster runs."""
        from talentimg.service.run.nightly import Nightly  # noqa: PLC0415  start-up time

        return Nightly(
            repository=self.repository,
            runs=self.runs,
            open_syncer=lambda: self.syncer(
                budget=timedelta(seconds=self.settings.sync_wait_seconds), probing=False
            ),
            now=self.now,
            schedule=self.schedule,
            observers=() if self.dry else tuple(self._observers()),
        )

    def _observers(self) -> Iterator[Observer]:
        from talentimg.monitoring.observers import MetricsObserver, PingObserver  # noqa: PLC0415  start-up time

        settings = self.settings
        if settings.metrics_file:
            yield MetricsObserver(settings.metrics_file)
        if settings.ping_url:
            yield PingObserver(settings.ping_url, user_agent=settings.http_user_agent)

    @cached_property
    def pacing(self) -> Pacing:
        """What this process knows about how often platforms may be asked, for all its runs."""
        from talentimg.service.lookup.pacing import Pacing  # noqa: PLC0415  start-up time

        return Pacing(self.repository, self.now)

    @cached_property
    def placeholders(self) -> Placeholders:
        """Lists suspected placeholders, and lets a person confirm that one is a real picture."""
        from talentimg.service.people.placeholders import Placeholders  # noqa: PLC0415  start-up time

        return Placeholders(self.repository, self.now)

    @cached_property
    def recropper(self) -> Recropper:
        """Cuts what is stored by the rule of today."""
        from talentimg.service.run.recrop import Recropper  # noqa: PLC0415  start-up time

        return Recropper(self.repository, self.store, self.now, find_faces=self.find_faces)

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

    def _syncer(self, clients: Clients, allowance: Allowance) -> Syncer:
        from talentimg.service.lookup.gate import PICTURES, PlatformGate  # noqa: PLC0415  start-up time
        from talentimg.service.lookup.pictures import Pictures  # noqa: PLC0415  start-up time
        from talentimg.service.lookup.sources import Sources  # noqa: PLC0415  start-up time
        from talentimg.service.run.sync import Syncer  # noqa: PLC0415  start-up time

        web = clients.web.behind(PlatformGate(allowance, PICTURES, per_host=True))
        sources = Sources(
            provider_for=self._providers(clients, allowance),
            pictures=Pictures(
                web,
                self.store,
                self.repository,
                concurrency=self.settings.sync_concurrency,
                find_faces=self.find_faces,
            ),
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
            tokens=StoredTokens(self.repository),
            may_refresh=not self.dry,
        ).get

    def close(self) -> None:
        """Close what was opened."""
        super().close()
        if "repository" in self.__dict__:
            self.repository.close()
