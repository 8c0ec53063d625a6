"""Roster runs, and what keeps the store in order."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Final

from talentimg.bootstrap.looks import Looks
from talentimg.bootstrap.telling import Telling
from talentimg.providers.registry import platform_names, provider_class
from talentimg.providers.settings import provider_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from talentimg.providers.interface import Provider
    from talentimg.service.run.events import Observer
    from talentimg.service.run.nightly import Nightly
    from talentimg.service.run.platforms import Platforms
    from talentimg.service.run.recrop import Recropper
    from talentimg.service.run.removing import Remover
    from talentimg.service.run.renewing import Renewing
    from talentimg.service.run.sweep import Sweeper, Swept

_NEEDED_BY_SYNCERS: Final = (
    "talentimg.http.opening",
    "talentimg.service.lookup.gate",
    "talentimg.service.lookup.pictures",
    "talentimg.service.lookup.providers",
    "talentimg.service.run.sync",
)


def _load_what_a_syncer_needs() -> None:
    for name in _NEEDED_BY_SYNCERS:
        import_module(name)


@dataclass
class Work(Looks, Telling):
    """Roster runs, and what keeps the store in order."""

    @cached_property
    def nightly(self) -> Nightly:
        """Starts roster runs."""
        from talentimg.service.run.nightly import Nightly  # noqa: PLC0415  start-up time
        from talentimg.service.run.upkeep import Upkeep  # noqa: PLC0415  start-up time

        return Nightly(
            repository=self.repository,
            runs=self.runs,
            open_syncer=lambda: self.syncer(
                budget=timedelta(seconds=self.settings.sync_wait_seconds), probing=False
            ),
            now=self.now,
            schedule=self.schedule,
            observers=() if self.dry else tuple(self._observers()),
            preload=_load_what_a_syncer_needs,
            sweep=None if self.dry else self._sweep_shortly,
            upkeep=Upkeep() if self.dry else Upkeep(self.renewing.round, self.delivering.round),
        )

    def _sweep_shortly(self) -> Swept:
        from talentimg.service.run.sweep import NIGHTLY_SECONDS  # noqa: PLC0415  start-up time

        return self.sweeper.sweep(seconds=NIGHTLY_SECONDS)

    def _observers(self) -> Iterator[Observer]:
        from talentimg.monitoring.observers import MetricsObserver, PingObserver  # noqa: PLC0415  start-up time

        settings = self.settings
        if settings.metrics_file:
            yield MetricsObserver(settings.metrics_file)
        if settings.ping_url:
            yield PingObserver(settings.ping_url, user_agent=settings.http_user_agent)

    @cached_property
    def renewing(self) -> Renewing:
        """Renews talents' tokens that nobody needs now."""
        from talentimg.service.run.renewing import Renewing  # noqa: PLC0415  start-up time

        infos = (provider_class(name).info for name in platform_names())
        margins = {info.name: info.renewed_before for info in infos if info.renewed_before is not None}
        return Renewing(
            repository=self.repository,
            platforms=margins,
            open_providers=self._open_providers,
            now=self.now,
        )

    @asynccontextmanager
    async def _open_providers(self) -> AsyncIterator[Callable[[str], Provider | None]]:
        budget = timedelta(seconds=self.settings.sync_wait_seconds)
        async with self._clients() as clients:
            yield self._providers(clients, self._allowance(budget, probing=False))

    @cached_property
    def platforms(self) -> Platforms:
        """Tells how every platform stands."""
        from talentimg.service.run.nights import MOST_RUNS  # noqa: PLC0415  start-up time
        from talentimg.service.run.platforms import Platforms  # noqa: PLC0415  start-up time

        return Platforms(
            self.repository,
            self._all_providers,
            self.now,
            lambda start: self.runs.since(start, joined=True, at_most=MOST_RUNS),
        )

    def _all_providers(self) -> Iterator[tuple[type[Provider], Mapping[str, str | None]]]:
        for platform in platform_names():
            yield provider_class(platform), provider_settings(self.settings, platform)

    @cached_property
    def recropper(self) -> Recropper:
        """Cuts what is stored by the rule of today."""
        from talentimg.service.run.recrop import Recropper  # noqa: PLC0415  start-up time

        return Recropper(self.repository, self.store, self.now, find_faces=self.find_faces)

    @cached_property
    def remover(self) -> Remover:
        """Removes objects from the store of pictures."""
        from talentimg.service.run.removing import Remover  # noqa: PLC0415  start-up time

        return Remover(self.repository, self.store, self.now)

    @cached_property
    def sweeper(self) -> Sweeper:
        """Removes what nobody needs any more."""
        from talentimg.service.run.sweep import Keep, Sweeper  # noqa: PLC0415  start-up time

        keep = Keep(
            grace=timedelta(hours=self.settings.keep_grace_hours),
            runs=timedelta(days=self.settings.keep_runs_days),
            history=timedelta(days=self.settings.keep_history_days),
        )
        return Sweeper(self.repository, self.store, self.remover, self.now, keep=keep)
