"""Asks the servers of platforms once whether they are there, without credentials. Nothing is kept of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from talentimg.errors import ProviderError
from talentimg.http.links import host_in
from talentimg.service.run.platforms import PlatformState
from talentimg.service.tasks import all_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.http.interface import Api, Reply
    from talentimg.models import Reason
    from talentimg.repository.interface import Roster
    from talentimg.service.run.platforms import PlatformStanding

A_PAGE: Final = 1000
"""The accounts of so many talents tell which platforms matter here."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A server that was asked: how far its clock is ahead of ours, where it tells; or what is wrong."""

    label: str
    host: str
    skew: timedelta | None = None
    reason: Reason | None = None
    detail: str | None = None


class Reach:
    """Asks each server of the platforms on which somebody has an account; once for all checks."""

    def __init__(
        self,
        open_api: Callable[[], AbstractAsyncContextManager[Api]],
        standings: Callable[[], Sequence[PlatformStanding]],
        settings_of: Callable[[str], Mapping[str, str | None]],
        repository: Callable[[], Roster],
        now: Callable[[], datetime],
    ) -> None:
        """All that it needs.

        Args:
            open_api: opens the client for platforms.
            standings: how each platform stands: one that rests is left alone.
            settings_of: the settings of a platform.
            repository: opens the roster, which says who has an account where.
            now: our time.
        """
        self._open_api = open_api
        self._standings = standings
        self._settings_of = settings_of
        self._repository = repository
        self._now = now
        self._asked: list[Reached] | None = None

    def ask(self) -> list[Reached]:
        """Every server, as it answered when it was first asked."""
        if self._asked is None:
            self._asked = asyncio.run(self._ask(list(self._addresses())))
        return self._asked

    def _addresses(self) -> Iterable[tuple[str, str]]:
        """The label of a platform and each address that its settings name for all accounts alike."""
        used = {platform for row in self._repository().roster(limit=A_PAGE) for platform in row.platforms}
        for one in self._standings():
            if one.platform not in used or one.state is PlatformState.RESTING:
                continue
            for key, value in self._settings_of(one.platform).items():
                if key.endswith("base_url") and value and "{" not in value:
                    yield one.label, value

    async def _ask(self, addresses: Sequence[tuple[str, str]]) -> list[Reached]:
        if not addresses:
            return []
        async with self._open_api() as api:
            return await all_of(self._ask_one(api, label, url) for label, url in addresses)

    async def _ask_one(self, api: Api, label: str, url: str) -> Reached:
        host = host_in(url) or label
        before = self._now()
        try:
            reply = await api.request("GET", url)
        except ProviderError as error:
            return Reached(label, host, reason=error.reason, detail=error.message)
        return Reached(label, host, skew=_skew(reply, before, self._now()))


def _skew(reply: Reply, before: datetime, after: datetime) -> timedelta | None:
    """How far the server's clock is ahead of ours; None if it does not tell, or the question took long.

    What came from a cache was written when it was put there: `Age` says how long ago
    (https://www.rfc-editor.org/rfc/rfc9111#section-5.1).
    """
    try:
        date = parsedate_to_datetime(reply.headers.get("date", ""))
        age = timedelta(seconds=int(reply.headers.get("age") or 0))
    except (ValueError, TypeError, OverflowError):
        return None
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return aware + age - (before + (after - before) / 2)
