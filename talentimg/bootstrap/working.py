"""What only a worker needs."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from talentimg.bootstrap.work import Work
from talentimg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from talentimg.repository.interface.working import Working
    from talentimg.service.run.clock import NightClock
    from talentimg.service.run.comparing import Comparison
    from talentimg.service.run.living import Living
    from talentimg.service.run.slices import NightSlices
    from talentimg.service.run.sync import Syncer
    from talentimg.service.run.wishes import Granted, WishWork


@dataclass
class WorkerServices(Work):
    """What only a worker needs."""

    @cached_property
    def working(self) -> Working:
        """What only workers write, over a connection of its own.

        Raises:
            TalentimgError: the store cannot be opened.
        """
        from talentimg.repository.registry import open_working  # noqa: PLC0415  start-up time

        self.repository  # noqa: B018  which brings a file of ours up to date
        return open_working(self.settings.database_url, self._names)

    @cached_property
    def night_clock(self) -> NightClock:
        """Says when a night is due."""
        from talentimg.service.run.clock import NightClock, time_of  # noqa: PLC0415  start-up time

        settings = self.settings
        return NightClock(
            self.runs,
            time_of(settings.schedule_at),
            self.now,
            limit=settings.sync_limit,
            lease=timedelta(minutes=settings.sync_lease_minutes),
            spread=timedelta(minutes=settings.schedule_spread_minutes),
            roster=settings.database_url,
        )

    @cached_property
    def living(self) -> Living:
        """Which workers live."""
        from talentimg.service.run.living import Living  # noqa: PLC0415  start-up time

        return Living(self.working, self.runs, self.night_clock, self.now)

    @cached_property
    def comparison(self) -> Comparison:
        """Finds what somebody has changed where the store does not tell it."""
        from talentimg.service.run.comparing import Comparison  # noqa: PLC0415  start-up time

        return Comparison(repository=self.repository, wishes=self.working, rules=self.rules, now=self.now)

    @property
    def night_slices(self) -> NightSlices:
        """Takes part in the night, slice by slice, for an engine of jobs."""
        from talentimg.service.run.slices import NightSlices  # noqa: PLC0415  start-up time

        return NightSlices(self.nightly, self.night_clock, self.schedule.due_before)

    def beside(self, schema: str, table: str, statements: str) -> str:
        """Make the tables of an engine of jobs, unless they are there; how to reach them, with the password.

        Args:
            schema: where they lie.
            table: one of them.
            statements: make them.

        Raises:
            UsageError: the roster is not on Postgres.
            TalentimgError: they cannot be made.
        """
        from talentimg.repository.urls import POSTGRES, kind_of  # noqa: PLC0415  start-up time

        if kind_of(self.settings.database_url) != POSTGRES:
            raise UsageError(
                "This engine needs the roster on Postgres.", hint="Leave out --engine: a worker needs none."
            )
        from talentimg.repository.postgres.beside import conninfo_in, ensure_schema  # noqa: PLC0415

        url = self.settings.direct_database_url or self.settings.database_url
        ensure_schema(url, schema, table, statements)
        return conninfo_in(url, schema)

    @asynccontextmanager
    async def wish_work(self, tell: Callable[[Granted], None]) -> AsyncIterator[WishWork]:
        """Looks at whom somebody has changed, over network clients that stay open.

        Args:
            tell: told of every look.
        """
        from talentimg.service.run.wishes import WishWork  # noqa: PLC0415  start-up time

        async with self._clients() as clients:

            @asynccontextmanager
            async def open_syncer() -> AsyncIterator[Syncer]:
                # As patient as a night: nobody stands and waits.
                budget = timedelta(seconds=self.settings.sync_wait_seconds)
                yield self._syncer(clients, self._allowance(budget, probing=False))

            yield WishWork(
                wishes=self.working,
                repository=self.repository,
                looks=self.serving,
                open_syncer=open_syncer,
                rules=self.rules,
                floor=self.floor,
                now=self.now,
                tell=tell,
            )

    def close(self) -> None:
        """Close what was opened."""
        if "working" in self.__dict__:
            self.working.close()
        super().close()
