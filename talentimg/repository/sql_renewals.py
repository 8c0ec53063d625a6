"""Whose turn it is to renew a token, on databases, as a port: each method is one transaction."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, TypeVar

from talentimg.repository.interface.renewals import Renewals
from talentimg.repository.values import is_storable, normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Account, Reconnect
    from talentimg.repository.interface.renewals import Turn
    from talentimg.repository.sql import Sql

T = TypeVar("T")

# ruff: noqa: PLC0415  start-up time: a command that only reads needs none of it


class SqlRenewals(Renewals):
    """The part of a repository on a database by which processes take turns."""

    @abstractmethod
    def _ask(self, work: Callable[[Sql], T]) -> T:
        """Run some work that only reads."""

    @abstractmethod
    def _ask_once(self, work: Callable[[Sql], T]) -> T:
        """Run some work that only reads, and that with a single statement: it needs no transaction."""

    @abstractmethod
    def _carry_out(self, work: Callable[[Sql], T]) -> T:
        """Run some work in a transaction; it does no harm twice."""

    def begin_renewal(
        self, account: Account, holder: str, now: datetime, until: datetime, *, dead: Collection[str] = ()
    ) -> Turn:
        from talentimg.repository import renewals

        return self._carry_out(lambda sql: renewals.begin(sql, account, holder, now, until, dead=dead))

    def end_renewal(self, account: Account, holder: str, *, failed_at: datetime | None = None) -> None:
        from talentimg.repository import renewals

        self._carry_out(lambda sql: renewals.end(sql, account, holder, failed_at))

    def begin_round(self, now: datetime, until: datetime) -> bool:
        from talentimg.repository import renewals

        return bool(self._carry_out(lambda sql: renewals.ask_round(sql, now, until))())

    def ending(
        self, before: Mapping[str, datetime], *, tried_before: datetime, limit: int
    ) -> Mapping[str, Sequence[str]]:
        from talentimg.repository import renewals

        asked = self._ask(lambda sql: renewals.ask_ending(sql, before, tried_before, limit))
        return {platform: ids() for platform, ids in asked.items()}

    def need_reconnect(self, talent_id: str, platform: str, now: datetime, detail: str | None) -> bool:
        from talentimg.repository import renewals

        if not is_storable(talent_id):
            return False
        said = normalise(detail)
        return self._carry_out(lambda sql: renewals.need(sql, talent_id, platform, now, said))

    def reconnected(self, talent_ids: Sequence[str], platform: str, now: datetime) -> None:
        from talentimg.repository import renewals

        ids = [talent_id for talent_id in talent_ids if is_storable(talent_id)]
        self._carry_out(lambda sql: renewals.reconnected(sql, ids, platform, now))

    def reconnects_needed(self, *, limit: int) -> list[Reconnect]:
        from talentimg.repository import renewals

        return self._ask_once(lambda sql: renewals.needed(sql, limit))
