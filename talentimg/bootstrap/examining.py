"""What examines all of it, and heals what can be healed."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from talentimg.bootstrap.moving import Moving
from talentimg.bootstrap.stores import fault_of
from talentimg.errors import ConfigError
from talentimg.providers.registry import platform_names
from talentimg.providers.settings import provider_settings
from talentimg.repository.urls import URL_HINT, kind_of, sqlite_path

# ruff: noqa: PLC0415  start-up time: only `doctor` needs any of it

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

    from talentimg.errors import TalentimgError
    from talentimg.http.interface import Api
    from talentimg.images.support import Support
    from talentimg.providers.interface import Provider
    from talentimg.repository.interface import Repository
    from talentimg.repository.migrations.store import MigrationStatus
    from talentimg.repository.postgres.rights import MissingRight
    from talentimg.service.doctor.disk import Room
    from talentimg.service.doctor.doctor import Doctor
    from talentimg.service.doctor.interface import Check
    from talentimg.service.run.platforms import PlatformStanding

_FOLDER: Final = re.compile(r"file://(?:localhost)?(/[^?#]*)")


@dataclass
class Examining(Moving):
    """What examines all of it, and heals what can be healed."""

    _healer: Examining | None = field(default=None, init=False, repr=False)

    def doctor(self, *, room: Callable[[Path], Room] | None = None) -> Doctor:
        """Examines everything with this app's settings, and writes nothing unless it is told to heal.

        Looks go through an app of their own that is dry, and healing through one that is not; both are closed
        with this one.

        Args:
            room: tells the room on a disk, in tests.
        """
        from talentimg.service.doctor.doctor import Doctor

        return Doctor([*self._first_checks(room), *self._checks_of_pictures(), *self._other_checks()])

    # -- the checks, in the order in which they are told ------------------------------------

    def _first_checks(self, room: Callable[[Path], Room] | None) -> list[Check]:
        from talentimg.service.doctor.disk import DiskCheck, room_at
        from talentimg.service.doctor.probe import ProbeCheck
        from talentimg.service.doctor.rights import RightsCheck
        from talentimg.service.doctor.roster import RosterCheck
        from talentimg.service.doctor.settings import SettingsCheck

        looking, is_file = self._dry_one, self._file is not None
        return [
            SettingsCheck(self.settings, self._settings_faults),
            DiskCheck(list(self._folders()), room or room_at),
            RightsCheck(self._check_files, self._missing_rights),
            RosterCheck(
                self._schema,
                lambda: looking.repository,
                self._upgrade if is_file else None,
                self._damage if is_file else None,
            ),
            ProbeCheck(lambda: looking.store),
        ]

    def _checks_of_pictures(self) -> list[Check]:
        from talentimg.service.doctor.history import HistoryCheck
        from talentimg.service.doctor.pictures import PicturesCheck
        from talentimg.service.doctor.placeholders import PlaceholdersCheck
        from talentimg.service.doctor.refetching import Refetching
        from talentimg.service.doctor.remaking import Remaking
        from talentimg.service.doctor.rows import RowsCheck
        from talentimg.service.doctor.strays import StraysCheck
        from talentimg.service.doctor.words import WordsCheck

        looking, healing = self._dry_one, self._writing_one
        refetch = Refetching(lambda: healing().syncer())
        remake = Remaking(lambda: healing().repository, lambda: healing().store, self.now)
        return [
            PicturesCheck(lambda: looking.repository, lambda: looking.store, refetch, remake),
            RowsCheck(lambda: looking.repository, refetch),
            HistoryCheck(lambda: looking.repository, lambda: healing().repository, self.now),
            WordsCheck(
                lambda: looking.repository,
                lambda: healing().repository,
                lambda: healing().accounts,
                self.now,
            ),
            PlaceholdersCheck(lambda: looking.repository, lambda: healing().repository),
            StraysCheck(
                lambda: looking.repository,
                lambda: looking.store,
                lambda: healing().sweeper.sweep(),  # noqa: PLW0108  opened when it is wanted
                self.now,
                grace=timedelta(hours=self.settings.keep_grace_hours),
            ),
        ]

    def _other_checks(self) -> list[Check]:
        from talentimg.service.doctor.clock import ClockCheck
        from talentimg.service.doctor.codecs import CodecsCheck
        from talentimg.service.doctor.cooldowns import CooldownsCheck
        from talentimg.service.doctor.credentials import CredentialsCheck
        from talentimg.service.doctor.freshness import FreshnessCheck
        from talentimg.service.doctor.network import NetworkCheck
        from talentimg.service.doctor.reach import Reach
        from talentimg.service.doctor.runs import RunsCheck
        from talentimg.service.doctor.tokens import TokensCheck

        looking, settings = self._dry_one, self.settings

        def repository() -> Repository:
            return looking.repository

        def link(talent_id: str, platform: str) -> str | None:
            return looking.reconnecting.link(talent_id, platform)

        def standings() -> list[PlatformStanding]:
            return looking.platforms.all()

        reach = Reach(looking.open_api, standings, self._settings_of, repository, self.now).ask
        min_age = timedelta(hours=settings.sync_min_age_hours)
        return [
            FreshnessCheck(repository, self.now, limit=settings.sync_limit, min_age=min_age),
            RunsCheck(
                lambda: looking.runs,
                repository,
                self.now,
                spread=timedelta(minutes=settings.schedule_spread_minutes),
            ),
            TokensCheck(repository, self.now, link),
            NetworkCheck(reach),
            ClockCheck(repository, reach, self.now),
            CredentialsCheck(repository, standings, looking.open_providers, self.now),
            CooldownsCheck(repository, self.now),
            CodecsCheck(_support),
        ]

    # -- what they stand on -------------------------------------------------------------------

    @cached_property
    def _dry_one(self) -> Examining:
        """An app with the same settings that writes nothing."""
        return self if self.dry else replace(self, create=False, dry=True)

    def _writing_one(self) -> Examining:
        """One that does."""
        if not self.dry:
            return self
        if self._healer is None:
            self._healer = replace(self, dry=False, read_only=False)
        return self._healer

    def _settings_faults(self) -> list[TalentimgError]:
        from talentimg.monitoring.metrics import check_file
        from talentimg.store import open_store

        checks = (
            *self._settings_checks(),
            self._check_address,
            lambda: self._names,
            lambda: open_store(self.settings.images_store, make=False),
            lambda: check_file(self.settings.metrics_file),
        )
        return [fault for check in checks if (fault := fault_of(check)) is not None]

    @property
    def _file(self) -> Path | None:
        """The file of the roster, if that is what its address names."""
        with suppress(ConfigError):
            if kind_of(self.settings.database_url) == "sqlite":
                return sqlite_path(self.settings.database_url).absolute()
        return None

    def _check_address(self) -> None:
        """Take the address of the roster apart, as whoever opens it does.

        Raises:
            ConfigError: it is none of a roster, or its driver is not installed.
        """
        from talentimg.repository.registry import load

        url = self.settings.database_url
        kind = kind_of(url)
        if kind == "sqlite":
            sqlite_path(url)
        elif kind == "postgres":
            load("talentimg.repository.postgres.urls").parse(url)
        else:
            raise ConfigError(f"A roster cannot be kept in a database of the kind {kind}.", hint=URL_HINT)

    def _check_files(self) -> None:
        from talentimg.owners import check_writable

        check_writable(self.settings.database_url)
        check_writable(self.settings.images_store)

    def _schema(self) -> MigrationStatus:
        from talentimg.repository import migrations

        return migrations.status(self.settings.database_url, self._names, platforms=platform_names())

    def _missing_rights(self) -> Sequence[MissingRight]:
        from talentimg.repository import migrations

        return migrations.missing_rights(self.settings.database_url, self._names)

    def _upgrade(self) -> None:
        from talentimg.repository import migrations

        migrations.upgrade(self.settings.database_url, platforms=platform_names())

    def _damage(self, has_time: Callable[[], bool]) -> list[str] | None:
        from talentimg.repository.sqlite.damage import damage

        return damage(sqlite_path(self.settings.database_url), has_time)

    def _settings_of(self, platform: str) -> Mapping[str, str | None]:
        return provider_settings(self.settings, platform)

    def _folders(self) -> Iterator[Path]:
        """The folders of this machine that are written to."""
        settings = self.settings
        if self._file is not None:
            yield self._file.parent
        if match := _FOLDER.match(settings.images_store):
            yield Path(unquote(match[1]))
        if settings.metrics_file:
            yield Path(settings.metrics_file).absolute().parent

    @asynccontextmanager
    async def open_api(self) -> AsyncIterator[Api]:
        """The client for platforms."""
        async with self._clients() as clients:
            yield clients.api

    @asynccontextmanager
    async def open_providers(self) -> AsyncIterator[Callable[[str], Provider | None]]:
        """Gives the provider of a platform, over network clients that are open; it waits for no cool-down."""
        async with self._clients() as clients:
            yield self._providers(clients, self._allowance(timedelta(0), probing=True))

    def close(self) -> None:
        """Close what was opened."""
        if "_dry_one" in self.__dict__ and self._dry_one is not self:
            self._dry_one.close()
        if self._healer is not None:
            self._healer.close()
        super().close()


def _support() -> Support:
    from talentimg.images.support import support

    return support()
