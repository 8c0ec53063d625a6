"""The settings, the stores that they name, and the rules: what everything else stands on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from talentimg.clock import utc_now
from talentimg.errors import TalentimgError
from talentimg.providers.names import platform_order
from talentimg.providers.registry import platform_names, provider_class
from talentimg.providers.settings import check_providers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from talentimg.images.faces import FaceFinder
    from talentimg.models import TalentRecord
    from talentimg.providers.handles import Handles
    from talentimg.repository.app_names import AppNames
    from talentimg.repository.interface import Repository
    from talentimg.service.decision.chain import Rules
    from talentimg.service.decision.due import Schedule
    from talentimg.service.decision.resolver import Resolver
    from talentimg.service.decision.state import Standing
    from talentimg.service.people.reconnecting import Reconnecting
    from talentimg.service.run.feed import FeedReader
    from talentimg.service.run.records import RunRecords
    from talentimg.settings import Settings
    from talentimg.store.interface import ObjectStore


def fault_of(check: Callable[[], object]) -> TalentimgError | None:
    """What a check says is wrong, if anything is."""
    try:
        check()
    except TalentimgError as error:
        return error
    return None


@dataclass
class Stores:
    """The settings, the stores that they name, and the rules: what everything else stands on."""

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
        from talentimg.http.addresses import AddressPolicy, parse_networks  # noqa: PLC0415  start-up time

        yield lambda: platform_order(self.settings.sync_order)
        yield lambda: AddressPolicy.parse(self.settings.http_allow_private)
        yield lambda: parse_networks(self.settings.serve_proxies, "serve.proxies")
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
        return [fault for check in checks if (fault := fault_of(check)) is not None]

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
    def handles(self) -> Handles:
        """Reads handles and addresses of profiles."""
        from talentimg.providers.handles import Handles  # noqa: PLC0415  start-up time

        return Handles(provider_class, platform_names)

    @cached_property
    def rules(self) -> Rules:
        """The operator's settings for the decision."""
        from talentimg.models import ReviewMode  # noqa: PLC0415  start-up time
        from talentimg.service.decision.chain import Rules  # noqa: PLC0415  start-up time

        grace = timedelta(days=self.settings.sync_grace_days)
        review = ReviewMode(self.settings.sync_review)
        return Rules(platform_order(self.settings.sync_order), grace, review)

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

    def standing(self, record: TalentRecord) -> Standing:
        """How a talent stands now."""
        from talentimg.service.decision.state import state_of  # noqa: PLC0415  start-up time

        return state_of(record, self.rules, self.now(), looked_since=self.schedule.looked_since())

    @cached_property
    def reconnecting(self) -> Reconnecting:
        """Says who has to connect an account again, and where."""
        from talentimg.service.people.reconnecting import Reconnecting  # noqa: PLC0415  start-up time

        return Reconnecting(self.settings.connect_url, self.rules, self.now)

    @cached_property
    def feed(self) -> FeedReader:
        """Tells what happened, page by page."""
        from talentimg.service.run.feed import FeedReader  # noqa: PLC0415  start-up time

        return FeedReader(self.repository)

    @cached_property
    def runs(self) -> RunRecords:
        """The records of roster runs."""
        from talentimg.service.run.records import RunRecords  # noqa: PLC0415  start-up time

        return RunRecords(self.repository, self.now)

    def close(self) -> None:
        """Close what was opened."""
        if "repository" in self.__dict__:
            self.repository.close()
