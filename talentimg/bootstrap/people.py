"""The roster and people's words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from talentimg.bootstrap.working import WorkerServices
from talentimg.providers.registry import platform_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from talentimg.service.people.accounts import Accounts
    from talentimg.service.people.choosing import Choosing
    from talentimg.service.people.chosen import Kept
    from talentimg.service.people.decisions import Decisions
    from talentimg.service.people.export.exporter import Exporter
    from talentimg.service.people.forgetting import Forgetting
    from talentimg.service.people.health import Health
    from talentimg.service.people.history import History
    from talentimg.service.people.identity import Identities
    from talentimg.service.people.listing import Listing
    from talentimg.service.people.overview import Overview
    from talentimg.service.people.placeholders import Placeholders
    from talentimg.service.people.reviews import ReviewDesk
    from talentimg.service.people.roster import Roster
    from talentimg.service.people.rules import Rules as TalentRules
    from talentimg.service.people.showing import Showing
    from talentimg.service.people.stand_ins import StandIns
    from talentimg.service.people.undo import Imports
    from talentimg.service.people.unwanted import NamedPlaceholders


@dataclass
class People(WorkerServices):
    """The roster and people's words."""

    @cached_property
    def roster(self) -> Roster:
        """Adds, imports and lists talents."""
        from talentimg.service.people.roster import Roster  # noqa: PLC0415  start-up time

        return Roster(self.repository, self.accounts, self.now, self._keep_chosen)

    def _keep_chosen(self, found: Iterable[tuple[str, bytes]]) -> Kept:
        import asyncio  # noqa: PLC0415  start-up time

        from talentimg.service.people.chosen import keep_chosen  # noqa: PLC0415

        has_address = self.settings.images_public_url is not None or self.repository.is_own()

        async def kept() -> Kept:
            async with self._open_pictures() as pictures:
                return await keep_chosen(found, pictures, self.now, has_address=has_address)

        return asyncio.run(kept())

    @cached_property
    def stand_ins(self) -> StandIns:
        """Finds what is shown in place of a picture that cannot be read."""
        from talentimg.service.people.stand_ins import StandIns  # noqa: PLC0415  start-up time

        return StandIns(self.repository, self.resolver.rules, self.now)

    @cached_property
    def exporter(self) -> Exporter:
        """Writes the roster for others."""
        from talentimg.service.people.export.exporter import Exporter  # noqa: PLC0415  start-up time

        return Exporter(self.repository, lambda: self.store, platform_names(), self.roster.taken)

    @cached_property
    def listing(self) -> Listing:
        """Lists the roster."""
        from talentimg.service.people.listing import Listing  # noqa: PLC0415  start-up time

        return Listing(self.repository, self.rules, self.schedule, self.now, self.settings.connect_url)

    @cached_property
    def showing(self) -> Showing:
        """Tells everything about one talent."""
        from talentimg.service.people.showing import Showing  # noqa: PLC0415  start-up time

        return Showing(self.repository, self.rules, self.schedule, self.now)

    @cached_property
    def overview(self) -> Overview:
        """Searches and counts the roster, for a process that stays."""
        from talentimg.service.people.overview import Overview  # noqa: PLC0415  start-up time

        return Overview(self.repository, self.listing)

    @cached_property
    def health(self) -> Health:
        """Tells how the roster fares."""
        from talentimg.service.people.health import Health  # noqa: PLC0415  start-up time

        return Health(self.repository, self.runs, self.overview, self.platforms, self.now)

    @cached_property
    def imports(self) -> Imports:
        """Takes imports back."""
        from talentimg.service.people.undo import Imports  # noqa: PLC0415  start-up time

        return Imports(self.repository, self.accounts, self.now)

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
    def identities(self) -> Identities:
        """Takes over the ids of accounts that answer as somebody else."""
        from talentimg.service.people.identity import Identities  # noqa: PLC0415  start-up time

        return Identities(repository=self.repository, decisions=self.decisions, open_syncer=self.syncer)

    @cached_property
    def decisions(self) -> Decisions:
        """Writes what people decide."""
        from talentimg.service.people.decisions import Decisions  # noqa: PLC0415  start-up time

        return Decisions(self.repository, self.resolver, self.now)

    @cached_property
    def talent_rules(self) -> TalentRules:
        """Locks, orders and opt-outs of talents."""
        from talentimg.service.people.rules import Rules  # noqa: PLC0415  start-up time

        return Rules(self.decisions)

    @cached_property
    def choosing(self) -> Choosing:
        """Has a picture shown that a person brings."""
        from talentimg.service.people.choosing import Choosing  # noqa: PLC0415  start-up time

        return Choosing(
            repository=self.repository,
            decisions=self.decisions,
            open_pictures=self._open_pictures,
            store=lambda: self.store,
            now=self.now,
            max_bytes=self.settings.http_max_picture_bytes,
        )

    @cached_property
    def history(self) -> History:
        """What was shown and said, and the way back."""
        from talentimg.service.people.history import History  # noqa: PLC0415  start-up time

        return History(
            repository=self.repository,
            store=self.store,
            resolver=self.resolver,
            decisions=self.decisions,
            now=self.now,
        )

    @cached_property
    def forgetting(self) -> Forgetting:
        """Forgets, removes and merges talents."""
        from talentimg.service.people.forgetting import Forgetting  # noqa: PLC0415  start-up time

        return Forgetting(
            self.repository,
            self.store,
            self.remover,
            self.resolver,
            self.now,
            platforms=platform_names(),
        )

    @cached_property
    def placeholders(self) -> Placeholders:
        """Lists suspected placeholders, and lets a person confirm that one is a real picture."""
        from talentimg.service.people.placeholders import Placeholders  # noqa: PLC0415  start-up time

        return Placeholders(self.repository, self.now)

    @cached_property
    def named_placeholders(self) -> NamedPlaceholders:
        """Adds and removes placeholders by a person's word."""
        from talentimg.service.people.unwanted import NamedPlaceholders  # noqa: PLC0415  start-up time

        return NamedPlaceholders(
            self.repository,
            self.resolver,
            self.placeholders,
            self.now,
            find_faces=self.find_faces,
            max_bytes=self.settings.http_max_picture_bytes,
        )

    @cached_property
    def reviews(self) -> ReviewDesk:
        """Lists the pictures that wait for a person, and settles them."""
        from talentimg.service.people.reviews import ReviewDesk  # noqa: PLC0415  start-up time

        return ReviewDesk(self.repository, self.decisions)

    def close(self) -> None:
        """Close what was opened."""
        if "overview" in self.__dict__:
            self.overview.close()
        super().close()
