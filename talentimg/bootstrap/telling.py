"""Those who are told what happened."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from talentimg.bootstrap.stores import Stores

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from talentimg.http.interface import Poster
    from talentimg.service.telling.delivering import Delivering
    from talentimg.service.telling.digest import Digests
    from talentimg.service.telling.webhooks import WebhookDesk


@dataclass
class Telling(Stores):
    """Those who are told what happened."""

    @cached_property
    def webhook_desk(self) -> WebhookDesk:
        """Adds and removes webhooks."""
        from talentimg.service.telling.webhooks import WebhookDesk  # noqa: PLC0415  start-up time

        return WebhookDesk(self.repository, self.now, self._check_target)

    @cached_property
    def delivering(self) -> Delivering:
        """Delivers to webhooks."""
        from talentimg.service.telling.delivering import Delivering  # noqa: PLC0415  start-up time
        from talentimg.shapes import feed_entry_json  # noqa: PLC0415  start-up time

        return Delivering(
            repository=self.repository,
            open_poster=self._open_poster,
            tell=partial(feed_entry_json, link=self.reconnecting.link),
            now=self.now,
        )

    @cached_property
    def digests(self) -> Digests:
        """Puts together for people what happened."""
        from talentimg.service.telling.digest import Digests  # noqa: PLC0415  start-up time

        return Digests(
            repository=self.repository, store=lambda: self.store, link=self.reconnecting.link, now=self.now
        )

    def _check_target(self, url: str) -> None:
        from talentimg.http.posting import check_target  # noqa: PLC0415  start-up time

        check_target(url, self.settings.http_allow_private)

    @asynccontextmanager
    async def _open_poster(self) -> AsyncIterator[Poster]:
        from talentimg.http.posting import open_poster  # noqa: PLC0415  start-up time

        settings = self.settings
        async with open_poster(
            user_agent=settings.http_user_agent,
            allow_private=settings.http_allow_private,
            timeout_s=settings.http_timeout,
        ) as poster:
            yield poster
