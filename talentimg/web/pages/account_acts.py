"""Accounts of a talent: connected and disconnected on their page."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from talentimg.errors import TalentimgError, UsageError
from talentimg.models import INITIALS
from talentimg.providers.names import parse_platform
from talentimg.service.threads import in_thread
from talentimg.web.pages.acting import Done
from talentimg.web.pages.addresses import addresses_of
from talentimg.web.pages.said import Said, Undo
from talentimg.web.pages.section import Section
from talentimg.web.pages.talent import id_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.bootstrap import App
    from talentimg.models import Account
    from talentimg.repository.interface import NewAccount
    from talentimg.web.pages.acting import Asked
    from talentimg.web.pages.addresses import Addresses

LOOK_S: Final = 8.0
"""Seconds for which a page waits for the look that follows; that goes on in any case."""


class AccountActs(Section):
    """Their routes."""

    @property
    def routes(self) -> list[Route]:
        """Below `/talents/{key}`."""
        return [
            Route("/talents/{key}/connect", self.connect, methods=["POST"]),
            Route("/talents/{key}/disconnect", self.disconnect, methods=["POST"]),
        ]

    async def connect(self, request: Request) -> Response:
        """Connect an account, and look at the talent."""
        talent_id, at = id_of(request), addresses_of(request)
        page = at.talent(talent_id)

        async def work(asked: Asked) -> Done:
            new = named(self._app, asked.get("platform"), asked.get("handle"), asked.get("profile_url"))
            record = await in_thread(self._app.repository.load, talent_id)
            before = record.talent.account(new.platform)
            account = await self._services.connecting.connect(talent_id, new, by=asked.by, why=asked.why)
            source = await self._looked(talent_id)
            undo = _connecting(at, before) if before else _disconnecting(at, account)
            text = "said.connected_shown" if source == account.platform else "said.connected"
            return Done(Said(text, {"source": account.platform, "handle": account.handle}, undo=undo), page)

        return await self._acting.act(request, work, page)

    async def disconnect(self, request: Request) -> Response:
        """Disconnect an account, and look at the talent."""
        talent_id, at = id_of(request), addresses_of(request)
        page = at.talent(talent_id)

        async def work(asked: Asked) -> Done:
            platform = parse_platform(asked.get("platform"))
            record = await in_thread(self._app.repository.load, talent_id)
            before = record.talent.account(platform)
            await self._services.connecting.disconnect(talent_id, platform, by=asked.by, why=asked.why)
            source = await self._looked(talent_id)
            is_down = source == INITIALS and record.selection.has_picture
            text = "said.disconnected_initials" if is_down else "said.disconnected"
            undo = _connecting(at, before) if before and before.token is None else None
            return Done(Said(text, {"source": platform}, undo=undo), page)

        return await self._acting.act(request, work, page)

    async def _looked(self, talent_id: str) -> str:
        """What is shown after the look, or so far if that takes long."""
        with suppress(TimeoutError, TalentimgError):
            async with asyncio.timeout(LOOK_S):
                await self._services.refresher.refresh(talent_id)
        await in_thread(self._app.overview.touched, talent_id)
        return (await in_thread(self._app.repository.load, talent_id)).selection.source


def named(app: App, platform: str, handle: str, profile_url: str = "") -> NewAccount:
    """An account as people type or paste it: an address tells its platform by itself.

    Raises:
        UsageError: there is no such platform, or the address does not tell which it is of.
    """
    if "/" in handle:
        with suppress(UsageError):
            return app.accounts.named(None, handle)
    return app.accounts.named(platform or None, handle, profile_url or None)


def _connecting(at: Addresses, account: Account) -> Undo:
    fields = [
        ("platform", account.platform),
        ("handle", account.handle),
        ("profile_url", account.profile_url or ""),
    ]
    return Undo(at.talent(account.talent_id, "connect"), fields)


def _disconnecting(at: Addresses, account: Account) -> Undo:
    return Undo(at.talent(account.talent_id, "disconnect"), [("platform", account.platform)])
